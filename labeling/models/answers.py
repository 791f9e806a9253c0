"""Answers: what workers submitted, for ever."""

from typing import Any, Self

from django.db import models
from django.db.models import Q

from labeling.models.assignments import Assignment
from labeling.models.jobs import LabelingJob
from labeling.models.tasks import Task
from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import User


class AnswerQuerySet(models.QuerySet["Answer"]):
    def visible_to(self, user: User) -> Self:
        """Return the answers in the jobs that the user orders, manages or reviews, and the user's own."""
        return self.filter(Q(job__in=LabelingJob.objects.visible_to(user)) | Q(worker=user))


class Answer(models.Model):
    """One worker's answer to one task; immutable (a trigger refuses changes)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    assignment = models.OneToOneField(Assignment, on_delete=models.PROTECT, related_name="answer")
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="answers")
    job = models.ForeignKey(LabelingJob, on_delete=models.PROTECT, related_name="answers")
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    counted = models.BooleanField(help_text="belongs to the overlap of the task; never of gold or of a review")
    uncounted_reason = models.CharField(max_length=32, blank=True)
    n_annotations = models.PositiveIntegerField()
    active_ms = models.PositiveIntegerField(null=True)
    submitted_at = models.DateTimeField()

    objects = AnswerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(counted=True) ^ ~Q(uncounted_reason=""), name="answer_uncounted_why"),
        ]
        indexes = [models.Index(fields=["job", "id"], name="answer_of_job")]

    def __str__(self) -> str:
        return f"answer {self.id}"


class AnswerPayload(models.Model):
    """The annotations of an answer, kept out of the hot row."""

    answer = models.OneToOneField(Answer, on_delete=models.PROTECT, primary_key=True, related_name="payload")
    schema_version = models.PositiveSmallIntegerField()
    annotations = models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]()

    def __str__(self) -> str:
        return f"payload of {self.answer_id}"


class AnswerDraft(models.Model):
    """Work that came too late to be taken, kept for the worker."""

    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, primary_key=True, related_name="draft")
    annotations = models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]()
    saved_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"draft of {self.assignment_id}"
