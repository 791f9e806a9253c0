"""Shapes of datasets and assets."""

import re
from typing import Any

from rest_framework import serializers

from labeling.api.serializers.fields import RefusableSerializer
from labeling.errors import InvalidInput
from labeling.models import Asset, Dataset
from marketplace.operations.api.fields import IdField, NameField, WholeNumberField
from marketplace.operations.api.serializers import StrictSerializer

MAX_FILES = 20
MAX_REFERENCES = 1_000
MAX_SIDE = 1_000_000
MAX_FRAME = 2**31 - 1
_DIGITS = re.compile(r"[0-9]{1,10}")
SEQUENCE_HELP = "what it is a frame of, for jobs in windows of frames; its folder unless given"
FRAME_HELP = "place in its sequence; by its name, numbers counted, unless given"


class NewDatasetSerializer(StrictSerializer):
    organization = IdField()
    name = NameField()


class DatasetSerializer(serializers.ModelSerializer[Dataset]):
    class Meta:
        model = Dataset
        fields = ["id", "organization", "name", "created_at"]
        read_only_fields = fields


class AssetSerializer(serializers.ModelSerializer[Asset]):
    """An image stored here, or a reference."""

    class Meta:
        model = Asset
        fields = [
            "id",
            "external_id",
            "kind",
            "width",
            "height",
            "content_type",
            "n_bytes",
            "sha256",
            "original_width",
            "original_height",
            "original_orientation",
            "n_points",
            "bounds",
            "origin",
            "sequence",
            "frame",
            "duplicate_of",
            "excluded_at",
            "created_at",
        ]
        read_only_fields = fields


class FormNameField(NameField):
    """A name in a form. What is no UTF-8 arrives as replacement characters, and would be kept as another name."""

    default_error_messages = {"not_utf_8": "Send the name in UTF-8."}

    def to_internal_value(self, data: Any) -> str:
        """Return the name without spaces around it."""
        text = super().to_internal_value(data)
        if "\ufffd" in text:
            self.fail("not_utf_8")
        return text


class FormFrameField(WholeNumberField):
    """A frame's number in a form, where all is text; empty for none."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Return the number, or nothing."""
        return None if data == "" else super().run_validation(data)

    def to_internal_value(self, data: Any) -> int:
        """Return the number that a text spells."""
        return super().to_internal_value(int(data) if _DIGITS.fullmatch(str(data)) else data)


class ImageUploadSerializer(StrictSerializer):
    """Image files, and in the same order what the requester calls them, and what they are frames of."""

    file = serializers.ListField(
        # An empty or odd file is for the decoder to refuse, item by item.
        child=serializers.FileField(allow_empty_file=True, max_length=None, use_url=False),
        allow_empty=False,
        max_length=MAX_FILES,
    )
    external_id = serializers.ListField(child=FormNameField(), required=False, max_length=MAX_FILES)
    sequence = serializers.ListField(
        child=FormNameField(allow_blank=True), required=False, max_length=MAX_FILES, help_text=SEQUENCE_HELP
    )
    frame = serializers.ListField(
        child=FormFrameField(min_value=0, max_value=MAX_FRAME),
        required=False,
        max_length=MAX_FILES,
        help_text=FRAME_HELP,
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what does not go one to one with the files."""
        for name in ("external_id", "sequence", "frame"):
            told = attrs.get(name) or []
            if told and len(told) != len(attrs["file"]):
                raise serializers.ValidationError({name: ["Give one for every file, or none."]}, code="count")
        return attrs


class NewReferenceSerializer(StrictSerializer):
    """Something whose bytes are elsewhere; boxes are checked against its size where that is given."""

    external_id = NameField()
    width = WholeNumberField(required=False, allow_null=True, default=None, min_value=1, max_value=MAX_SIDE)
    height = WholeNumberField(required=False, allow_null=True, default=None, min_value=1, max_value=MAX_SIDE)
    sequence = NameField(required=False, default="", allow_blank=True, help_text=SEQUENCE_HELP)
    frame = WholeNumberField(
        required=False, allow_null=True, default=None, min_value=0, max_value=MAX_FRAME, help_text=FRAME_HELP
    )


class ReferenceListField(serializers.ListField):
    """References, each read for itself: in the place of one that is at fault stands its refusal."""

    child = NewReferenceSerializer()

    def run_child_validation(self, data: list[Any]) -> list[Any]:
        """Return what was read of each."""
        return [self._read(index, item) for index, item in enumerate(data)]

    def _read(self, index: int, item: Any) -> dict[str, Any] | InvalidInput:
        try:
            reference: dict[str, Any] = self.child.run_validation(item)
        except serializers.ValidationError as error:
            return _refusal(error.detail, f"assets[{index}]")
        return reference


def _refusal(detail: Any, path: str) -> InvalidInput:
    """Return the first fault of a flat object, or of what is none."""
    faults = detail if isinstance(detail, dict) else {"non_field_errors": detail}
    name, [message, *_] = next(iter(faults.items()))
    return InvalidInput(str(message), field=path if name == "non_field_errors" else f"{path}.{name}")


class NewReferencesSerializer(StrictSerializer):
    """References to be added, each made or refused for itself."""

    assets = ReferenceListField(allow_empty=False, max_length=MAX_REFERENCES)


class AssetResultSerializer(RefusableSerializer):
    asset = AssetSerializer(required=False, help_text="what was created")


class AssetResultsSerializer(serializers.Serializer[Any]):
    items = AssetResultSerializer(many=True)
