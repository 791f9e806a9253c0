"""Shapes of work, as workers see them. Claims and submissions are hot: `documents` builds their answers plainly."""

from typing import Any

from rest_framework import serializers

from labeling.api.serializers.annotations import AnnotationSerializer, AnnotationsField
from labeling.api.serializers.projects import OntologyRulesSerializer
from labeling.core.annotations.annotated import MAX_ANNOTATIONS, MAX_ID_LENGTH
from labeling.core.conflicts import ConflictKind
from labeling.models import (
    CHECKS,
    AnnotationTypeName,
    AssetKind,
    AssignmentState,
    JobState,
    LabelingJob,
    TaskKind,
    Verdict,
)
from labeling.services import SubmissionOutcome
from marketplace.operations.api.fields import TextField, WholeNumberField
from marketplace.operations.api.serializers import MoneyField, StrictSerializer

MAX_CLAIM = 20
DEFAULT_CLAIM = 5
MAX_ACTIVE_MS = 2**31 - 1
CHECK_KINDS = [(kind.value, kind.label) for kind in CHECKS]
CONFLICT_KINDS = [(kind.value, kind.value) for kind in ConflictKind]
SCOPE_HELP = (
    "the part of the asset that is asked about; null: all of it. `tile` with its `core`, [x1, y1, x2, y2] in "
    "pixels of the asset: what touches the tile is annotated; or `classes`, the only ones that are asked for"
)
MAX_CONFLICTS = 500
MAX_COMMENT = 2_000


class VersionSerializer(serializers.Serializer[Any]):
    """A version by id and number; the assignment itself has it whole."""

    id = serializers.UUIDField()
    number = serializers.IntegerField()


class WholeOntologySerializer(VersionSerializer, OntologyRulesSerializer):
    """A version with all that it says."""


class WholeGuidelineSerializer(VersionSerializer):
    text = serializers.CharField()


class GuidelineTextSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    text = serializers.CharField()


class OpenJobSerializer(serializers.ModelSerializer[LabelingJob]):
    """A job as its workers see it."""

    pay = MoneyField(source="pay_micros", read_only=True)
    effective_pay_per_hour = MoneyField(
        source="hourly_micros",
        read_only=True,
        allow_null=True,
        help_text="median over the workers so far, by measured time; null: too few to show. `/jobs/{id}/pay` says more",
    )
    guideline = GuidelineTextSerializer(read_only=True)
    requires = serializers.UUIDField(
        source="requires_id", read_only=True, allow_null=True, help_text="a training or an exam to be passed first"
    )
    qualified = serializers.BooleanField(
        read_only=True, help_text="whether you have passed what is required, and are of its field"
    )

    class Meta:
        model = LabelingJob
        fields = [
            "id",
            "name",
            "annotation_type",
            "purpose",
            "attests",
            "requires",
            "expertise",
            "qualified",
            "pay",
            "effective_pay_per_hour",
            "currency",
            "lease_s",
            "guideline",
        ]
        read_only_fields = fields


class ClaimSerializer(StrictSerializer):
    """How many tasks are wanted."""

    limit = WholeNumberField(default=DEFAULT_CLAIM, min_value=1, max_value=MAX_CLAIM)


class WorkAssetSerializer(serializers.Serializer[Any]):
    """What is to be looked at; references have no content here."""

    id = serializers.UUIDField()
    external_id = serializers.CharField()
    kind = serializers.ChoiceField(choices=AssetKind.choices)
    width = serializers.IntegerField(allow_null=True)
    height = serializers.IntegerField(allow_null=True)
    content_url = serializers.CharField(allow_null=True)


class ShownPreLabelSerializer(serializers.Serializer[Any]):
    """What a model, or somebody elsewhere, says of the asset."""

    source = serializers.CharField()  # type: ignore[assignment]  # the name is the API's
    version = serializers.CharField()
    score = serializers.FloatField(allow_null=True)
    annotations = AnnotationSerializer(many=True)


class AssignmentBriefSerializer(serializers.Serializer[Any]):
    """One's try at a task."""

    id = serializers.UUIDField()
    job = serializers.UUIDField()
    task = serializers.UUIDField()
    state = serializers.ChoiceField(choices=AssignmentState.choices)
    annotation_type = serializers.ChoiceField(choices=AnnotationTypeName.choices)
    kind = serializers.ChoiceField(choices=TaskKind.choices, help_text="`review` and `adjudicate` check others' work")
    proposals = serializers.ListField(
        child=AnnotationSerializer(many=True),
        allow_null=True,
        help_text="what a check is about: the one to be judged, or those that compete; null of any other task",
    )
    asset = WorkAssetSerializer()
    ontology = VersionSerializer()
    guideline = VersionSerializer()
    pay = MoneyField()
    currency = serializers.CharField()
    aided = serializers.BooleanField(help_text="whether a pre-label was shown with the task")
    scope = serializers.JSONField(allow_null=True, help_text=SCOPE_HELP)
    prelabels = ShownPreLabelSerializer(many=True, help_text="what a model says of it, to be looked over: none or one")
    leased_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    active_ms = serializers.IntegerField(allow_null=True)


class AssignmentSerializer(AssignmentBriefSerializer):
    """One's try at a task, with the classes and guidelines that were in force when it was leased."""

    ontology = WholeOntologySerializer()
    guideline = WholeGuidelineSerializer()


class ClaimedSerializer(serializers.Serializer[Any]):
    """New leases; none when there is nothing for this worker now."""

    items = AssignmentBriefSerializer(many=True)
    state = serializers.ChoiceField(choices=JobState.choices)


class LeaseSerializer(serializers.Serializer[Any]):
    expires_at = serializers.DateTimeField()


class ConflictSerializer(StrictSerializer):
    """What is wrong with a proposal; `annotation` is the id of one of its annotations, where there is one."""

    kind = serializers.ChoiceField(choices=CONFLICT_KINDS)
    annotation = TextField(default=None, allow_null=True, max_length=MAX_ID_LENGTH)


class SubmissionSerializer(StrictSerializer):
    """An answer; the rules of its annotations are those of the annotation type."""

    annotations = AnnotationsField(default=None)
    active_ms = WholeNumberField(required=False, allow_null=True, default=None, min_value=0, max_value=MAX_ACTIVE_MS)
    verdict = serializers.ChoiceField(choices=Verdict.choices, default=None)
    conflicts = serializers.ListField(child=ConflictSerializer(), default=list, max_length=MAX_CONFLICTS)
    comment = TextField(default="", allow_blank=True, max_length=MAX_COMMENT)


class SubmissionDocumentationSerializer(serializers.Serializer[Any]):
    """An answer: as many annotations as the job's type takes; or a verdict of a review."""

    annotations = serializers.ListField(
        child=AnnotationSerializer(),
        max_length=MAX_ANNOTATIONS,
        required=False,
        help_text="required but for reviews that accept or reject, which take none",
    )
    verdict = serializers.ChoiceField(choices=Verdict.choices, required=False, help_text="of reviews, and required")
    conflicts = serializers.ListField(
        child=ConflictSerializer(),
        max_length=MAX_CONFLICTS,
        required=False,
        help_text="what is wrong, of reviews that fix or reject; a rejection needs one at least",
    )
    comment = serializers.CharField(
        required=False, max_length=MAX_COMMENT, help_text="of reviews and adjudications, for those who order the job"
    )
    active_ms = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=0,
        max_value=MAX_ACTIVE_MS,
        help_text="time spent, in milliseconds",
    )


class SubmittedSerializer(serializers.Serializer[Any]):
    """The answer as it was taken."""

    id = serializers.UUIDField()
    assignment = serializers.UUIDField()
    counted = serializers.BooleanField()
    outcome = serializers.ChoiceField(choices=[SubmissionOutcome.COUNTED, SubmissionOutcome.LATE])
    submitted_at = serializers.DateTimeField()
    pay = MoneyField()
    currency = serializers.CharField()
