"""Long work that can be watched, and the keys that make a repeated request harmless."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from marketplace.operations.core.ids import new_id

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.base_user import AbstractBaseUser
    from django.contrib.auth.models import AnonymousUser

# Roles of a membership that may watch the work of an organization.
_WATCHING_ROLES = ("requester", "manager")
MAX_LOG_LINES = 200
MAX_LOG_LINE_CHARS = 500


class OperationState(models.TextChoices):
    """Where a piece of long work stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINISHED_STATES = (OperationState.SUCCEEDED, OperationState.FAILED, OperationState.CANCELLED)


class OperationQuerySet(models.QuerySet["Operation"]):
    def visible_to(self, viewer: AbstractBaseUser | AnonymousUser) -> Self:
        """Return the work of organizations where the viewer is requester or manager."""
        if viewer.is_anonymous or not viewer.is_active:
            return self.none()
        watched = self.filter(
            organization__memberships__user=viewer, organization__memberships__role__in=_WATCHING_ROLES
        )
        # A sub-query, so that a viewer with both roles does not see a row twice.
        return self.filter(pk__in=watched.values("pk"))

    def claimable(self, now: datetime) -> Self:
        """Return work that nobody runs: queued, or left by a runner that stopped renewing its lease."""
        return self.filter(Q(state=OperationState.QUEUED) | Q(state=OperationState.RUNNING, runner_until__lte=now))

    def unfinished(self) -> Self:
        """Return work that is queued or running."""
        return self.exclude(state__in=FINISHED_STATES)


class Operation(models.Model):
    """Long work: its state, progress, last lines of log, and what came of it."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organization = models.ForeignKey("accounts.Organization", on_delete=models.PROTECT, related_name="operations")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    kind = models.CharField(max_length=60)
    subject_id = models.UUIDField(null=True, blank=True, db_index=True)
    state = models.CharField(max_length=16, choices=OperationState.choices, default=OperationState.QUEUED)
    percent = models.PositiveSmallIntegerField(default=0, validators=[MaxValueValidator(100)])
    log = models.TextField(blank=True, default="")
    params = models.JSONField(default=dict, blank=True)
    result: models.JSONField[Any, Any] = models.JSONField(null=True, blank=True)
    error: models.JSONField[Any, Any] = models.JSONField(null=True, blank=True)
    # Whose lease it is: a runner that lost its lease to another can no longer write.
    runner_id = models.UUIDField(null=True, blank=True)
    runner_until = models.DateTimeField(null=True, blank=True)
    n_starts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = OperationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(percent__gte=0, percent__lte=100), name="operation_percent_in_range"),
            models.CheckConstraint(condition=Q(state__in=OperationState.values), name="operation_state_is_known"),
            models.CheckConstraint(
                condition=Q(state=OperationState.RUNNING, runner_id__isnull=False, runner_until__isnull=False)
                | (~Q(state=OperationState.RUNNING) & Q(runner_id=None, runner_until=None)),
                name="operation_leased_while_running",
            ),
            models.CheckConstraint(
                condition=Q(state__in=FINISHED_STATES, finished_at__isnull=False)
                | (~Q(state__in=FINISHED_STATES) & Q(finished_at=None)),
                name="operation_finished_at_the_end",
            ),
        ]
        indexes = [
            models.Index(fields=["organization", "id"], name="operation_by_organization"),
            models.Index(
                fields=["runner_until"],
                name="operation_unfinished",
                condition=Q(state__in=(OperationState.QUEUED, OperationState.RUNNING)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"

    @property
    def log_lines(self) -> list[str]:
        """Return the last lines of the log."""
        return self.log.splitlines()

    def append_log(self, line: str) -> None:
        """Add one line, forgetting the oldest beyond the bound; the caller saves."""
        clean = " ".join(line.replace("\x00", "").split())[:MAX_LOG_LINE_CHARS]
        self.log = "\n".join([*self.log_lines, clean][-MAX_LOG_LINES:])


class IdempotencyKey(models.Model):
    """A client's key, what it was used for and the answer that it got."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=255)
    route = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    # The exact text that was sent, so that a replay is equal byte for byte; null where it held a secret.
    response = models.TextField(null=True, blank=True)  # noqa: DJ001 - an empty answer differs from an unkept one
    permanent = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once_per_user"),
            models.CheckConstraint(condition=Q(key__regex=r"^[!-~]{1,255}$"), name="idempotency_key_is_printable"),
        ]
        indexes = [
            models.Index(fields=["created_at"], name="idempotency_key_to_sweep", condition=Q(permanent=False)),
        ]

    def __str__(self) -> str:
        return self.route
