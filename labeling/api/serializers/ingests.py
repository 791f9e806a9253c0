"""Shapes of ingests, flaws and thresholds."""

from typing import Any

from rest_framework import serializers

from labeling.api.serializers.fields import NumberField
from labeling.core.cleaning import LIMITS
from labeling.models import AssetFlaw, FlawDecision, FlawKind, Ingest, IngestItem, IngestSource
from marketplace.operations.api.fields import TextField, WholeNumberField
from marketplace.operations.api.serializers import StrictSerializer
from marketplace.operations.models import OperationState

MAX_FLAWS = 1_000


class NewIngestSerializer(StrictSerializer):
    """A file of assets, sent as a form or named by its key in a bucket; or the files of a bucket themselves."""

    source = serializers.ChoiceField(choices=IngestSource.choices)  # type: ignore[assignment] # the name is the API's
    file = serializers.FileField(required=False, allow_empty_file=True, max_length=None, use_url=False)
    storage = TextField(required=False, default="", max_length=64, help_text="name of a configured bucket")
    key = TextField(
        required=False,
        default="",
        allow_blank=True,
        max_length=1024,
        help_text="of the file in the bucket, or how the keys of the bucket's files begin",
    )


class IngestSerializer(serializers.ModelSerializer[Ingest]):
    """How far an ingest is; its operation has the log and, where it failed as a whole, the reason."""

    state = serializers.ChoiceField(choices=OperationState.choices, source="operation.state", read_only=True)
    percent = serializers.IntegerField(source="operation.percent", read_only=True)
    error = serializers.JSONField(source="operation.error", read_only=True, allow_null=True)

    class Meta:
        model = Ingest
        fields = [
            "id",
            "dataset",
            "operation",
            "source",
            "storage",
            "state",
            "percent",
            "n_created",
            "n_refused",
            "error",
            "created_at",
        ]
        read_only_fields = fields


class IngestItemSerializer(serializers.ModelSerializer[IngestItem]):
    """What became of one item: an asset, or a refusal with its code."""

    asset = serializers.PrimaryKeyRelatedField[Any](read_only=True, allow_null=True)

    class Meta:
        model = IngestItem
        fields = ["ordinal", "name", "asset", "code", "detail"]
        read_only_fields = fields


class AssetFlawSerializer(serializers.ModelSerializer[AssetFlaw]):
    """Something noticed about an asset; `other` is the asset that it is a copy of."""

    class Meta:
        model = AssetFlaw
        fields = ["id", "asset", "kind", "score", "other", "decision", "decided_at"]
        read_only_fields = fields


class FlawDecisionSerializer(StrictSerializer):
    """What is done about the flaws named, or about all of a kind."""

    decision = serializers.ChoiceField(choices=FlawDecision.choices)
    kind = serializers.ChoiceField(choices=FlawKind.choices, required=False)
    flaws = serializers.ListField(
        child=WholeNumberField(min_value=1, max_value=2**63 - 1),
        required=False,
        max_length=MAX_FLAWS,
        allow_empty=False,
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse both and neither."""
        if ("kind" in attrs) == ("flaws" in attrs):
            raise serializers.ValidationError({"flaws": ["Name flaws, or a kind."]}, code="count")
        return attrs


class FlawsDecidedSerializer(serializers.Serializer[Any]):
    n_flaws = serializers.IntegerField()


def _threshold(name: str) -> NumberField:
    low, high = LIMITS[name]
    return NumberField(min_value=low, max_value=high, required=False)


class ThresholdsSerializer(StrictSerializer):
    """From where on images of a dataset are flagged; what is left out stays as it is."""

    near_duplicate = _threshold("near_duplicate")
    blurred = _threshold("blurred")
    dark = _threshold("dark")
    overexposed = _threshold("overexposed")
    tiny = _threshold("tiny")
    odd_size = _threshold("odd_size")
