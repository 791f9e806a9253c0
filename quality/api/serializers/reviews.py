"""Shapes of reviews and reviewers."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from labeling.api.serializers.annotations import AnnotationSerializer
from labeling.api.serializers.work import CHECK_KINDS, ConflictSerializer
from labeling.models import Answer, RetiredReason, Task, TaskState, Verdict
from marketplace.operations.api.fields import IdField
from marketplace.operations.api.serializers import MoneyField, StrictSerializer
from quality.models import ReviewerRecord


class NewReviewSerializer(StrictSerializer):
    """A task of the job that is done with."""

    task = IdField()


class OpinionSerializer(serializers.Serializer[Any]):
    """What one person said, under the pseudonym that they have in the job."""

    answer = serializers.UUIDField()
    reviewer = serializers.CharField(allow_null=True)
    verdict = serializers.ChoiceField(
        choices=Verdict.choices, allow_null=True, help_text="null of an adjudication: its annotations say it"
    )
    annotations = serializers.JSONField(help_text="what they hold to be right; empty where they merely reject")
    conflicts = ConflictSerializer(many=True)
    comment = serializers.CharField(allow_blank=True)
    counted = serializers.BooleanField(help_text="false: it came too late, and was paid but not weighed")
    submitted_at = serializers.DateTimeField()


class CheckSerializer(serializers.ModelSerializer[Task]):
    """A review or an adjudication of a task."""

    task = serializers.UUIDField(source="parent_task_id", read_only=True, help_text="the task that is checked")
    external_id = serializers.CharField(source="asset.external_id", read_only=True)
    kind = serializers.ChoiceField(choices=CHECK_KINDS, read_only=True)
    state = serializers.ChoiceField(choices=TaskState.choices, read_only=True)
    retired_reason = serializers.ChoiceField(choices=RetiredReason.choices, allow_blank=True, read_only=True)
    proposals = serializers.SerializerMethodField()
    opinions = serializers.SerializerMethodField()
    pay = MoneyField(source="pay_micros", read_only=True)

    class Meta:
        model = Task
        fields = [
            "id",
            "task",
            "external_id",
            "kind",
            "state",
            "retired_reason",
            "wanted_overlap",
            "proposals",
            "opinions",
            "pay",
            "created_at",
            "retired_at",
        ]
        read_only_fields = fields

    @extend_schema_field(serializers.ListField(child=AnnotationSerializer(many=True)))
    def get_proposals(self, check: Task) -> list[Any]:
        """Return what was shown."""
        return [each.annotations for each in sorted(check.proposals.all(), key=lambda each: each.position)]

    @extend_schema_field(OpinionSerializer(many=True))
    def get_opinions(self, check: Task) -> list[dict[str, Any]]:
        """Return what people said, first said first."""
        return [_opinion(answer) for answer in check.answers.all()]


class ReviewerSerializer(serializers.ModelSerializer[ReviewerRecord]):
    """How good a reviewer is, with what is plausible of anybody in it."""

    reviewer = serializers.CharField(source="pseudonym", read_only=True)
    accepts_right = serializers.SerializerMethodField(help_text="of what is right, the share accepted")
    detects_wrong = serializers.SerializerMethodField(help_text="of what is wrong, the share found out")
    mends_right = serializers.SerializerMethodField(help_text="of what they made instead, the share right")

    class Meta:
        model = ReviewerRecord
        fields = ["reviewer", "n_reviews", "accepts_right", "detects_wrong", "mends_right", "fitted_at"]
        read_only_fields = fields

    def get_accepts_right(self, record: ReviewerRecord) -> float:
        """Return a share, 0 to 1."""
        return _share(record, "accepts")

    def get_detects_wrong(self, record: ReviewerRecord) -> float:
        """Return a share, 0 to 1."""
        return _share(record, "detects")

    def get_mends_right(self, record: ReviewerRecord) -> float:
        """Return a share, 0 to 1."""
        return _share(record, "mends")


def _share(record: ReviewerRecord, name: str) -> float:
    right, wrong = record.parameters[name]
    return round(float(right / (right + wrong)), 4)


def _opinion(answer: Answer) -> dict[str, Any]:
    review = getattr(answer, "review", None)
    return {
        "answer": answer.pk,
        "reviewer": getattr(answer, "pseudonym", None),
        "verdict": review and review.verdict,
        "annotations": answer.payload.annotations,
        "conflicts": review.conflicts if review else [],
        "comment": review.comment if review else "",
        "counted": answer.uncounted_reason == "review",
        "submitted_at": answer.submitted_at,
    }
