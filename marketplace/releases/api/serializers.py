"""Releases in JSON."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from rest_framework import serializers

from labeling.api.serializers.fields import NumberField
from labeling.core.formats import FORMATS
from marketplace.operations.api.fields import FlagField, IdField, NameField, WholeNumberField
from marketplace.operations.api.serializers import StrictSerializer
from marketplace.operations.models import OperationState
from marketplace.releases.core.augmentation import BadRecipe, check_parameters
from marketplace.releases.core.splitting import BadShares, Split
from marketplace.releases.core.wishes import What, Wishes
from marketplace.releases.models import Release, ReleaseFile

MAX_CLASSES = 1_000
MAX_STEPS = 50


class SplitSerializer(StrictSerializer):
    """Shares of the parts, together 1; assets that show the same come into one part. Another seed divides otherwise."""

    train = NumberField(required=False, min_value=0, max_value=1)
    val = NumberField(required=False, min_value=0, max_value=1)
    test = NumberField(required=False, min_value=0, max_value=1)
    seed = WholeNumberField(default=0, min_value=0, max_value=2**31 - 1)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return a split; a part of no share gets nothing."""
        shares = {name: share for name, share in attrs.items() if name != "seed" and share}
        try:
            return {"split": Split(shares, attrs["seed"])}
        except BadShares as wrong:
            raise serializers.ValidationError(str(wrong)) from wrong


class LicenceSerializer(StrictSerializer):
    """Under what the labels may be used, such as an SPDX name."""

    name = NameField(max_length=200)
    url = serializers.URLField(max_length=500, required=False)


class OptionsSerializer(StrictSerializer):
    """What may be chosen of how a format is written."""

    voc_one_based = FlagField(
        default=False, help_text="Pascal VOC counts pixels from 1, as its devkit does, and not from 0"
    )


class StepSerializer(StrictSerializer):
    """One transformation of a recipe: its name, how often it is applied, and its parameters, whatever they mean."""

    name = NameField(max_length=100)
    probability = NumberField(min_value=0, max_value=1, default=1.0)
    parameters = serializers.DictField(default=dict)

    def validate_parameters(self, value: dict[str, Any]) -> dict[str, Any]:
        """Return them where they are plain and small."""
        try:
            check_parameters(value)
        except BadRecipe as wrong:
            raise serializers.ValidationError(str(wrong)) from wrong
        return value


class AugmentationSerializer(StrictSerializer):
    """A recipe for whoever trains; it is carried in the manifest as it is, and nothing here changes a pixel."""

    library = NameField(max_length=100)
    version = NameField(max_length=50, required=False)
    steps = serializers.ListField(child=StepSerializer(), min_length=1, max_length=MAX_STEPS)


class NewReleaseSerializer(StrictSerializer):
    """The formats wanted, of which consensus run (the job's current one unless given), and what else is wished."""

    formats = serializers.ListField(
        child=serializers.ChoiceField(choices=list(FORMATS)), min_length=1, max_length=len(FORMATS)
    )
    run = IdField(required=False)
    what = serializers.ChoiceField(
        choices=[each.value for each in What],
        default=What.BOTH.value,
        help_text="final labels, the answers that they were concluded from, or both; of the formats only those that "
        "can tell answers apart hold them",
    )
    class_remap = serializers.DictField(
        child=NameField(max_length=100, allow_null=True),
        default=dict,
        help_text="new names of classes; several may get one; null drops a class",
    )
    split = SplitSerializer(required=False)
    since = IdField(
        required=False, help_text="an earlier release of the job: only what has changed since then is wanted"
    )
    licence = LicenceSerializer(required=False)
    options = OptionsSerializer(required=False)
    augmentation = AugmentationSerializer(required=False)

    def validate_class_remap(self, value: dict[str, str | None]) -> dict[str, str | None]:
        """Return it where it has no more entries than an ontology has classes."""
        if len(value) > MAX_CLASSES:
            raise serializers.ValidationError(f"At most {MAX_CLASSES} classes are named.")
        return value


def wishes_of(data: Mapping[str, Any]) -> Wishes:
    """Return what a validated request wishes beside formats and run."""
    return Wishes(
        what=What(data["what"]),
        class_remap=data["class_remap"],
        split=data["split"]["split"] if "split" in data else None,
        licence=data.get("licence", {}),
        options=data.get("options", {}),
        augmentation=data.get("augmentation"),
    )


class ReleaseFileSerializer(serializers.ModelSerializer[ReleaseFile]):
    """A file and where it can be had."""

    url = serializers.SerializerMethodField()

    class Meta:
        model = ReleaseFile
        fields = ["name", "n_bytes", "sha256", "content_type", "url"]
        read_only_fields = fields

    def get_url(self, file: ReleaseFile) -> str:
        """Return the path of the download."""
        return reverse("release-file", args=[file.release_id, file.name])


class ReleaseSerializer(serializers.ModelSerializer[Release]):
    """A release; `manifest` and `files` come when it is sealed."""

    state = serializers.ChoiceField(choices=OperationState.values, source="operation.state", read_only=True)
    manifest = serializers.JSONField(allow_null=True, read_only=True)
    files = ReleaseFileSerializer(many=True, read_only=True)

    class Meta:
        model = Release
        fields = [
            "id",
            "job",
            "run",
            "formats",
            "wishes",
            "since",
            "operation",
            "state",
            "manifest",
            "files",
            "created_at",
        ]
        read_only_fields = fields
