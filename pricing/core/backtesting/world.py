"""A marketplace that is made up, to try forecasts on. It shares nothing with the model that forecasts.

Workers live in time zones, have habits, come and go for good; a few do most of the work (a power law),
sessions have heavy tails. The day's mood, holidays, outages and lasting shifts move all of them together. Jobs come in
bursts and compete: a worker takes one by its pay, its freshness and what is left of it, and leaves it now and then.
Tasks are left lying until their lease runs out, the last ones go slowly, checks send some of the work back.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pricing.core.backtesting.jobs import Job, draw_jobs
from pricing.core.backtesting.laws import DAY, STEP_S, STEPS_H, ZONES, draw_levels, draw_parameters


@dataclass(frozen=True)
class Recording:
    """All that was seen: finished jobs by their ends, and the hours of everybody's and of qualified workers' work."""

    jobs: list[Job]
    pool: NDArray[np.float64]
    restricted_pool: NDArray[np.float64]
    n_open: NDArray[np.float64]


class World:
    """The marketplace as it runs, ten minutes at a time."""

    def __init__(self, *, seed: int, n_days: int, n_jobs: int | None = None) -> None:
        """Found a marketplace for so many days, or until the first `n_jobs` jobs have ended."""
        self.rng = np.random.default_rng(seed)
        self._n_awaited = n_jobs
        self.laws = draw_parameters(self.rng)
        self.n_steps = n_days * DAY
        self._hire()
        self._levels = draw_levels(self.laws, n_days=n_days, rng=self.rng)
        self._arrivals = draw_jobs(self.laws, n_days=n_days, rng=self.rng)
        self.open: list[Job] = []
        self.ended: list[Job] = []
        n_hours = self.n_steps // STEPS_H
        self.pool = np.zeros(n_hours)
        self.restricted_pool = np.zeros(n_hours)
        self.n_open = np.zeros(n_hours)
        # A session: worker, job (index into `open`, -1 for none), steps left.
        self._worker = np.zeros(0, dtype=np.int64)
        self._job = np.zeros(0, dtype=np.int64)
        self._ends = np.zeros(0, dtype=np.int64)
        self._returns: dict[int, list[tuple[Job, float]]] = {}

    def run(self) -> Recording:
        """Run to the end; jobs that have not ended by then are left out."""
        for step in range(self.n_steps):
            self._open_jobs(step)
            self._come_and_go(step)
            self._choose(step)
            self._work(step)
            self._close_jobs(step)
            if self._n_awaited and len(self.ended) >= self._n_awaited and not self._awaits_first():
                break
        return Recording(self.ended, self.pool, self.restricted_pool, self.n_open)

    def _awaits_first(self) -> bool:
        """Return whether one of the first jobs is to come or still open."""
        n_opened = len(self.ended) + len(self.open)
        return n_opened < (self._n_awaited or 0) or any(job.number < (self._n_awaited or 0) for job in self.open)

    # --- what is drawn before ---------------------------------------------------------------------------------------
    def _hire(self) -> None:
        rng, laws = self.rng, self.laws
        n = laws.n_workers
        self._activity = rng.pareto(laws.activity_power, n) + 0.05
        self._activity = np.minimum(self._activity, np.quantile(self._activity, 0.98))
        zone = rng.choice(len(ZONES), size=n, p=laws.zone_weights)
        self._zone = ZONES[zone]
        self._peak = np.where(rng.random(n) < 0.6, rng.normal(20, 2, n), rng.normal(11, 2.5, n))
        self._width = rng.uniform(2.0, 5.0, n)
        self._weekend = np.exp(rng.normal(-0.2, 0.5, n))
        self._pace = np.exp(rng.normal(0, 0.35, n))
        self._is_qualified = rng.random(n) < rng.uniform(0.3, 0.6)

    def _replace_some(self, step: int) -> None:
        """Let some workers leave for good and others come in their place, once a day."""
        rng = self.rng
        gone = np.flatnonzero(rng.random(self.laws.n_workers) < 1 / self.laws.churn_days)
        if step and len(gone):
            self._activity[gone] = rng.permutation(self._activity[rng.integers(0, len(self._activity), len(gone))])
            self._peak[gone] = rng.normal(18, 4, len(gone))
            self._pace[gone] = np.exp(rng.normal(0.1, 0.4, len(gone)))
            self._is_qualified[gone] = rng.random(len(gone)) < 0.4

    # --- what happens in a step -------------------------------------------------------------------------------------
    def _open_jobs(self, step: int) -> None:
        while self._arrivals and self._arrivals[0].opens <= step:
            job = self._arrivals.pop(0)
            job.opens, job.left = float(step), job.n_answers
            job.n_open = len(self.open)
            self.open.append(job)
            self._mark(job, step, 0.0)

    def _mark(self, job: Job, when: float, share: float) -> None:
        out = sum(n for due in self._returns.values() for other, n in due if other is job)
        job.marks[share] = (when, job.left + out, job.reviews_left, out, self._n_rivals(job))

    def _n_rivals(self, job: Job) -> int:
        return sum(other is not job and (job.is_restricted or not other.is_restricted) for other in self.open)

    def _come_and_go(self, step: int) -> None:
        rng, laws = self.rng, self.laws
        for job, n in self._returns.pop(step, ()):
            job.left += n
        if step % DAY == 0:
            self._replace_some(step)
        if step % 3 == 0:  # habits change slowly
            local = (step / STEPS_H + self._zone) % 24
            distance = np.abs((local - self._peak + 12) % 24 - 12)
            habit = np.exp(-((distance / self._width) ** 2) / 2)
            weekend = ((step / STEPS_H + self._zone) // 24) % 7 >= 5
            weights = self._activity * habit * np.where(weekend, self._weekend, 1.0)
            self._cumulated = np.cumsum(weights)
            self._intensity = self._cumulated[-1] / (self._activity.sum() * 0.25)
        mean = laws.sessions_per_step * self._levels[step] * self._intensity
        n_new = rng.poisson(rng.gamma(4.0, mean / 4.0)) if mean > 0 else 0
        if n_new:
            who = np.searchsorted(self._cumulated, rng.random(n_new) * self._cumulated[-1])
            who = np.unique(who[~np.isin(who, self._worker)])
            length = np.minimum(1 + rng.pareto(laws.session_power, len(who)) * 2.5, 60).astype(np.int64)
            self._worker = np.concatenate([self._worker, who])
            self._job = np.concatenate([self._job, np.full(len(who), -1)])
            self._ends = np.concatenate([self._ends, step + length])
        over = self._ends <= step
        if over.any():
            self._leave(step, over)
            self._keep(~over)

    def _keep(self, kept: NDArray[np.bool_]) -> None:
        self._worker, self._job, self._ends = self._worker[kept], self._job[kept], self._ends[kept]

    def _leave(self, step: int, over: NDArray[np.bool_]) -> None:
        """Let some who leave keep a few tasks, which come back when their leases run out."""
        for index in self._job[over]:
            if index >= 0 and self.rng.random() < self.laws.abandonment:
                self._take_along(step, self.open[index])

    def _take_along(self, step: int, job: Job) -> None:
        n = min(job.left, float(self.rng.integers(1, 4)))
        if n >= 1e-9:
            job.left -= n
            self._returns.setdefault(step + job.lease_steps, []).append((job, n))

    def _choose(self, step: int) -> None:
        rng, laws = self.rng, self.laws
        if not self.open or not len(self._worker):
            return
        wants = (self._job < 0) | (rng.random(len(self._job)) < laws.switching)
        if not wants.any():
            return
        left = np.array([job.left + job.reviews_left for job in self.open])
        age_h = np.array([(step - job.opens) / STEPS_H for job in self.open])
        pull = np.array([job.pay for job in self.open]) ** laws.pay_pull
        pull = pull * np.maximum(left, 0.0) ** laws.size_power * (1 + age_h / 6) ** -laws.freshness
        restricted = np.array([job.is_restricted for job in self.open])
        for is_qualified in (True, False):
            alike = np.flatnonzero(wants & (self._is_qualified[self._worker] == is_qualified))
            weights = np.cumsum(np.where(restricted & (not is_qualified), 0.0, pull))
            if len(alike) and weights[-1] > 0:
                self._job[alike] = np.searchsorted(weights, rng.random(len(alike)) * weights[-1])
            else:
                self._job[alike] = -1

    def _work(self, step: int) -> None:
        busy = np.flatnonzero(self._job >= 0)
        if not len(busy):
            return
        rng = self.rng
        at = self._job[busy]
        seconds = STEP_S * rng.beta(6, 2, len(busy))
        left = np.array([job.left + job.reviews_left for job in self.open])
        # Of the last tasks, most were done or seen before by whoever is here.
        few = left[at] / (left[at] + 3.0)
        effort = seconds * few * np.exp(rng.normal(0, 0.25, len(busy)))
        useful = np.bincount(at, weights=effort / self._pace[self._worker[busy]], minlength=len(self.open))
        hour = step // STEPS_H
        spent = np.bincount(at, weights=effort, minlength=len(self.open))
        qualified = np.bincount(at, weights=effort * self._is_qualified[self._worker[busy]], minlength=len(self.open))
        for index in np.unique(at):
            job = self.open[index]
            used = self._give(job, step, useful[index])
            job.own.extend([0.0] * (hour - job.begun_h + 1 - len(job.own)))
            job.own[-1] += spent[index] * used
            self.pool[hour] += spent[index] * used
            self.restricted_pool[hour] += qualified[index] * used

    def _give(self, job: Job, step: int, seconds: float) -> float:
        """Let people work so many seconds on a job, and return which share of them there was work for."""
        checking = min(0.5 * seconds if job.left > 0 else seconds, job.reviews_left * job.review_seconds)
        n_checked = checking / job.review_seconds if job.review_seconds else 0.0
        n_given = min(job.left, (seconds - checking) / job.seconds)
        job.reviews_left = max(0.0, job.reviews_left - n_checked)
        job.reviewed += n_checked
        job.left = max(0.0, job.left - n_given) + n_checked * job.rejected
        job.given += n_given
        job.reviews_left += n_given * job.review_share * (job.n_tasks / job.n_answers)
        for share in (0.25, 0.5):
            if share not in job.marks and job.given >= share * job.n_answers:
                self._mark(job, step + 1.0, share)
        return min(1.0, (checking + n_given * job.seconds) / max(seconds, 1e-9))

    def _close_jobs(self, step: int) -> None:
        if (step + 1) % STEPS_H == 0:
            self.n_open[step // STEPS_H] = len(self.open)
        # Less than one is left of anything: the last went through.
        done = [job for job in self.open if job.left < 0.5 and job.reviews_left < 0.5 and not self._is_awaited(job)]
        if not done:
            return
        for job in done:
            job.closes = step + float(self.rng.random())
            self.ended.append(job)
        kept = [job for job in self.open if job not in done]
        place = {id(job): index for index, job in enumerate(kept)}
        moved = np.array([place.get(id(job), -1) for job in self.open], dtype=np.int64)
        self._job = np.where(self._job >= 0, moved[self._job], -1)
        self.open = kept

    def _is_awaited(self, job: Job) -> bool:
        return any(other is job for due in self._returns.values() for other, _ in due)
