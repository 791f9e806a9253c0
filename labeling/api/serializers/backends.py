"""Models of requesters and their predictions in JSON."""

from typing import Any

from rest_framework import serializers

from labeling.models import AnnotationTypeName, Circuit, ModelBackend, Prediction, PredictionItem
from marketplace.operations.api.fields import FlagField, IdField, NameField, TextField
from marketplace.operations.api.serializers import ProblemFieldSerializer, StrictSerializer
from marketplace.operations.models import OperationState

MAX_MAPPED = 2_000
CIRCUIT_HELP = (
    "`closed`: it is called; `open`: it failed five times one after the other and is left alone for a minute; "
    "`half_open`: the next call is a probe"
)


class NewModelBackendSerializer(StrictSerializer):
    """A server that speaks the protocol of Label Studio's ML backends."""

    name = NameField(help_text="of the model: the source of its pre-labels")
    url = TextField(max_length=500, help_text="without `/health`, `/setup` or `/predict`; at a public address")
    token_name = TextField(
        required=False, default="", allow_blank=True, max_length=64, help_text="of a token that the deployment holds"
    )
    enabled = FlagField(required=False, default=True)


class ModelBackendSerializer(serializers.ModelSerializer[ModelBackend]):
    circuit = serializers.ChoiceField(choices=Circuit.choices, read_only=True, help_text=CIRCUIT_HELP)
    last_problem = ProblemFieldSerializer(allow_null=True, read_only=True)

    class Meta:
        model = ModelBackend
        fields = [
            "id",
            "project",
            "name",
            "url",
            "token_name",
            "enabled",
            "circuit",
            "n_failures",
            "rests_until",
            "failed_at",
            "last_problem",
            "created_at",
        ]
        read_only_fields = fields


class NewPredictionSerializer(StrictSerializer):
    """What a model is to speak of: the assets of a job, or of a dataset and in the project's words."""

    job = IdField(required=False, help_text="whose assets, classes and annotation type they are")
    dataset = IdField(required=False, help_text="whose assets they are, where no job is given")
    ontology = IdField(required=False, help_text="in whose words, where no job is given: the latest unless given")
    annotation_type = serializers.ChoiceField(choices=AnnotationTypeName.choices, required=False)
    class_map = serializers.DictField(
        child=serializers.CharField(max_length=200, allow_null=True),
        required=False,
        help_text="classes of the ontology by those of the model; null leaves a class out",
    )
    only_missing = FlagField(
        required=False, default=True, help_text="leave out the assets that the model has spoken of before"
    )

    def validate_class_map(self, value: dict[str, str | None]) -> dict[str, str | None]:
        """Refuse more classes than an ontology has."""
        if len(value) > MAX_MAPPED:
            raise serializers.ValidationError(f"At most {MAX_MAPPED} classes.", code="max_length")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what says twice, or not at all, what the model is to speak of."""
        if "job" in attrs:
            alone = ("dataset", "ontology", "annotation_type")
            faults = {name: ["A job says this already."] for name in alone if name in attrs}
        else:
            faults = {name: ["Give this, or a job."] for name in ("dataset", "annotation_type") if name not in attrs}
        if faults:
            raise serializers.ValidationError(faults, code="target")
        return attrs


class PredictionSerializer(serializers.ModelSerializer[Prediction]):
    """A model going through assets; the counts grow while it runs."""

    state = serializers.ChoiceField(choices=OperationState.choices, source="operation.state", read_only=True)
    percent = serializers.IntegerField(source="operation.percent", read_only=True)
    error = serializers.JSONField(source="operation.error", allow_null=True, read_only=True)
    class_map = serializers.JSONField(read_only=True)

    class Meta:
        model = Prediction
        fields = [
            "id",
            "backend",
            "dataset",
            "job",
            "ontology",
            "annotation_type",
            "class_map",
            "only_missing",
            "operation",
            "state",
            "percent",
            "error",
            "n_assets",
            "n_taken",
            "n_unchanged",
            "n_refused",
            "created_at",
        ]
        read_only_fields = fields


class PredictionItemSerializer(serializers.ModelSerializer[PredictionItem]):
    """What became of one asset."""

    external_id = serializers.CharField(source="asset.external_id", read_only=True)
    problem = ProblemFieldSerializer(allow_null=True, read_only=True)

    class Meta:
        model = PredictionItem
        fields = [
            "id",
            "asset",
            "external_id",
            "state",
            "version",
            "score",
            "n_annotations",
            "n_left_out",
            "problem",
        ]
        read_only_fields = fields
