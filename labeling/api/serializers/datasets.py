"""Shapes of datasets and assets."""

from typing import Any

from rest_framework import serializers

from labeling.api.serializers.fields import NameField, RefusableSerializer
from labeling.models import Asset, Dataset
from marketplace.operations.api.serializers import StrictSerializer

MAX_FILES = 20
MAX_REFERENCES = 1_000
MAX_SIDE = 1_000_000


class NewDatasetSerializer(StrictSerializer):
    organization = serializers.UUIDField()
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
            "created_at",
        ]
        read_only_fields = fields


class ImageUploadSerializer(StrictSerializer):
    """Image files, and in the same order what the requester calls them."""

    file = serializers.ListField(
        # An empty or odd file is for the decoder to refuse, item by item.
        child=serializers.FileField(allow_empty_file=True, max_length=None, use_url=False),
        allow_empty=False,
        max_length=MAX_FILES,
    )
    external_id = serializers.ListField(child=NameField(), required=False, max_length=MAX_FILES)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse names that do not go one to one with the files."""
        names = attrs.get("external_id") or []
        if names and len(names) != len(attrs["file"]):
            raise serializers.ValidationError({"external_id": ["Give one for every file, or none."]}, code="count")
        return attrs


class NewReferenceSerializer(StrictSerializer):
    """Something whose bytes are elsewhere; boxes are checked against its size where that is given."""

    external_id = NameField()
    width = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1, max_value=MAX_SIDE)
    height = serializers.IntegerField(required=False, allow_null=True, default=None, min_value=1, max_value=MAX_SIDE)


class NewReferencesSerializer(StrictSerializer):
    assets = serializers.ListField(child=NewReferenceSerializer(), allow_empty=False, max_length=MAX_REFERENCES)


class AssetResultSerializer(RefusableSerializer):
    asset = AssetSerializer(required=False, help_text="what was created")


class AssetResultsSerializer(serializers.Serializer[Any]):
    items = AssetResultSerializer(many=True)
