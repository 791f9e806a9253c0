"""Shapes of training, exams and what they earn."""

from typing import Any

from rest_framework import serializers

from labeling.api.serializers.work import CONFLICT_KINDS
from labeling.models import JobWorker, WorkerGrant


class LessonConflictSerializer(serializers.Serializer[Any]):
    """Where an answer differs from what is right; places are those in the lists, from 0."""

    kind = serializers.ChoiceField(choices=CONFLICT_KINDS)
    given = serializers.IntegerField(allow_null=True)
    known = serializers.IntegerField(allow_null=True)
    similarity = serializers.FloatField(allow_null=True)


class FeedbackSerializer(serializers.Serializer[Any]):
    """What was right, and how far one is."""

    score = serializers.FloatField(help_text="1 or 0 of a class, F1 of shapes")
    is_right = serializers.BooleanField()
    annotations = serializers.JSONField(help_text="what was answered")
    known = serializers.JSONField(help_text="what is right")
    conflicts = LessonConflictSerializer(many=True)
    doubted = serializers.BooleanField(help_text="true: what was held to be right is in doubt, and does not count")
    n_lessons = serializers.IntegerField()
    n_done = serializers.IntegerField(help_text="answered or skipped")
    n_right = serializers.IntegerField()
    pass_share = serializers.FloatField()
    passed = serializers.BooleanField(help_text="noted a moment after the last answer")


class GrantSerializer(serializers.ModelSerializer[WorkerGrant]):
    """A training or an exam that was passed, or a field that somebody attests."""

    name = serializers.CharField(
        source="course.name", read_only=True, allow_null=True, default=None, help_text="of the course"
    )

    class Meta:
        model = WorkerGrant
        fields = [
            "id",
            "course",
            "name",
            "share",
            "expertise",
            "organization",
            "evidence",
            "granted_at",
            "until",
            "revoked_at",
        ]
        read_only_fields = fields
        extra_kwargs = {
            "expertise": {"help_text": "field that it attests; empty: none"},
            "organization": {"help_text": "in whose jobs the field counts; null: in everybody's"},
        }


class LearnerSerializer(serializers.ModelSerializer[JobWorker]):
    """A learner under the pseudonym of the course; `grant` once passed."""

    n_done = serializers.IntegerField(read_only=True, help_text="answered or skipped")
    n_right = serializers.IntegerField(read_only=True)
    grant = serializers.UUIDField(source="grant_id", read_only=True, allow_null=True)
    granted_at = serializers.DateTimeField(read_only=True, allow_null=True)
    revoked_at = serializers.DateTimeField(read_only=True, allow_null=True)

    class Meta:
        model = JobWorker
        fields = ["pseudonym", "n_done", "n_right", "grant", "granted_at", "revoked_at"]
        read_only_fields = fields
