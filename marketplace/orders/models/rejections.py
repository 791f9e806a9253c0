"""Rejections: why an answer was not paid in full, what speaks against it, and what its worker says to that."""

from datetime import datetime
from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from labeling.core.conflicts import ConflictKind
from labeling.models import Assignment, LabelingJob
from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import Organization, Role, User
from marketplace.orders.models.orders import Order

EVIDENCE_KINDS = ("gold", "consensus", "review", "audit")
REASONS = [(kind.value, kind.value) for kind in ConflictKind]


class RejectionState(models.TextChoices):
    """Where a rejection is on its way."""

    OPEN = "open", "its worker may appeal"
    APPEALED = "appealed", "a manager decides"
    LAPSED = "lapsed", "nobody appealed in time: it is final"
    UPHELD = "upheld", "it is final"
    OVERTURNED = "overturned", "the worker was right, or nobody decided in time"


# The money is neither the worker's nor the requester's yet.
UNSETTLED = (RejectionState.OPEN, RejectionState.APPEALED)
# Final, and against the worker.
FINAL = (RejectionState.LAPSED, RejectionState.UPHELD)


class RejectionQuerySet(models.QuerySet["Rejection"]):
    def visible_to(self, user: User) -> Self:
        """Return the rejections in the orders of the organizations in which the user orders or manages."""
        homes = Organization.objects.with_role(user, Role.REQUESTER, Role.MANAGER)
        return self.filter(order__organization__in=homes)

    def overdue(self, now: datetime) -> Self:
        """Return the rejections that nobody appealed in time, or whose appeal nobody decided in time."""
        lapsed = Q(state=RejectionState.OPEN, appeal_until__lte=now)
        return self.filter(lapsed | Q(state=RejectionState.APPEALED, decide_until__lte=now))

    def unsettled(self) -> Self:
        """Return the rejections whose money is neither the worker's nor the requester's yet."""
        return self.filter(state__in=UNSETTLED)

    def standing(self) -> Self:
        """Return the rejections that were not overturned."""
        return self.exclude(state=RejectionState.OVERTURNED)


class Rejection(models.Model):
    """A person's decision that an answer did not earn all of its pay, on evidence; its worker may appeal."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="rejections")
    job = models.ForeignKey(LabelingJob, on_delete=models.PROTECT, related_name="rejections")
    assignment = models.OneToOneField(Assignment, on_delete=models.PROTECT, related_name="rejection")
    state = models.CharField(max_length=16, choices=RejectionState, default=RejectionState.OPEN)
    reason = models.CharField(max_length=32, choices=REASONS)
    comment = models.TextField(blank=True, help_text="for the worker")
    evidence_kind = models.CharField(max_length=16, choices=[(kind, kind) for kind in EVIDENCE_KINDS])
    evidence_id = models.UUIDField(help_text="of a known answer, a consensus label or a review of the same task")
    evidence = models.JSONField[dict[str, Any], dict[str, Any]](
        help_text="{score, conflicts, known, comment} when it was rejected: what the worker is shown of it"
    )
    evidence_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    share_ppm = models.PositiveIntegerField(help_text="of the pay that was earned all the same, in millionths")
    withheld_micros = models.PositiveBigIntegerField(help_text="what was not paid")
    rejected_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    rejected_at = models.DateTimeField()
    appeal_until = models.DateTimeField()
    appeal = models.TextField(blank=True, help_text="what the worker says to it")
    appealed_at = models.DateTimeField(null=True)
    decide_until = models.DateTimeField(null=True, help_text="an appeal that nobody decides on by then is won")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision_note = models.TextField(blank=True, help_text="for the worker")

    objects = RejectionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=RejectionState.values), name="rejection_state_known"),
            models.CheckConstraint(condition=Q(reason__in=list(ConflictKind)), name="rejection_has_a_reason"),
            models.CheckConstraint(condition=Q(evidence_kind__in=EVIDENCE_KINDS), name="rejection_evidence_known"),
            models.CheckConstraint(condition=Q(share_ppm__lt=1_000_000), name="rejection_withholds_a_part"),
            models.CheckConstraint(
                condition=Q(state=RejectionState.APPEALED, decided_at=None, appealed_at__isnull=False)
                | Q(state=RejectionState.OPEN, decided_at=None, appealed_at=None)
                | ~Q(state__in=UNSETTLED) & Q(decided_at__isnull=False),
                name="rejection_settled_when_decided",
            ),
            models.CheckConstraint(
                condition=Q(appealed_at=None) ^ Q(decide_until__isnull=False), name="rejection_appeal_is_decided_on"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=F("rejected_by")), name="rejection_four_eyes"
            ),
        ]
        indexes = [
            models.Index(fields=["job", "id"], name="rejection_of_job"),
            models.Index(fields=["order"], name="rejection_unsettled", condition=Q(state__in=UNSETTLED)),
        ]

    def __str__(self) -> str:
        return f"rejection of {self.assignment_id}"


class FreezeState(models.TextChoices):
    """What became of a job that was frozen."""

    OPEN = "open", "the platform looks at it"
    CLEARED = "cleared", "the rejections stand, their deadlines begin anew"
    OVERTURNED = "overturned", "all that was rejected is paid"


class FreezeQuerySet(models.QuerySet["Freeze"]):
    def visible_to(self, user: User) -> Self:
        """Return the freezes of the user's orders; to people of the platform, all."""
        if user.is_staff and user.is_active:
            return self.all()
        return self.filter(order__in=Order.objects.visible_to(user))


class Freeze(models.Model):
    """A job stopped because too much of its work was rejected, until somebody of the platform has looked at it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="freezes")
    state = models.CharField(max_length=16, choices=FreezeState, default=FreezeState.OPEN)
    n_decided = models.PositiveIntegerField()
    n_rejected = models.PositiveIntegerField()
    frozen_at = models.DateTimeField()
    decide_until = models.DateTimeField(help_text="what nobody has looked at by then is overturned")
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.TextField(blank=True)

    objects = FreezeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["order"], condition=Q(state=FreezeState.OPEN), name="freeze_one_open"),
            models.CheckConstraint(condition=Q(state__in=FreezeState.values), name="freeze_state_known"),
            models.CheckConstraint(condition=Q(n_rejected__lte=F("n_decided")), name="freeze_rejected_of_decided"),
            models.CheckConstraint(
                condition=Q(state=FreezeState.OPEN) ^ Q(decided_at__isnull=False), name="freeze_decided_has_time"
            ),
        ]

    def __str__(self) -> str:
        return f"freeze of {self.order_id}"
