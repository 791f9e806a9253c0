"""Forecasting jobs that were recorded: only their own past is known of each, so these are few and hard."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pricing.core.backtesting.prequential import STAGES
from pricing.core.turnaround.baselines import hourly_bootstrap, left_by_mean_rate
from pricing.core.turnaround.forecasting import forecast
from pricing.core.turnaround.inputs import History, Supply, Work
from pricing.core.turnaround.profile import HOURS_OF_WEEK
from pricing.core.turnaround.supply import seen_supply

_HOUR_S = 3_600.0
_EFFORT_WORTH = 20.0


@dataclass(frozen=True)
class RecordedJob:
    """A job as it was worked on, answer by answer, in the order of time.

    Attributes
    ----------
    ends_s : (n,) seconds from the first start to each answer.
    took_s : (n,) seconds that each answer took.
    begun_h : hour of the week of the first start.
    assumed_s : seconds that an answer was assumed to take before any was seen.
    """

    name: str
    ends_s: NDArray[np.float64]
    took_s: NDArray[np.float64]
    n_tasks: int
    begun_h: float
    assumed_s: float


@dataclass(frozen=True)
class RecordedTrial:
    """What was forecast of a recorded job at a stage, by each method, and what it took from there."""

    name: str
    progress: float
    actual_s: float
    seconds: dict[str, tuple[float, float, float]]
    basis: str


def replay_recorded(job: RecordedJob, *, seed: int) -> list[RecordedTrial]:
    """Forecast one job at each stage; nothing of what came later is looked at."""
    return [_trial(job, stage, seed=seed) for stage in STAGES]


def _trial(job: RecordedJob, stage: float, *, seed: int) -> RecordedTrial:
    n_done = round(stage * len(job.ends_s))
    now_s = float(job.ends_s[n_done - 1]) if n_done else 0.0
    now_h = job.begun_h + now_s / _HOUR_S
    left = len(job.ends_s) - n_done
    seconds = (job.took_s[:n_done].sum() + _EFFORT_WORTH * job.assumed_s) / (n_done + _EFFORT_WORTH)
    overlap = len(job.ends_s) / job.n_tasks
    work = Work(
        n_answers=float(left), seconds_per_answer=float(seconds), n_tasks=max(1, round(left / overlap)), progress=stage
    )
    hours = _hours(job, n_done=n_done, now_h=now_h)
    supply = seen_supply(Supply(), hours=hours, now_h=now_h % HOURS_OF_WEEK)
    if len(hours):  # what was seen is the job itself, and all of it
        supply = replace(supply, share=1.0)
    history = History(pool=hours, own=hours)
    made = forecast(work, supply, history, now_h=now_h % HOURS_OF_WEEK, seed=seed)
    rng = np.random.default_rng([seed, n_done])
    methods = {"forecast": made.seconds}
    if n_done:
        methods["left_by_mean_rate"] = left_by_mean_rate(left, done=n_done, elapsed_s=now_s)
        answers = np.bincount((job.ends_s[:n_done] // _HOUR_S).astype(int)).astype(np.float64)
        methods["hourly_bootstrap"] = hourly_bootstrap(left, answers, rng=rng)
    return RecordedTrial(job.name, stage, float(job.ends_s[-1]) - now_s, methods, made.basis.value)


def _hours(job: RecordedJob, *, n_done: int, now_h: float) -> NDArray[np.float64]:
    """Return active seconds in each whole hour of the week's clock since the beginning."""
    first = int(job.begun_h)
    seconds = np.zeros(max(0, int(now_h) - first))
    at = (job.begun_h + job.ends_s[:n_done] / _HOUR_S).astype(int) - first
    whole = at < len(seconds)
    np.add.at(seconds, at[whole], job.took_s[:n_done][whole])
    return seconds
