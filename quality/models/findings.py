"""Findings: what a worker's answers look like, with the evidence, for a person to decide on."""

from typing import Any, Self

from django.db import models
from django.db.models import Q

from labeling.models import LabelingJob
from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import User


class FindingKind(models.TextChoices):
    """What the answers look like."""

    TOO_FAST = "too_fast"
    CONSTANT = "constant"
    COPYING = "copying"
    RANDOM = "random"
    RULE = "rule", "a rule of the job was met"


class FindingState(models.TextChoices):
    """Nobody has decided, or somebody has."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


class JobScreening(models.Model):
    """How often the answers of a job were looked through; the lock that keeps looks in line."""

    job = models.OneToOneField(LabelingJob, on_delete=models.PROTECT, primary_key=True, related_name="screening")
    n_looks = models.PositiveIntegerField(default=0)
    n_answers = models.PositiveIntegerField(default=0, help_text="counted answers at the last look")

    def __str__(self) -> str:
        return f"screening of {self.job_id}"


class FindingQuerySet(models.QuerySet["Finding"]):
    def visible_to(self, user: User) -> Self:
        """Return the findings in the jobs that the user orders, manages or reviews."""
        return self.filter(job__in=LabelingJob.objects.visible_to(user))

    def told_to(self, worker: User) -> Self:
        """Return what was confirmed of a worker; open ones would teach how not to be found."""
        return self.filter(worker=worker, state=FindingState.CONFIRMED)


class Finding(models.Model):
    """Evidence about one worker in one job; it never changes, nor does the decision (a trigger refuses that)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    job = models.ForeignKey(LabelingJob, on_delete=models.PROTECT, related_name="findings")
    worker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=16, choices=FindingKind)
    state = models.CharField(max_length=16, choices=FindingState, default=FindingState.OPEN)
    n_answers = models.PositiveIntegerField(help_text="answers, or common tasks, that the evidence rests on")
    p_value = models.FloatField(
        null=True, help_text="chance of evidence as strong from an honest worker; null of rules"
    )
    evidence = models.JSONField[dict[str, Any], dict[str, Any]]()
    opened_at = models.DateTimeField(auto_now_add=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=1000, blank=True)
    pause_minutes = models.PositiveIntegerField(null=True, help_text="of the pause that the decision brought")
    objection = models.CharField(max_length=2000, blank=True, help_text="the worker's, once")
    objected_at = models.DateTimeField(null=True)

    objects = FindingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["job", "worker", "kind", "partner"],
                condition=Q(state=FindingState.OPEN),
                nulls_distinct=False,
                name="finding_open_once",
            ),
            models.CheckConstraint(condition=Q(kind__in=FindingKind.values), name="finding_kind_known"),
            models.CheckConstraint(condition=Q(state__in=FindingState.values), name="finding_state_known"),
            models.CheckConstraint(
                condition=Q(p_value__gte=0, p_value__lte=1) | Q(kind="rule", p_value__isnull=True),
                name="finding_p_value_in_range",
            ),
            models.CheckConstraint(
                condition=Q(kind=FindingKind.COPYING) ^ Q(partner__isnull=True), name="finding_copying_has_partner"
            ),
            models.CheckConstraint(
                condition=Q(state=FindingState.OPEN, decided_by__isnull=True, decided_at__isnull=True, note="")
                | (~Q(state=FindingState.OPEN) & Q(decided_by__isnull=False, decided_at__isnull=False) & ~Q(note="")),
                name="finding_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(pause_minutes__isnull=True) | Q(state=FindingState.CONFIRMED),
                name="finding_pause_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(objection="", objected_at__isnull=True)
                | (Q(state=FindingState.CONFIRMED, objected_at__isnull=False) & ~Q(objection="")),
                name="finding_objection_has_time",
            ),
        ]
        indexes = [models.Index(fields=["job", "id"], name="finding_of_job")]

    def __str__(self) -> str:
        return f"finding {self.id}"
