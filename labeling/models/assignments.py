"""Assignment: one worker's try at one task."""

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Q

from labeling.models.jobs import LabelingJob
from labeling.models.projects import GuidelineVersion, OntologyVersion
from labeling.models.tasks import Task
from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import User


class AssignmentState(models.TextChoices):
    """A lease, and what became of it."""

    ACTIVE = "active"
    SUBMITTED = "submitted"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    SKIPPED = "skipped"
    RETURNED = "returned"
    EXPIRED = "expired"


# In these states the worker has had the task and does not get it again.
TRIED = (
    AssignmentState.ACTIVE,
    AssignmentState.SUBMITTED,
    AssignmentState.ACCEPTED,
    AssignmentState.REJECTED,
    AssignmentState.SKIPPED,
)


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def visible_to(self, user: User) -> Self:
        """Return the user's own assignments; other people's are seen by nobody."""
        return self.filter(worker=user)

    def tried(self) -> Self:
        """Return the assignments that keep a worker from getting the task again."""
        return self.filter(state__in=TRIED)


class Assignment(models.Model):
    """A lease with the pay, ontology and guidelines that were in force when it was taken."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="assignments")
    job = models.ForeignKey(LabelingJob, on_delete=models.PROTECT, related_name="assignments")
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="assignments")
    state = models.CharField(max_length=16, choices=AssignmentState, default=AssignmentState.ACTIVE)
    ontology = models.ForeignKey(OntologyVersion, on_delete=models.PROTECT, related_name="+")
    guideline = models.ForeignKey(GuidelineVersion, on_delete=models.PROTECT, related_name="+")
    pay_micros = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    aided = models.BooleanField(default=False, help_text="a pre-label was shown")
    leased_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    active_ms = models.PositiveIntegerField(null=True, help_text="time spent on it, as the client measured")
    accepted_share = models.DecimalField[Decimal | None, Decimal | None](
        max_digits=7, decimal_places=6, null=True, help_text="0 to 1: how much of the pay was earned"
    )

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["task", "worker"], condition=Q(state__in=TRIED), name="task_worker_once"),
            models.CheckConstraint(condition=Q(state__in=AssignmentState.values), name="assignment_state_known"),
            models.CheckConstraint(
                condition=Q(accepted_share__isnull=True) | Q(accepted_share__gte=0, accepted_share__lte=1),
                name="assignment_share_in_range",
            ),
        ]
        indexes = [
            models.Index(fields=["job", "expires_at"], name="lease_live", condition=Q(state=AssignmentState.ACTIVE)),
            models.Index(fields=["job"], name="assignment_undecided", condition=Q(state=AssignmentState.SUBMITTED)),
            models.Index(fields=["worker", "-id"], name="assignment_of_worker"),
        ]

    def __str__(self) -> str:
        return f"assignment {self.id}"
