"""Reviews: what is shown to whoever checks a task, and what they said of it."""

from typing import Any

from django.db import models
from django.db.models import Q

from labeling.models.answers import Answer
from labeling.models.tasks import Task


class Verdict(models.TextChoices):
    """What a reviewer says of the one proposal that a review shows."""

    ACCEPT = "accept", "it is right as it stands"
    FIX = "fix", "it is wrong, and this is right"
    REJECT = "reject", "it is wrong"


class Proposal(models.Model):
    """Annotations that a check shows: one to a review, those that compete to an adjudication; immutable (a trigger)."""

    id = models.BigAutoField(primary_key=True)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="proposals")
    position = models.PositiveSmallIntegerField()
    annotations = models.JSONField[list[dict[str, Any]], list[dict[str, Any]]]()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "position"], name="proposal_position_once")]

    def __str__(self) -> str:
        return f"proposal {self.position} of {self.task_id}"


class Review(models.Model):
    """A person's verdict on the proposal of a review; immutable (a trigger refuses changes).

    The annotations that the reviewer holds to be right are those of the answer: the proposal's own where it was
    accepted, none where it was rejected.
    """

    answer = models.OneToOneField(Answer, on_delete=models.PROTECT, primary_key=True, related_name="review")
    verdict = models.CharField(max_length=16, choices=Verdict)
    conflicts = models.JSONField[list[dict[str, Any]], list[dict[str, Any]]](
        default=list, help_text="[{kind, annotation}]: what is wrong; annotation is an id in the proposal, or null"
    )
    comment = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(verdict__in=Verdict.values), name="review_verdict_known"),
            models.CheckConstraint(
                condition=~Q(verdict=Verdict.REJECT) | ~Q(conflicts=[]), name="review_rejection_has_conflicts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.verdict} in {self.answer_id}"
