"""The laws of a made-up marketplace, drawn at random, and the mood that is common to its workers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

STEP_S = 600.0
STEPS_H = 6
DAY = 24 * STEPS_H
ZONES = np.array([-8.0, -5.0, -3.0, 0.0, 1.0, 3.0, 5.5, 8.0])


@dataclass(frozen=True)
class WorldParameters:
    """Laws of one made-up marketplace; `draw_parameters` takes them at random, so that no two are alike."""

    n_workers: int
    activity_power: float
    sessions_per_step: float
    session_power: float
    churn_days: float
    level_rho: float
    level_sigma: float
    shift_every_days: float
    holiday_every_days: float
    outage_every_days: float
    jobs_per_day: float
    size_power: float
    freshness: float
    pay_pull: float
    switching: float
    abandonment: float
    zone_weights: NDArray[np.float64]


def draw_parameters(rng: np.random.Generator) -> WorldParameters:
    """Return a marketplace's laws."""
    return WorldParameters(
        n_workers=int(rng.integers(350, 900)),
        activity_power=rng.uniform(1.1, 1.6),
        sessions_per_step=rng.uniform(2.2, 3.4),
        session_power=rng.uniform(1.5, 2.2),
        churn_days=rng.uniform(30, 90),
        level_rho=rng.uniform(0.6, 0.9),
        level_sigma=rng.uniform(0.08, 0.2),
        shift_every_days=rng.uniform(25, 60),
        holiday_every_days=rng.uniform(20, 40),
        outage_every_days=rng.uniform(10, 25),
        jobs_per_day=rng.uniform(4.0, 6.0),
        size_power=rng.uniform(0.05, 0.5),
        freshness=rng.uniform(0.1, 0.5),
        pay_pull=rng.uniform(0.5, 1.5),
        switching=rng.uniform(0.01, 0.08),
        abandonment=rng.uniform(0.1, 0.35),
        zone_weights=rng.dirichlet(np.full(len(ZONES), 0.7)),
    )


def draw_levels(laws: WorldParameters, *, n_days: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the mood of each step, common to all workers."""
    daily = np.zeros(n_days)
    shift = 0.0
    for day in range(1, n_days):
        if rng.random() < 1 / laws.shift_every_days:
            shift = rng.normal(0, 0.25)
        daily[day] = laws.level_rho * daily[day - 1] + rng.normal(0, laws.level_sigma) + (1 - laws.level_rho) * shift
    levels = np.repeat(np.exp(daily), DAY)
    for day in np.flatnonzero(rng.random(n_days) < 1 / laws.holiday_every_days).tolist():
        levels[day * DAY : (day + int(rng.integers(1, 3))) * DAY] *= rng.uniform(0.2, 0.6)
    for day in np.flatnonzero(rng.random(n_days) < 1 / laws.outage_every_days).tolist():
        start = day * DAY + int(rng.integers(0, DAY))
        levels[start : start + int(rng.integers(6, 60))] = 0.0
    return levels
