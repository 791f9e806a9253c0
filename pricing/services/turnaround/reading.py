"""The live state of a job and of those who may work on it, read in as much time whatever was done before."""

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import numpy as np
from django.db.models import Count, FloatField, Sum, Value
from django.db.models.functions import Cast, Greatest
from numpy.typing import NDArray

from labeling.models import Assignment, AssignmentState, LabelingJob, ReviewedBy, Task
from labeling.services import never_runs_out, reviewers_of, workforce_of
from marketplace.operations.core.money import MICROS
from pricing.core.overlap import expected_overlap
from pricing.core.turnaround.inputs import History, Supply, Work
from pricing.core.turnaround.profile import HOURS_OF_WEEK
from pricing.core.turnaround.supply import seen_supply
from pricing.models import Quote
from pricing.services.cards import own_card
from pricing.services.effort import effort_as_quoted
from pricing.services.turnaround.hours import HOUR, KEPT, hour_of
from pricing.services.turnaround.pools import Pool, Pools, qualified_share

# Open tasks looked at one by one; of jobs that have more, the rest is estimated from those.
LOOKED_AT = 20_000
# What the effort model is worth, in answers of the job.
_EFFORT_WORTH = 20.0
# A reviewer of the organization, or somebody known to be of a field, sits down once on every working day.
_SESSIONS_PER_H_OF_ONE = 5 / HOURS_OF_WEEK


@dataclass(frozen=True)
class Reading:
    """All that a forecast of one job rests on."""

    work: Work
    supply: Supply
    history: History
    qualified_share: float
    now_h: float
    pay_per_h: float
    currency: str

    @property
    def as_json(self) -> dict[str, Any]:
        """Return what is worth keeping of it."""
        work, supply, history = self.work, self.supply, self.history
        return {
            "n_answers_left": round(work.n_answers, 2),
            "n_reviews_left": round(work.n_reviews, 2),
            "seconds_per_answer": round(work.seconds_per_answer, 3),
            "seconds_per_review": round(work.seconds_per_review, 3),
            "n_leased": work.n_leased,
            "pay_per_h": round(self.pay_per_h, 4),
            "currency": self.currency,
            "sessions_per_h": round(supply.sessions_per_h, 3),
            "share": round(supply.share, 4),
            "qualified_share": round(self.qualified_share, 4),
            "n_competing": history.n_open,
            "n_competing_usually": round(history.n_open_usual, 2),
            "hours_seen": len(history.pool),
            "active_s_last_day": round(float(history.pool[-24:].sum()), 1),
            "own_active_s_last_day": round(float(history.own[-24:].sum()), 1),
        }


def read_job(job: LabelingJob, *, pools: Pools) -> Reading:
    """Read what a forecast of an open job rests on."""
    now = pools.now
    pool = pools.of(job)
    share_of_people = qualified_share(job, now=now)
    own = _own_hours(job, now)
    work = _read_work(job, own, now)
    pay_per_h = job.pay_micros / MICROS * 3_600 / work.seconds_per_answer
    usual = pools.usual_pay.get(job.currency)
    rivals = max(0, pool.n_open - 1)
    history = History(
        pool=pool.hours * share_of_people,
        own=own.seconds,
        n_open=rivals,
        n_open_usual=max(0.0, pool.n_open_usual - 1),
        outcomes=pools.outcomes,
    )
    supply = _read_supply(job, pool, share_of_people=share_of_people, rivals=rivals, now=now)
    return Reading(
        replace(work, pay_level=pay_per_h / usual if pay_per_h and usual else 1.0),
        supply,
        history,
        share_of_people,
        now_h=hour_of_week(now),
        pay_per_h=pay_per_h,
        currency=job.currency,
    )


def hour_of_week(moment: datetime) -> float:
    """Return the hours since Monday 00:00 UTC."""
    return moment.weekday() * 24 + moment.hour + moment.minute / 60 + moment.second / 3600


@dataclass(frozen=True)
class _Own:
    """What was done in a job: active seconds of each whole hour since it opened, answers in all."""

    seconds: NDArray[np.float64]
    n_counted: int
    n_timed: int
    active_s: float


def _own_hours(job: LabelingJob, now: datetime) -> _Own:
    end, begin = hour_of(now), hour_of(job.opened_at or now)
    begin = max(begin, end - KEPT)
    rows = list(job.work_hours.order_by("hour"))
    seconds = np.zeros(max(0, int((end - begin) / HOUR)))
    for row in rows:
        at = int((row.hour - begin) / HOUR)
        if 0 <= at < len(seconds) and row.n_timed:
            seconds[at] = row.active_ms / 1000 * row.n_answers / row.n_timed
    return _Own(
        seconds=seconds,
        n_counted=sum(row.n_counted for row in rows),
        n_timed=sum(row.n_timed for row in rows),
        active_s=sum(row.active_ms for row in rows) / 1000,
    )


def _read_work(job: LabelingJob, own: _Own, now: datetime) -> Work:
    effort = effort_as_quoted(job)
    whole, review = float(effort.from_nothing.p50_s), float(effort.review.p50_s)
    # A task may be a part of an asset, which the quote has looked at.
    quoted = job.quotes.order_by("-created_at").values_list("effort_s", flat=True).first()
    assumed = whole if quoted is None else quoted
    measured = own.active_s + _EFFORT_WORTH * assumed
    seconds = measured / (own.n_timed + _EFFORT_WORTH)
    left = _tasks_left(job, now)
    review_pace = seconds * review / whole
    live = Assignment.objects.filter(job=job, state=AssignmentState.ACTIVE, expires_at__gt=now)
    whole = own.n_counted + left.n_answers
    return Work(
        n_answers=left.n_answers,
        seconds_per_answer=max(seconds, 0.1),
        n_tasks=max(1, left.n_tasks),
        n_reviews=left.n_checks + max(0.0, min(left.n_tasks * job.review_share, _reviews_to_come(job))),
        seconds_per_review=max(review_pace, 0.1),
        lease_s=float(job.lease_s),
        n_leased=live.count(),
        progress=min(1.0, own.n_counted / whole) if whole else 0.0,
    )


def _reviews_to_come(job: LabelingJob) -> float:
    return job.review_share * job.n_tasks - job.n_reviews


@dataclass(frozen=True)
class _Left:
    n_tasks: int
    n_answers: float
    n_checks: int


def _tasks_left(job: LabelingJob, now: datetime) -> _Left:
    """Return what the open tasks want; where they are very many, as the first of them do."""
    expected = float(
        expected_overlap(
            own_card(now, currency=job.currency).rates.assumed_accuracy,
            target=Decimal(str(job.target_confidence)),
            min_overlap=job.min_overlap,
            max_overlap=job.max_overlap,
        )
    )
    unfinished = Task.objects.unfinished().filter(job=job)
    looked_at = unfinished.annotations().order_by()[:LOOKED_AT]
    wanted = Greatest(Cast("wanted_overlap", FloatField()), Value(expected, output_field=FloatField()))
    seen = looked_at.aggregate(n=Count("id"), wanted=Sum(wanted), counted=Sum("n_counted"))
    n_checks = unfinished.checks()[:LOOKED_AT].count()
    n_seen, answers = seen["n"], max(0.0, (seen["wanted"] or 0.0) - (seen["counted"] or 0))
    if n_seen < LOOKED_AT:
        return _Left(n_seen, answers, n_checks)
    n_retired = _bounded_retired(job)
    n_open = max(n_seen, job.n_tasks - n_retired)
    return _Left(n_open, answers * n_open / n_seen, n_checks)


def _bounded_retired(job: LabelingJob) -> int:
    """Return about how many tasks are done with, from the answers that were counted."""
    counted = job.work_hours.aggregate(n=Sum("n_counted"))["n"] or 0
    return int(counted / max(1, job.min_overlap))


def _read_supply(job: LabelingJob, pool: Pool, *, share_of_people: float, rivals: int, now: datetime) -> Supply:
    live = Assignment.objects.filter(job=job, state=AssignmentState.ACTIVE, expires_at__gt=now)
    assumed = Supply(
        share=1 / (1 + rivals),
        n_active=float(live.values("worker").distinct().count()),
        n_workers=None if never_runs_out(job) else max(1, workforce_of(job).count()),
        reviewer_sessions_per_h=_reviewer_sessions(job),
    )
    if job.expertise and assumed.n_workers is not None:
        # They are known one by one, and do not come out of a crowd.
        few = assumed.n_workers * _SESSIONS_PER_H_OF_ONE
        assumed = replace(assumed, sessions_per_h=min(assumed.sessions_per_h, few))
    return seen_supply(assumed, hours=pool.hours * share_of_people, now_h=hour_of_week(now))


def _reviewer_sessions(job: LabelingJob) -> float | None:
    if not job.review_share or job.reviewed_by == ReviewedBy.PEER:
        return None
    return max(1, reviewers_of(job).count()) * _SESSIONS_PER_H_OF_ONE


def fee_ppm_of(job: LabelingJob) -> int:
    """Return the fee on what is spent, in millionths, as the job was last quoted."""
    latest = Quote.objects.filter(job=job).order_by("-created_at").values_list("fee_ppm", flat=True).first()
    return latest or 0
