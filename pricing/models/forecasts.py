"""Forecasts of when jobs end, the hours of work that they rest on, and alerts where a deadline is in doubt."""

from datetime import datetime, timedelta
from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from labeling.models import LabelingJob
from marketplace.accounts.core.ids import new_id
from marketplace.accounts.models import User


class WorkHour(models.Model):
    """What people gave to a job in one hour: answers of all kinds, and active time where it was measured."""

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(LabelingJob, on_delete=models.PROTECT, related_name="work_hours", db_index=False)
    hour = models.DateTimeField(help_text="its beginning, UTC")
    n_answers = models.PositiveIntegerField(help_text="counted or not, gold and checks among them")
    n_counted = models.PositiveIntegerField()
    n_timed = models.PositiveIntegerField(help_text="answers whose active time is known")
    active_ms = models.PositiveBigIntegerField(help_text="of those")
    n_workers = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "hour"], name="work_hour_once")]
        indexes = [models.Index(fields=["hour"], name="work_hour_by_hour")]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H}:00 of {self.job_id}"


class Occasion(models.TextChoices):
    """Why a forecast was made; of each but the last a job has one."""

    OPENED = "opened"
    QUARTER = "quarter", "a quarter of the answers are given"
    HALF = "half"
    HOURLY = "hourly", "an hour began, or the job went on after a pause"


# Forecasts at these moments are learned from and scored: every job has at most one of each, so none counts for more.
MILESTONES = (Occasion.OPENED, Occasion.QUARTER, Occasion.HALF)


class ForecastQuerySet(models.QuerySet["Forecast"]):
    def visible_to(self, user: User) -> Self:
        """Return the forecasts of the jobs that the user orders, manages or reviews."""
        return self.filter(job__in=LabelingJob.objects.visible_to(user))

    def milestones(self) -> Self:
        """Return those that are learned from."""
        return self.filter(occasion__in=MILESTONES)


class Forecast(models.Model):
    """When a job ends, as was thought at some moment; immutable (a trigger refuses changes)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    job = models.ForeignKey(LabelingJob, on_delete=models.PROTECT, related_name="forecasts")
    made_at = models.DateTimeField()
    occasion = models.CharField(max_length=16, choices=Occasion)
    slot = models.DateTimeField(help_text="the hour it is of; of a milestone, when the job was opened")
    p50_s = models.FloatField(help_text="seconds from `made_at` by which the job ends with 50 %")
    p85_s = models.FloatField()
    p95_s = models.FloatField()
    raw_p50_s = models.FloatField(help_text="the same before correction by what became of earlier forecasts")
    raw_p85_s = models.FloatField()
    raw_p95_s = models.FloatField()
    basis = models.CharField(max_length=16, help_text="prior, blended or measured")
    n_learned = models.PositiveIntegerField(help_text="earlier forecasts that the correction rests on")
    progress = models.FloatField(help_text="share of the answers that were given, 0 to 1")
    inputs = models.JSONField[dict[str, Any], dict[str, Any]](
        help_text="work, supply and competition as they were read"
    )
    version = models.CharField(max_length=16, help_text="of the model")

    objects = ForecastQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "occasion", "slot"], name="forecast_once"),
            models.CheckConstraint(condition=Q(occasion__in=Occasion.values), name="forecast_occasion_known"),
            models.CheckConstraint(
                condition=Q(p50_s__gte=0, p50_s__lte=F("p85_s"), p85_s__lte=F("p95_s")), name="forecast_in_order"
            ),
            models.CheckConstraint(condition=Q(progress__gte=0, progress__lte=1), name="forecast_progress_is_a_share"),
        ]
        indexes = [
            models.Index(fields=["job", "-id"], name="forecast_of_job"),
            models.Index(fields=["-made_at"], name="forecast_milestone", condition=Q(occasion__in=MILESTONES)),
        ]

    def __str__(self) -> str:
        return f"forecast {self.id}"

    @property
    def moments(self) -> dict[str, datetime]:
        """Return the quantiles as dates: `p50`, `p85`, `p95`."""
        seconds = {"p50": self.p50_s, "p85": self.p85_s, "p95": self.p95_s}
        return {name: self.made_at + timedelta(seconds=round(each)) for name, each in seconds.items()}


class DeadlineState(models.TextChoices):
    """How a deadline stands."""

    SAFE = "safe", "with 85 % the job ends before"
    AT_RISK = "at_risk", "with less than 85 %"
    LATE = "late", "with less than 50 %"


class DeadlineAlertQuerySet(models.QuerySet["DeadlineAlert"]):
    def visible_to(self, user: User) -> Self:
        """Return the alerts of the jobs that the user orders, manages or reviews."""
        return self.filter(job__in=LabelingJob.objects.visible_to(user))


class DeadlineAlert(models.Model):
    """A deadline came to stand otherwise than before, and what could be done; immutable (a trigger refuses changes)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    job = models.ForeignKey(LabelingJob, on_delete=models.PROTECT, related_name="deadline_alerts")
    forecast = models.OneToOneField(Forecast, on_delete=models.PROTECT, related_name="alert")
    made_at = models.DateTimeField()
    deadline = models.DateTimeField()
    state = models.CharField(max_length=16, choices=DeadlineState)
    levers = models.JSONField[list[dict[str, Any]], list[dict[str, Any]]](
        help_text="what would help, by how much and at which cost, under which assumption"
    )

    objects = DeadlineAlertQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(state__in=DeadlineState.values), name="deadline_state_known")]
        indexes = [models.Index(fields=["job", "-id"], name="alert_of_job")]

    def __str__(self) -> str:
        return f"deadline of {self.job_id}: {self.state}"
