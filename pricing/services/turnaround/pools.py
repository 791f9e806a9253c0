"""Those who may work on the same jobs: what they did, hour by hour, and what became of earlier forecasts."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import TruncDay
from numpy.typing import NDArray

from labeling.models import Answer, CloseReason, JobState, LabelingJob, Purpose, WorkerGrant, Workforce
from pricing.core.turnaround.conformal import MOST_ENDED
from pricing.core.turnaround.inputs import QUANTILES, Outcomes, Trait
from pricing.core.turnaround.misses import MOST_MADE, missed_lately
from pricing.models import Forecast, Occasion, WorkHour
from pricing.services.turnaround.hours import HOUR, KEPT, first_id, hour_of

# Answers by which it is told how many of those who work are qualified for a job.
_LATEST_ANSWERS = 20_000
_LATELY = timedelta(days=7)
# Jobs by whose pay it is told what is usual.
_LATEST_JOBS = 120
# Forecasts among which those of ended jobs are looked for.
_LATEST_FORECASTS = 2 * MOST_ENDED


def read_outcomes(*, now: datetime) -> Outcomes:
    """Return what became of the latest forecasts that are learned from: those of jobs that were completed."""
    made = Forecast.objects.milestones().filter(made_at__lt=now).order_by("-made_at").select_related("job")
    latest = list(made[:_LATEST_FORECASTS])
    ended = sorted(
        (
            (each.job.closed_at, each)
            for each in latest
            if each.job.closed_at is not None and each.job.close_reason == CloseReason.COMPLETED
        ),
        key=lambda pair: pair[0],
    )[-MOST_ENDED:]
    known = [each for _, each in ended if len(each.inputs["traits"]) == len(Trait)]
    if not known:
        return Outcomes.none()
    return Outcomes(
        raw=np.array([[each.raw_p50_s, each.raw_p85_s, each.raw_p95_s] for each in known]),
        taken=np.array([((each.job.closed_at or now) - each.made_at).total_seconds() for each in known]),
        traits=np.array([each.inputs["traits"] for each in known]),
        missed=_missed(latest, now),
    )


def _missed(latest: list[Forecast], now: datetime) -> NDArray[np.float64]:
    """Return how much too often quantiles were missed, by jobs that were completed and by those that are open."""
    told = [
        each for each in latest if each.job.close_reason == CloseReason.COMPLETED or each.job.state == JobState.OPEN
    ][:MOST_MADE]
    return missed_lately(
        np.array([[each.p50_s, each.p85_s, each.p95_s] for each in told]).reshape(-1, len(QUANTILES)),
        age_s=np.array([(now - each.made_at).total_seconds() for each in told]),
        taken_s=np.array(
            [(each.job.closed_at - each.made_at).total_seconds() if each.job.closed_at else np.inf for each in told]
        ),
    )


@dataclass
class Pool:
    """Those who may work on the same jobs: everybody in public ones, an organization's own people in private ones."""

    job: LabelingJob
    now: datetime

    @cached_property
    def hours(self) -> NDArray[np.float64]:
        """Return the active seconds of each whole hour, up to the last."""
        return self._read_hours()

    @cached_property
    def n_open_usual(self) -> float:
        """Return on how many jobs somebody worked on a day of the last two weeks."""
        begin = hour_of(self.now) - timedelta(days=14)
        days = self._rows.filter(hour__gte=begin).annotate(day=TruncDay("hour")).values("day")
        counts = [row["n"] for row in days.annotate(n=Count("job", distinct=True))]
        return sum(counts) / len(counts) if counts else 0.0

    @cached_property
    def n_open(self) -> int:
        """Return how many jobs are open to them."""
        return self._jobs(LabelingJob.objects.filter(state=JobState.OPEN, purpose=Purpose.WORK)).count()

    @cached_property
    def _rows(self) -> QuerySet[WorkHour]:
        return WorkHour.objects.filter(Q(**{f"job__{name}": value for name, value in self._condition.items()}))

    @property
    def _condition(self) -> dict[str, Any]:
        if self.job.workforce == Workforce.PRIVATE:
            return {"workforce": Workforce.PRIVATE, "organization": self.job.organization_id}
        return {"workforce": Workforce.PUBLIC}

    def _jobs(self, jobs: QuerySet[LabelingJob]) -> QuerySet[LabelingJob]:
        return jobs.filter(**self._condition)

    def _read_hours(self) -> NDArray[np.float64]:
        end = hour_of(self.now)
        rows = list(
            self._rows.filter(hour__gte=end - KEPT, hour__lt=end)
            .values("hour")
            .annotate(ms=Sum("active_ms"), timed=Sum("n_timed"), n=Sum("n_answers"))
            .order_by("hour")
        )
        if not rows:
            return np.zeros(0)
        n_hours = int((end - rows[0]["hour"]) / HOUR)
        seconds = np.zeros(n_hours)
        for row in rows:
            # Answers whose time nobody measured are taken for as long as the others of the hour.
            spent = row["ms"] / 1000 * (row["n"] / row["timed"] if row["timed"] else 0.0)
            seconds[n_hours - int((end - row["hour"]) / HOUR)] = spent
        return seconds


@dataclass
class Pools:
    """Pools and outcomes, read once for all jobs that are forecast at a moment."""

    now: datetime
    _known: dict[UUID | None, Pool] = field(default_factory=dict)

    @cached_property
    def outcomes(self) -> Outcomes:
        """Return what became of earlier forecasts."""
        return read_outcomes(now=self.now)

    def of(self, job: LabelingJob) -> Pool:
        """Return the job's pool."""
        key = job.organization_id if job.workforce == Workforce.PRIVATE else None
        return self._known.setdefault(key, Pool(job, self.now))

    @cached_property
    def usual_pay(self) -> dict[str, float]:
        """Return the median of what the jobs that were opened last pay by the hour, by currency."""
        opened = Forecast.objects.filter(occasion=Occasion.OPENED, made_at__lt=self.now).order_by("-made_at")
        paid: dict[str, list[float]] = defaultdict(list)
        for currency, pay in opened.values_list("inputs__currency", "inputs__pay_per_h")[:_LATEST_FORECASTS]:
            if pay and len(paid[currency]) < _LATEST_JOBS:
                paid[currency].append(pay)
        return {currency: float(np.median(amounts)) for currency, amounts in paid.items() if amounts}


def qualified_share(job: LabelingJob, *, now: datetime) -> float:
    """Return which share of those who worked lately may work on the job."""
    if job.requires_id is None:
        return 1.0
    latest = Answer.objects.filter(id__gte=first_id(now - _LATELY)).order_by("-id")[:_LATEST_ANSWERS]
    passed = WorkerGrant.objects.standing().filter(course=job.requires_id)
    workers = set(latest.values_list("worker_id", flat=True))
    n_qualified = passed.filter(worker__in=workers).count()
    # As if one qualified worker had come among two more.
    return (n_qualified + 1) / (len(workers) + 2) if workers else 0.5
