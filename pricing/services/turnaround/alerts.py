"""Deadlines in doubt: told once for every change, with what could be done about it."""

from datetime import datetime
from typing import Any

from labeling.models import LabelingJob
from marketplace.operations.core.money import MICROS
from pricing.core.turnaround.levers import Lever, levers
from pricing.models import DeadlineAlert, DeadlineState, Forecast
from pricing.services.turnaround.reading import Reading, fee_ppm_of
from pricing.signals import deadline_at_risk, deadline_safe


def state_of(made: Forecast, deadline: datetime) -> DeadlineState:
    """Return how a deadline stands by a forecast."""
    left_s = (deadline - made.made_at).total_seconds()
    if made.p50_s > left_s:
        return DeadlineState.LATE
    return DeadlineState.AT_RISK if made.p85_s > left_s else DeadlineState.SAFE


def note_deadline(job: LabelingJob, made: Forecast, reading: Reading, *, seed: int) -> DeadlineAlert | None:
    """Alert where the deadline stands otherwise than last told; the caller holds the transaction and the job."""
    if job.deadline is None:
        return None
    state = state_of(made, job.deadline)
    told = DeadlineAlert.objects.filter(job=job).order_by("-id").values_list("state", flat=True).first()
    if state == (told or DeadlineState.SAFE):
        return None
    options: list[dict[str, Any]] = []
    if state != DeadlineState.SAFE:
        found = levers(
            reading.work,
            reading.supply,
            reading.history,
            now_h=reading.now_h,
            seed=seed,
            qualified_share=reading.qualified_share,
        )
        options = [_described(lever, job, made, reading) for lever in found]
    alert = DeadlineAlert.objects.create(
        job=job, forecast=made, made_at=made.made_at, deadline=job.deadline, state=state, levers=options
    )
    signal = deadline_safe if state == DeadlineState.SAFE else deadline_at_risk
    data = {"alert": str(alert.pk), "forecast": str(made.pk), "state": state.value,
            "deadline": job.deadline.isoformat(), "p85_at": made.moments["p85"].isoformat()}  # fmt: skip
    signal.send(sender=None, job_id=job.pk, data=data, deltas={})
    return alert


def _described(lever: Lever, job: LabelingJob, made: Forecast, reading: Reading) -> dict[str, Any]:
    """Return a lever as it is kept: effects as moments and as seconds gained, the cost with the fee."""
    n_left = round(reading.work.n_answers)
    pay = job.pay_micros
    further = pay * n_left * lever.percent // 100 + pay * lever.n_further_answers
    return {
        "lever": lever.name.value,
        "percent": lever.percent,
        "is_assumption": True,
        "assumption": lever.assumption,
        "effects": [
            {"assumed": e.assumed, "p50_s": round(e.p50_s), "p85_s": round(e.p85_s),
             "gain_p50_s": round(made.p50_s - e.p50_s), "gain_p85_s": round(made.p85_s - e.p85_s)}
            for e in lever.effects
        ],
        "cost_micros": further + further * fee_ppm_of(job) // MICROS,
    }  # fmt: skip
