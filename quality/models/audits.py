"""Audits: final labels drawn evenly and checked by people, until a limit on wrong labels is shown to be kept or not."""

from decimal import Decimal
from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from labeling.models import LabelingJob
from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import User
from quality.core.acceptance.limits import ErrorLimit
from quality.models.consensus import ConsensusLabel, ConsensusRun

# Shares have six decimals: one in a million.
_SHARE: dict[str, Any] = {"max_digits": 7, "decimal_places": 6}


class AuditPlanKind(models.TextChoices):
    """How the sample is drawn and when the audit ends."""

    FIXED = "fixed"
    SEQUENTIAL = "sequential"
    STRATIFIED = "stratified"


class AuditState(models.TextChoices):
    """Drawn, being checked, or ended."""

    PLANNED = "planned"
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    CANCELLED = "cancelled"


LIVE_STATES = (AuditState.PLANNED, AuditState.RUNNING)
DECIDED_STATES = (AuditState.PASSED, AuditState.FAILED)


class AuditVerdict(models.TextChoices):
    """What a person found of a label."""

    RIGHT = "right"
    WRONG = "wrong"


class AuditQuerySet(models.QuerySet["Audit"]):
    def visible_to(self, user: User) -> Self:
        """Return the audits of the jobs that the user orders, manages or reviews."""
        return self.filter(run__job__in=LabelingJob.objects.visible_to(user))


class Audit(models.Model):
    """A check of the labels that a run states final; once it has ended it never changes (a trigger refuses that)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    run = models.ForeignKey(ConsensusRun, on_delete=models.PROTECT, related_name="audits")
    number = models.PositiveSmallIntegerField(help_text="1, 2, ... within the run, cancelled ones included")
    state = models.CharField(max_length=16, choices=AuditState, default=AuditState.PLANNED)
    kind = models.CharField(max_length=16, choices=AuditPlanKind)
    max_error = models.DecimalField[Decimal, Decimal](**_SHARE, help_text="share of wrong labels promised at most")
    confidence = models.DecimalField[Decimal, Decimal](**_SHARE)
    expected_error = models.DecimalField[Decimal, Decimal](**_SHARE, help_text="share of wrong labels thought likely")
    population = models.PositiveIntegerField(help_text="labels that the run states final")
    n_items = models.PositiveIntegerField(help_text="labels drawn: the most that may have to be checked")
    n_audited = models.PositiveIntegerField(default=0, help_text="labels checked without a gap in the order drawn")
    n_wrong = models.PositiveIntegerField(default=0, help_text="of those, found wrong")
    plan = models.JSONField[dict[str, Any], dict[str, Any]]()
    seed = models.PositiveBigIntegerField(help_text="of the draw")
    certificate = models.JSONField[dict[str, Any] | None, dict[str, Any] | None](null=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    objects = AuditQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="audit_number_once"),
            models.UniqueConstraint(fields=["run"], condition=Q(state__in=LIVE_STATES), name="audit_one_live_per_run"),
            models.CheckConstraint(condition=Q(state__in=AuditState.values), name="audit_state_known"),
            models.CheckConstraint(condition=Q(kind__in=AuditPlanKind.values), name="audit_kind_known"),
            models.CheckConstraint(
                condition=Q(max_error__gt=0, max_error__lt=1, confidence__gte=Decimal("0.5"), confidence__lt=1),
                name="audit_limit_in_range",
            ),
            models.CheckConstraint(
                condition=Q(expected_error__gte=0, expected_error__lt=F("max_error")), name="audit_expects_less"
            ),
            models.CheckConstraint(
                condition=Q(n_wrong__lte=F("n_audited"), n_audited__lte=F("n_items"), n_items__lte=F("population")),
                name="audit_counts_in_range",
            ),
            models.CheckConstraint(
                condition=Q(state__in=DECIDED_STATES) ^ Q(certificate__isnull=True), name="audit_decided_certified"
            ),
            models.CheckConstraint(
                condition=Q(state__in=LIVE_STATES) ^ Q(ended_at__isnull=False), name="audit_ended_has_time"
            ),
        ]

    def __str__(self) -> str:
        return f"audit {self.number} of {self.run_id}"

    @property
    def limit(self) -> ErrorLimit:
        """Return what the audit is to show."""
        return ErrorLimit(share=float(self.max_error), confidence=float(self.confidence), population=self.population)


class AuditItem(models.Model):
    """One label drawn; its verdict, once given, is never changed (a trigger refuses that)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    audit = models.ForeignKey(Audit, on_delete=models.PROTECT, related_name="items")
    label = models.ForeignKey(ConsensusLabel, on_delete=models.PROTECT, related_name="+")
    ordinal = models.PositiveIntegerField(help_text="1, 2, ... in the order drawn")
    stratum = models.PositiveSmallIntegerField(default=0)
    verdict = models.CharField(max_length=8, choices=AuditVerdict, null=True)  # noqa: DJ001 -- none yet is no verdict
    verdict_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    note = models.CharField(max_length=1000, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["audit", "label"], name="audit_item_label_once"),
            models.UniqueConstraint(fields=["audit", "ordinal"], name="audit_item_ordinal_once"),
            models.CheckConstraint(condition=Q(ordinal__gte=1), name="audit_item_ordinal_from_1"),
            models.CheckConstraint(
                condition=Q(verdict__isnull=True, verdict_by__isnull=True, decided_at__isnull=True, note="")
                | Q(verdict__in=AuditVerdict.values, verdict_by__isnull=False, decided_at__isnull=False),
                name="audit_item_verdict_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"item {self.ordinal} of {self.audit_id}"
