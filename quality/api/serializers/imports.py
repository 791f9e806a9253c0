"""Imports of annotations in JSON, and the form that one is handed in with."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from labeling.api.serializers.datasets import FormNameField
from labeling.core.imports import IMPORTS
from labeling.models import AnnotationImport, AnnotationTypeName, ImportItem, ImportPurpose, PreLabel
from marketplace.operations.api.fields import IdField
from marketplace.operations.api.serializers import ProblemFieldSerializer, StrictSerializer
from marketplace.operations.core.strict_json import InvalidJson, parse_strict
from marketplace.operations.models import OperationState

MAX_MAPPED = 10_000
_MAX_NAME = 200


@extend_schema_field({"type": "string", "description": 'A JSON object, such as {"auto": "car", "bus": null}.'})
class ClassMapField(serializers.Field[dict[str, str | None], Any, Any, Any]):
    """Classes of the ontology by those of the file, in JSON; null leaves a class out."""

    default_error_messages = {
        "not_json": "This is no JSON: {fault}",
        "not_a_map": "Map names of classes to names of classes, or to null.",
    }

    def to_internal_value(self, data: Any) -> dict[str, str | None]:
        """Return the map."""
        try:
            given = parse_strict(str(data).encode("utf-8", "replace"), max_depth=1)
        except InvalidJson as fault:
            self.fail("not_json", fault=fault.detail)
        if not isinstance(given, dict) or len(given) > MAX_MAPPED or not all(map(_is_entry, given.items())):
            self.fail("not_a_map")
        return given

    def to_representation(self, value: dict[str, str | None]) -> dict[str, str | None]:
        """Return the map."""
        return value


def _is_entry(entry: tuple[str, Any]) -> bool:
    theirs, ours = entry
    return len(theirs) <= _MAX_NAME and (ours is None or (isinstance(ours, str) and len(ours) <= _MAX_NAME))


class NewImportSerializer(StrictSerializer):
    """A file of annotations: about the assets of a job, or of a dataset and in the project's words."""

    file = serializers.FileField(allow_empty_file=True, max_length=None, use_url=False)
    format = serializers.ChoiceField(choices=sorted(IMPORTS))
    job = IdField(required=False, help_text="whose assets, classes and annotation type they are")
    dataset = IdField(required=False, help_text="whose assets they are, where no job is given")
    ontology = IdField(required=False, help_text="in whose words, where no job is given: the latest unless given")
    annotation_type = serializers.ChoiceField(choices=AnnotationTypeName.choices, required=False)
    class_map = ClassMapField(required=False)
    source = FormNameField(  # type: ignore[assignment]  # the name is the API's
        required=False, help_text="the model or people that made them; needed of pre-labels"
    )
    version = FormNameField(required=False, help_text="of the source")

    def get_fields(self) -> dict[str, Any]:
        """Return the fields, with one whose name no attribute can have."""
        return super().get_fields() | {"as": serializers.ChoiceField(choices=ImportPurpose.choices, source="purpose")}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Refuse what says twice, or not at all, what the annotations are about."""
        alone = ("dataset", "ontology", "annotation_type")
        if "job" in attrs:
            faults = {name: ["A job says this already."] for name in alone if name in attrs}
        else:
            faults = {name: ["Give this, or a job."] for name in ("dataset", "annotation_type") if name not in attrs}
        if faults:
            raise serializers.ValidationError(faults, code="target")
        return attrs


class ImportSerializer(serializers.ModelSerializer[AnnotationImport]):
    """An import; the counts grow while it runs."""

    state = serializers.ChoiceField(choices=OperationState.choices, source="operation.state", read_only=True)
    percent = serializers.IntegerField(source="operation.percent", read_only=True)
    class_map = serializers.JSONField(read_only=True)
    error = serializers.JSONField(source="operation.error", allow_null=True, read_only=True)

    class Meta:
        model = AnnotationImport
        fields = [
            "id",
            "project",
            "dataset",
            "job",
            "ontology",
            "operation",
            "state",
            "percent",
            "error",
            "format",
            "annotation_type",
            "class_map",
            "source",
            "version",
            "file_name",
            "n_bytes",
            "sha256",
            "n_taken",
            "n_unchanged",
            "n_refused",
            "created_at",
        ]
        read_only_fields = fields

    def get_fields(self) -> dict[str, Any]:
        """Return the fields, with one whose name no attribute can have."""
        purpose = serializers.ChoiceField(choices=ImportPurpose.choices, source="purpose", read_only=True)
        return super().get_fields() | {"as": purpose}


class ImportItemSerializer(serializers.ModelSerializer[ImportItem]):
    """What became of one item, in the order of the file; `ordinal` counts from 1."""

    problem = ProblemFieldSerializer(allow_null=True, read_only=True)

    class Meta:
        model = ImportItem
        fields = ["id", "ordinal", "name", "asset", "state", "n_annotations", "n_left_out", "problem"]
        read_only_fields = fields


class PreLabelSerializer(serializers.ModelSerializer[PreLabel]):
    """What a model, or somebody elsewhere, says of an asset."""

    annotations = serializers.JSONField(read_only=True)

    class Meta:
        model = PreLabel
        fields = [
            "id",
            "job",
            "asset",
            "ontology",
            "annotation_type",
            "source",
            "version",
            "score",
            "annotations",
            "created_at",
        ]
        read_only_fields = fields
