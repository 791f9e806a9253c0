"""Forecasting made-up jobs one after the other, as it would have been: learned from is only what had ended before."""

from bisect import insort
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pricing.core.backtesting.jobs import Job
from pricing.core.backtesting.laws import STEP_S, STEPS_H
from pricing.core.backtesting.world import Recording, World
from pricing.core.turnaround.baselines import hourly_bootstrap, left_by_mean_rate
from pricing.core.turnaround.conformal import MOST_ENDED
from pricing.core.turnaround.forecasting import forecast
from pricing.core.turnaround.inputs import History, Outcomes, Supply, Work
from pricing.core.turnaround.measured import MOST_DAYS
from pricing.core.turnaround.misses import MOST_MADE, missed_lately
from pricing.core.turnaround.scoring import Score, score

STAGES = (0.0, 0.25, 0.5)
METHODS = ("forecast", "uncorrected", "left_by_mean_rate", "hourly_bootstrap")
WARM_UP = 150
# What the platform believes of an answer's seconds is off by so much: standard deviation of the logarithm.
_EFFORT_DOUBT = 0.2
_SPARE_DAYS = 14


@dataclass(frozen=True)
class Trial:
    """One forecast, by each method, of a job that had so much of its answers, and what it took."""

    job: int
    progress: float
    made: float
    ends: float
    actual_s: float
    seconds: dict[str, tuple[float, float, float]]
    traits: tuple[float, ...]


@dataclass(frozen=True)
class Backtest:
    """Scores by stage and method over `n_jobs` jobs; `n_unended` more had no end to be scored by."""

    n_jobs: int
    n_unended: int
    scores: dict[float, dict[str, Score]]


@dataclass
class _Learned:
    """What has become of earlier forecasts."""

    waiting: list[tuple[float, int, Trial]] = field(default_factory=list)
    ended: list[Trial] = field(default_factory=list)
    made: list[Trial] = field(default_factory=list)

    def until(self, when: float) -> Outcomes:
        """Return what was known then: forecasts whose jobs had ended before; of the others, that they still ran."""
        while self.waiting and self.waiting[0][0] < when:
            self.ended.append(self.waiting.pop(0)[2])
        recent = self.ended[-MOST_ENDED:]
        if not recent:
            return Outcomes.none()
        return Outcomes(
            raw=np.array([trial.seconds["uncorrected"] for trial in recent]),
            taken=np.array([trial.actual_s for trial in recent]),
            traits=np.array([trial.traits for trial in recent]),
            missed=self._missed(when),
        )

    def _missed(self, when: float) -> NDArray[np.float64]:
        latest = self.made[-MOST_MADE:]
        return missed_lately(
            np.array([trial.seconds["forecast"] for trial in latest]),
            age_s=np.array([(when - trial.made) * STEP_S for trial in latest]),
            taken_s=np.array([trial.actual_s if trial.ends < when else np.inf for trial in latest]),
        )

    def note(self, trial: Trial, order: int) -> None:
        self.made.append(trial)
        insort(self.waiting, (trial.ends, order, trial), key=lambda entry: entry[:2])


def backtest(*, n_jobs: int, seed: int, warm_up: int = WARM_UP, n_runs: int = 200) -> Backtest:
    """Simulate a marketplace, forecast its jobs, and score those after the warm-up."""
    n_days = (n_jobs + warm_up) // 3 + _SPARE_DAYS  # it ends when they have ended
    recording = World(seed=seed, n_days=n_days, n_jobs=n_jobs + warm_up).run()
    trials = _forecast_all(recording, seed=seed, n_runs=n_runs)
    scored = [trial for trial in trials if warm_up <= trial.job < warm_up + n_jobs]
    n_ended = len({trial.job for trial in scored})
    scores = {
        stage: {
            method: score([t.actual_s for t in scored if t.progress == stage],
                          [t.seconds[method] for t in scored if t.progress == stage])
            for method in METHODS
        }
        for stage in STAGES
    }  # fmt: skip
    return Backtest(n_jobs=n_ended, n_unended=n_jobs - n_ended, scores=scores)


def _forecast_all(recording: Recording, *, seed: int, n_runs: int) -> list[Trial]:
    rng = np.random.default_rng([seed, 1])
    belief = {job.number: float(np.exp(_EFFORT_DOUBT * rng.standard_normal())) for job in recording.jobs}
    # Where the end came in the very step of a mark, there was nothing left to forecast.
    moments = sorted(
        (mark[0], job.number, stage)
        for job in recording.jobs
        for stage, mark in job.marks.items()
        if mark[0] < (job.closes or 0.0)
    )
    by_number = {job.number: job for job in recording.jobs}
    rates = _Rates(recording)
    learned = _Learned()
    trials = []
    for order, (when, number, stage) in enumerate(moments):
        trial = _forecast_one(
            recording, by_number[number], stage, rates=rates, outcomes=learned.until(when), rng=rng,
            belief=belief[number], seed=order, n_runs=n_runs,
        )  # fmt: skip
        learned.note(trial, order)
        trials.append(trial)
    return trials


class _Rates:
    """The mean rate of the jobs that had ended by some moment, and what was usually paid."""

    def __init__(self, recording: Recording) -> None:
        ended = sorted(recording.jobs, key=lambda job: job.closes or 0.0)
        self._ends = np.array([job.closes for job in ended])
        self._rates = np.array([sum(job.own) / max(1.0, (job.closes or 0.0) - job.opens) for job in ended])
        self._pay = np.array([job.pay for job in sorted(recording.jobs, key=lambda job: job.opens)])
        self._opens = np.array(sorted(job.opens for job in recording.jobs))

    def until(self, when: float) -> float:
        """Return seconds of work a step."""
        n = int(np.searchsorted(self._ends, when))
        return float(self._rates[max(0, n - 120) : n].mean()) if n else 1.0

    def usual_pay(self, when: float) -> float | None:
        """Return the median pay of the jobs that were opened last before some moment; nothing before there are any."""
        n = int(np.searchsorted(self._opens, when))
        return float(np.median(self._pay[max(0, n - 120) : n])) if n else None


def _forecast_one(
    recording: Recording,
    job: Job,
    stage: float,
    *,
    rates: _Rates,
    outcomes: Outcomes,
    rng: np.random.Generator,
    belief: float,
    seed: int,
    n_runs: int,
) -> Trial:
    when, left, reviews_left, leased, rivals = job.marks[stage]
    hour = int(when) // STEPS_H
    oldest = max(0, hour - MOST_DAYS * 24)
    pool = (recording.restricted_pool if job.is_restricted else recording.pool)[oldest:hour]
    own = np.array(job.own[: max(0, hour - job.begun_h)])
    seconds = job.seconds * belief
    overlap = job.n_answers / job.n_tasks
    reviews = reviews_left + left / overlap * job.review_share
    work = Work(
        n_answers=left, seconds_per_answer=seconds, n_tasks=max(1, int(left / overlap)), n_reviews=reviews,
        seconds_per_review=job.review_seconds * belief, lease_s=job.lease_steps * STEP_S, n_leased=int(leased),
        progress=stage, pay_level=job.pay / (rates.usual_pay(when) or job.pay),
    )  # fmt: skip
    usual = float(recording.n_open[oldest:hour].mean()) if hour > oldest else float(rivals)
    history = History(pool=pool, own=own, n_open=rivals, n_open_usual=usual, outcomes=outcomes)
    supply = Supply(share=1 / (1 + rivals))
    made = forecast(work, supply, history, now_h=when / STEPS_H % 168, seed=seed, n_runs=n_runs)
    ends = job.closes or 0.0
    bases = _baselines(work, history, when=when, job=job, rate=rates.until(when), rng=rng)
    return Trial(
        job=job.number, progress=stage, made=when, ends=ends, actual_s=(ends - when) * STEP_S,
        seconds={"forecast": made.seconds, "uncorrected": made.raw, **bases},
        traits=made.traits,
    )  # fmt: skip


def _baselines(
    work: Work, history: History, *, when: float, job: Job, rate: float, rng: np.random.Generator
) -> dict[str, tuple[float, float, float]]:
    """Return both baselines: from the job's own past where it has any, else from that of other jobs."""
    left = work.effort_s
    done, elapsed = (float(history.own.sum()), len(history.own) * STEPS_H * STEP_S)
    if done <= 0:
        done, elapsed = rate, STEP_S
    hourly: NDArray[np.float64] = history.own
    if len(hourly) < 24 or not hourly.any():
        hourly = history.pool[-14 * 24 :] / (1 + history.n_open_usual)
        if work.progress and history.own.any() and history.pool[-len(history.own) :].any():
            hourly = history.pool[-14 * 24 :] * (history.own.sum() / history.pool[-len(history.own) :].sum())
    if not hourly.any():
        hourly = np.full(24, rate * STEPS_H)
    return {
        "left_by_mean_rate": left_by_mean_rate(left, done=done, elapsed_s=elapsed),
        "hourly_bootstrap": hourly_bootstrap(left, hourly, rng=rng),
    }
