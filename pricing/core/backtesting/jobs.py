"""Jobs of a made-up marketplace, and what was seen of them."""

from dataclasses import dataclass, field

import numpy as np

from pricing.core.backtesting.laws import DAY, STEPS_H, WorldParameters


@dataclass
class Job:
    """A job of the made-up marketplace, and what was seen of it. Times are in steps from the world's beginning."""

    number: int
    opens: float
    n_answers: float
    n_tasks: int
    seconds: float
    review_seconds: float
    review_share: float
    rejected: float
    pay: float
    is_restricted: bool
    lease_steps: int
    left: float = 0.0
    reviews_left: float = 0.0
    given: float = 0.0
    reviewed: float = 0.0
    n_open: int = 0
    closes: float | None = None
    # (when, answers left, reviews left, leases running, other jobs open) at 0, 25 and 50 %.
    marks: dict[float, tuple[float, float, float, float, int]] = field(default_factory=dict)
    own: list[float] = field(default_factory=list)

    @property
    def begun_h(self) -> int:
        """Return the whole hour in which the job opened."""
        return int(self.opens) // STEPS_H


def draw_jobs(laws: WorldParameters, *, n_days: int, rng: np.random.Generator) -> list[Job]:
    """Return the jobs of so many days, in the order of their opening; fewer at weekends, and in bursts."""
    burst = np.exp(rng.normal(0, 0.4, n_days))
    jobs: list[Job] = []
    for day in range(n_days):
        rate = laws.jobs_per_day * burst[day] * (0.35 if day % 7 >= 5 else 1.2)
        for hour in np.sort(rng.normal(14, 4, rng.poisson(rate)) % 24):
            jobs.append(_draw_job(len(jobs), day * DAY + float(hour) * STEPS_H, rng))
    return jobs


def _draw_job(number: int, opens: float, rng: np.random.Generator) -> Job:
    n_tasks = int(np.clip(np.exp(rng.normal(6.7, 1.1)), 20, 20_000))
    overlap = rng.choice([1.0, 1.0, 2.2, 3.0, 5.0])
    seconds = float(np.clip(np.exp(rng.normal(3.0, 0.8)), 3, 200))
    return Job(
        number=number,
        opens=opens,
        n_answers=n_tasks * overlap,
        n_tasks=n_tasks,
        seconds=seconds,
        review_seconds=0.3 * seconds,
        review_share=float(rng.choice([0.0, 0.0, 0.1, 0.3])),
        rejected=rng.uniform(0.05, 0.3),
        pay=float(np.exp(rng.normal(0, 0.4))),
        is_restricted=bool(rng.random() < 0.25),
        lease_steps=int(rng.choice([2, 3, 6, 12])),
    )
