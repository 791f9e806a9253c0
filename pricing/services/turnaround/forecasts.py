"""Forecasts of open jobs: made when they open, at a quarter and half of their answers, and every hour."""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from labeling.models import JobState, LabelingJob
from pricing.core.turnaround import VERSION, Finish, forecast
from pricing.models import Forecast, Occasion
from pricing.services.turnaround.alerts import note_deadline
from pricing.services.turnaround.hours import count_hours, hour_of
from pricing.services.turnaround.pools import Pools
from pricing.services.turnaround.reading import Reading, read_job
from pricing.signals import forecast_made

_MILESTONE_AT = ((Occasion.HALF, 0.5), (Occasion.QUARTER, 0.25))
# Beyond this a milestone was missed: it would be learned from as what it is not.
_NEAR = 0.15


def forecast_opened(job_id: UUID, *, now: datetime) -> Forecast | None:
    """Forecast a job that was just opened; nothing where it ended meanwhile, or that was done before."""
    job = _open_job(job_id)
    return None if job is None else _make(job, Occasion.OPENED, pools=Pools(now))


def forecast_resumed(job_id: UUID, *, now: datetime) -> Forecast | None:
    """Forecast a job that goes on after a pause."""
    job = _open_job(job_id)
    return None if job is None else _make(job, Occasion.HOURLY, pools=Pools(now))


def refresh_forecasts(*, now: datetime) -> list[Forecast]:
    """Forecast every open job that has none of this hour, or has come to a milestone; again is as good as once."""
    count_hours(now=now)
    pools = Pools(now)
    made = []
    for job in LabelingJob.objects.filter(state=JobState.OPEN).order_by("pk").iterator(chunk_size=200):
        if job.teaches:
            continue
        reading = None
        for occasion in _due(job, now=now):
            reading = reading or read_job(job, pools=pools)
            if _is_reached(occasion, reading) and (kept := _make(job, occasion, pools=pools, reading=reading)):
                made.append(kept)
    return made


def _open_job(job_id: UUID) -> LabelingJob | None:
    job = LabelingJob.objects.filter(pk=job_id, state=JobState.OPEN).first()
    return None if job is None or job.teaches else job


def _due(job: LabelingJob, *, now: datetime) -> list[Occasion]:
    """Return the occasions on which the job was not forecast yet, those in question alone."""
    known = set(Forecast.objects.filter(job=job, slot=job.opened_at).values_list("occasion", flat=True))
    due = [occasion for occasion, _ in _MILESTONE_AT if occasion not in known]
    if not Forecast.objects.filter(job=job, made_at__gte=hour_of(now), made_at__lt=now + timedelta(hours=1)).exists():
        due.append(Occasion.HOURLY)
    return due


def _is_reached(occasion: Occasion, reading: Reading) -> bool:
    at = dict(_MILESTONE_AT).get(occasion)
    return at is None or at <= reading.work.progress < at + _NEAR


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
