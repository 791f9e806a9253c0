"""Shapes of rounds, of their labels together, and of orders of tasks."""

from typing import Any

from rest_framework import serializers

from labeling.api.serializers.fields import NumberField
from labeling.api.serializers.jobs import MAX_OVERLAP, JobSerializer
from marketplace.operations.api.fields import FlagField, IdField, NameField, TextField, WholeNumberField
from marketplace.operations.api.serializers import ProblemFieldSerializer, StrictSerializer
from quality.models import LabelState

MAX_NAMED = 10_000
MAX_LIST_CHARS = 2_000_000
MAX_BODY_BYTES = 10_000_000
DEFAULT_UNAIDED_SHARE = 0.2
_SOURCES = ("assets", "model_errors", "doubted_below")


class NewTaskOrderSerializer(StrictSerializer):
    """What orders the tasks: the scores of pre-labels, an earlier job's doubts, or, with neither, the dataset."""

    source = NameField(  # type: ignore[assignment]  # the name is the API's
        required=False, help_text="of pre-labels: those with the lowest scores first"
    )
    version = NameField(required=False, help_text="of the source: the latest unless given")
    doubts_of = IdField(required=False, help_text="a job of the organization: its least sure labels first")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse two orders, and a version of nothing."""
        if "source" in attrs and "doubts_of" in attrs:
            raise serializers.ValidationError({"doubts_of": ["Give this, or a source."]}, code="either_or")
        if "version" in attrs and "source" not in attrs:
            raise serializers.ValidationError({"version": ["A version is one of a source."]}, code="order")
        return attrs


class NewRoundSerializer(StrictSerializer):
    """Which assets need another look, and what is different this time; all else is as in the job before."""

    name = NameField()
    assets = serializers.ListField(child=IdField(), required=False, min_length=1, max_length=MAX_NAMED)
    model_errors = TextField(
        required=False,
        max_length=MAX_LIST_CHARS,
        help_text="JSON lines, or CSV with a header: `external_id`, and maybe `error` (larger: more wrong) or `score`",
    )
    doubted_below = NumberField(
        required=False,
        min_value=0,
        max_value=1,
        help_text="disputed labels, and those less sure than this, the least sure first; 10000 at most",
    )
    ontology = IdField(required=False, help_text="of the same project; that of the job unless given")
    guideline = IdField(required=False, help_text="of the same project; that of the job unless given")
    min_overlap = WholeNumberField(required=False, min_value=1, max_value=MAX_OVERLAP)
    max_overlap = WholeNumberField(required=False, min_value=1, max_value=MAX_OVERLAP)
    target_confidence = NumberField(required=False, min_value=0.501, max_value=0.9999)
    show_labels = FlagField(required=False, default=False, help_text="as pre-labels")
    unaided_share = NumberField(
        required=False,
        default=DEFAULT_UNAIDED_SHARE,
        min_value=0,
        max_value=1,
        help_text="share of the answers that are given without seeing labels",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse more than one choice of assets, and none."""
        if sum(name in attrs for name in _SOURCES) != 1:
            raise serializers.ValidationError({"assets": [f"Give one of {', '.join(_SOURCES)}."]}, code="either_or")
        return attrs


class MissingAssetSerializer(serializers.Serializer[Any]):
    """What was named, by its place from 0, and is no asset of the job."""

    index = serializers.IntegerField()
    problem = ProblemFieldSerializer()


class RoundSerializer(serializers.Serializer[Any]):
    """The drafted job."""

    job = JobSerializer()
    n_assets = serializers.IntegerField()
    n_shown = serializers.IntegerField(help_text="assets whose labels are shown as pre-labels")
    items = MissingAssetSerializer(many=True)


class LatestLabelSerializer(serializers.Serializer[Any]):
    """The label of an asset, and the job and round that it is of; nulls where no round came to any."""

    asset = serializers.UUIDField(source="asset.pk")
    external_id = serializers.CharField(source="asset.external_id")
    job = serializers.UUIDField(source="latest.job_id", allow_null=True, default=None)
    run = serializers.UUIDField(source="latest.run_id", allow_null=True, default=None)
    round = serializers.IntegerField(
        source="latest.round", allow_null=True, default=None, help_text="0 is the first job"
    )
    state = serializers.ChoiceField(choices=LabelState.choices, source="latest.state", allow_null=True, default=None)
    confidence = serializers.FloatField(source="latest.confidence", allow_null=True, default=None)
    value = serializers.JSONField(source="latest.value", allow_null=True, default=None)
