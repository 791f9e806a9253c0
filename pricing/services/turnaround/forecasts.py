"""Forecasts of open jobs: made when they open, at a quarter and half of their answers, and every hour."""

import hashlib
import logging
from datetime import datetime
from uuid import UUID

from django.db import DataError, IntegrityError, transaction
from django.db.models import Sum

from labeling.models import JobState, LabelingJob, Purpose
from pricing.core.turnaround import VERSION, Finish, forecast
from pricing.models import Forecast, Occasion
from pricing.services.turnaround.alerts import note_deadline
from pricing.services.turnaround.hours import HOUR, count_hours, hour_of
from pricing.services.turnaround.pools import Pools
from pricing.services.turnaround.reading import Reading, read_job
from pricing.signals import forecast_made

# From which share of the answers on a milestone is reached; a while after it is missed: learned from, it would be
# taken for what it is not.
_REACHED_AT = {Occasion.OPENED: 0.0, Occasion.QUARTER: 0.25, Occasion.HALF: 0.5}
_MISSED_AFTER = 0.15
# What numbers that nobody thought of end in, here or in the database; limits of time and memory are passed on.
_ODD = (ArithmeticError, LookupError, ValueError, DataError, IntegrityError)

logger = logging.getLogger(__name__)


def forecast_opened(job_id: UUID, *, now: datetime) -> Forecast | None:
    """Forecast a job that was just opened; nothing where it does not run, or that was done before."""
    job = LabelingJob.objects.filter(pk=job_id, state=JobState.OPEN).first()
    return None if job is None or job.teaches else _make(job, Occasion.OPENED, pools=Pools(now))


def refresh_forecasts(*, now: datetime) -> list[Forecast]:
    """Forecast every open job that was just opened, has come to a milestone, or has no forecast of this hour.

    Again is as good as once.
    """
    count_hours(now=now)
    pools = Pools(now)
    made = []
    for job in LabelingJob.objects.filter(state=JobState.OPEN, purpose=Purpose.WORK).order_by("pk"):
        try:
            made += _refresh(job, pools=pools)
        except _ODD:  # one job's odd numbers must not leave the deadlines of all after it unwatched
            logger.exception("Job %s has no forecast", job.pk)
    return made


def _refresh(job: LabelingJob, *, pools: Pools) -> list[Forecast]:
    """Make the forecasts of a job that are due."""
    milestones, hour = _milestones_near(job), hour_of(pools.now)
    has_this_hours = Forecast.objects.filter(job=job, made_at__gte=hour, made_at__lt=hour + HOUR).exists()
    if not milestones and has_this_hours:
        return []
    reading = read_job(job, pools=pools)
    reached = [occasion for occasion in milestones if _is_reached(occasion, reading)]
    if not reached and not has_this_hours:
        reached = [Occasion.HOURLY]
    kept = (_make(job, occasion, pools=pools, reading=reading) for occasion in reached)
    return [each for each in kept if each is not None]


def _milestones_near(job: LabelingJob) -> list[Occasion]:
    """Return the milestones that the job has no forecast of and may be at, as far as its counted answers tell."""
    known = set(Forecast.objects.milestones().filter(job=job).values_list("occasion", flat=True))
    counted = job.work_hours.aggregate(n=Sum("n_counted"))["n"] or 0
    least, most = job.n_tasks * job.min_overlap, job.n_tasks * job.max_overlap
    return [
        occasion
        for occasion, share in _REACHED_AT.items()
        if occasion not in known and share * least <= counted <= (share + _MISSED_AFTER) * most
    ]


def _is_reached(occasion: Occasion, reading: Reading) -> bool:
    share = _REACHED_AT[occasion]
    return share <= reading.work.progress < share + _MISSED_AFTER


def _make(job: LabelingJob, occasion: Occasion, *, pools: Pools, reading: Reading | None = None) -> Forecast | None:
    """Forecast and keep it; nothing where somebody else was quicker."""
    read = reading or read_job(job, pools=pools)
    slot = hour_of(pools.now) if occasion is Occasion.HOURLY else job.opened_at
    seed = int.from_bytes(hashlib.sha256(f"{job.pk}:{occasion}:{slot}".encode()).digest()[:6])
    finish = forecast(read.work, read.supply, read.history, now_h=read.now_h, seed=seed)
    made = _row(job, occasion, slot or pools.now, finish, read, now=pools.now)
    with transaction.atomic():
        # One at a time for a job, so that an alert is not given twice.
        held = LabelingJob.objects.select_for_update(no_key=True).filter(pk=job.pk, state=JobState.OPEN).first()
        twin = Forecast.objects.filter(job=job, occasion=occasion, slot=made.slot)
        if held is None or twin.exists():
            return None
        made.save(force_insert=True)
        forecast_made.send(sender=None, job_id=job.pk, data=_told(made), deltas={})
        note_deadline(job, made, read, seed=seed)
    return made


def _row(
    job: LabelingJob, occasion: Occasion, slot: datetime, finish: Finish, reading: Reading, *, now: datetime
) -> Forecast:
    return Forecast(
        job=job,
        made_at=now,
        occasion=occasion,
        slot=slot,
        p50_s=finish.p50_s,
        p85_s=finish.p85_s,
        p95_s=finish.p95_s,
        raw_p50_s=finish.raw[0],
        raw_p85_s=finish.raw[1],
        raw_p95_s=finish.raw[2],
        basis=finish.basis.value,
        n_learned=finish.n_learned,
        progress=reading.work.progress,
        inputs=reading.as_json | {"traits": [round(trait, 5) for trait in finish.traits]},
        version=VERSION,
    )


def _told(made: Forecast) -> dict[str, object]:
    return {
        "forecast": str(made.pk),
        **{f"{name}_at": moment.isoformat() for name, moment in made.moments.items()},
        "basis": made.basis,
        "n_learned": made.n_learned,
    }
