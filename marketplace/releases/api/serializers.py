"""Releases in JSON."""

from django.urls import reverse
from rest_framework import serializers

from labeling.core.formats import FORMATS
from marketplace.operations.api.fields import IdField
from marketplace.operations.api.serializers import StrictSerializer
from marketplace.operations.models import OperationState
from marketplace.releases.models import Release, ReleaseFile


class NewReleaseSerializer(StrictSerializer):
    """The formats wanted, and of which consensus run: the job's current one unless given."""

    run = IdField(required=False)

    formats = serializers.ListField(
        child=serializers.ChoiceField(choices=list(FORMATS)), min_length=1, max_length=len(FORMATS)
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
        fields = ["id", "job", "run", "formats", "operation", "state", "manifest", "files", "created_at"]
        read_only_fields = fields
