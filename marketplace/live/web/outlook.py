"""When a job ends, in words; the page's script fills the same ones."""

from dataclasses import dataclass
from datetime import datetime

from labeling.models import JobState, LabelingJob
from pricing.core.turnaround import Basis
from pricing.models import DeadlineState

BASES: dict[str, str] = {
    Basis.PRIOR.value: "This rests on assumptions about who comes to work: too little was seen here yet.",
    Basis.BLENDED.value: "This rests in part on past days, in part on assumptions about who comes to work.",
    Basis.MEASURED.value: "This rests on what the same workers did on past days.",
}
DEADLINES: dict[str, str] = {
    DeadlineState.SAFE.value: "",
    DeadlineState.AT_RISK.value: "The deadline is in doubt: more than 15 % of such jobs end later.",
    DeadlineState.LATE.value: "The deadline will probably be missed: more than half of such jobs end later.",
}


@dataclass(frozen=True)
class Outlook:
    """Moments by which half, 85 % and 95 % of such jobs end, and what to think of them."""

    p50_at: datetime
    p85_at: datetime
    p95_at: datetime
    basis: str
    deadline: str


def read_outlook(job: LabelingJob) -> Outlook | None:
    """Return the latest forecast of a job that runs; of others there is none."""
    if job.state not in {JobState.OPEN, JobState.PAUSED}:
        return None
    latest = job.forecasts.order_by("-id").first()
    if latest is None:
        return None
    state = job.deadline_alerts.order_by("-id").values_list("state", flat=True).first()
    moments = latest.moments
    return Outlook(
        p50_at=moments["p50"],
        p85_at=moments["p85"],
        p95_at=moments["p95"],
        basis=BASES[latest.basis],
        deadline=DEADLINES[state] if state else "",
    )
