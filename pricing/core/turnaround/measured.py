"""The finish from what the same workers did on past days: whole days are drawn, at the level of the last ones.

Hours of one day depend on each other, and days on the days before, so neither is drawn alone: the shape of a day is
drawn whole, weekdays and weekends apart, and its level follows a first-order autoregression that starts from now.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pricing.core.turnaround.inputs import History
from pricing.core.turnaround.structural import crossing_times

LEAST_DAYS = 3
MOST_DAYS = 56
LONGEST_PATH_DAYS = 120
DECAY = 0.7
# The prior of the autoregression, and how many days of evidence it is worth.
_PRIOR_RHO, _PRIOR_DAYS = 0.7, 10.0
_LEAST_STEP = 0.05
# What the first share is worth, in mean hours of the pool; halved by every day that passes.
_SHARE_PRIOR_H, _SHARE_HALF_LIFE_H = 6.0, 24.0
_SHARE_SIGMA_MEASURED, _SHARE_SIGMA_ASSUMED = 0.2, 0.6
# Hours in which the number of competing jobs goes back to what it usually is.
_COMPETITION_H = 48.0


@dataclass(frozen=True)
class Days:
    """Past days: their shape, level and how levels follow each other.

    Attributes
    ----------
    shapes : (n, 24) share of the day's work in each hour.
    means : (2,) usual work of a weekday and of a weekend day.
    is_weekend : (n,) of each day.
    steps : innovations of the logarithm of the level.
    """

    shapes: NDArray[np.float64]
    means: NDArray[np.float64]
    is_weekend: NDArray[np.bool_]
    rho: float
    steps: NDArray[np.float64]
    level: float


def whole_days(history: History, *, now_h: float) -> Days | None:
    """Return the whole UTC days of the pool, or nothing where there are too few or nothing was done."""
    today_h = int(now_h) % 24
    whole = history.pool[: max(0, len(history.pool) - today_h)]
    n = min(len(whole) // 24, MOST_DAYS)
    if n < LEAST_DAYS or not whole[-n * 24 :].any():
        return None
    blocks = whole[len(whole) - n * 24 :].reshape(n, 24)
    weekday = (int(now_h) // 24 - np.arange(n, 0, -1)) % 7
    is_weekend = weekday >= 5
    totals = blocks.sum(axis=1)
    means = _usual(totals, is_weekend)
    usual = means[is_weekend.astype(int)]
    floor = 0.02 * totals.mean()
    levels = np.log((totals + floor) / (usual + floor))
    rho = _autocorrelation(levels)
    steps = levels[1:] - rho * levels[:-1]
    spread = max(_LEAST_STEP, float(np.std(steps)))
    return Days(
        shapes=_shapes(blocks, totals),
        means=means,
        is_weekend=is_weekend,
        rho=rho,
        # A few calm days say little of what may come.
        steps=np.concatenate([steps - steps.mean(), spread * np.array([-1.5, -0.5, 0.5, 1.5])]),
        level=_level(levels),
    )


def simulate_measured(
    history: History, *, effort_s: float, now_h: float, share: float, rng: np.random.Generator, n_runs: int
) -> NDArray[np.float64] | None:
    """Return (n_runs,) hours until `effort_s` active seconds are given to the job; nothing where too little was seen.

    Parameters
    ----------
    share : of the pool's work that goes to the job, where its own history does not tell.
    """
    days = whole_days(history, now_h=now_h)
    if days is None:
        return None
    share_now, sigma = share_of(history, assumed=share)
    a_day = float(days.means.mean()) * share_now * np.exp(min(days.level, 0.0))
    n_days = int(np.clip(3 + 4 * effort_s / max(a_day, 1e-9), 3, LONGEST_PATH_DAYS))
    work = _paths(days, n_days=n_days, now_h=now_h, rng=rng, n_runs=n_runs)
    hours = np.arange(work.shape[1], dtype=np.float64)
    crowd_later = history.n_open_usual + (history.n_open - history.n_open_usual) * np.exp(-hours / _COMPETITION_H)
    shares = share_now * (1 + history.n_open) / (1 + crowd_later)
    luck = np.exp(sigma * rng.standard_normal(n_runs))
    # A part of the first hour is over already.
    work[:, 0] *= 1 - now_h % 1
    ends = np.concatenate([[0.0], hours + 1 - now_h % 1])
    given = np.cumsum(work * np.minimum(shares * luck[:, None], 1.0), axis=1)
    return crossing_times(np.concatenate([np.zeros((n_runs, 1)), given], axis=1), ends, effort_s)


def share_of(history: History, *, assumed: float) -> tuple[float, float]:
    """Return the job's share of its pool's work, recent hours first, and the standard deviation of its logarithm."""
    n = min(len(history.own), len(history.pool))
    if n == 0 or not history.pool.any():
        return assumed, _SHARE_SIGMA_ASSUMED
    weights = 0.5 ** (np.arange(n)[::-1] / _SHARE_HALF_LIFE_H)
    worth = _SHARE_PRIOR_H * float(history.pool[-MOST_DAYS * 24 :].mean())
    own, pool = float(weights @ history.own[-n:]), float(weights @ history.pool[-n:])
    doubt = worth / (worth + pool)
    share = (own + worth * assumed) / (pool + worth)
    return share, float(_SHARE_SIGMA_MEASURED + (_SHARE_SIGMA_ASSUMED - _SHARE_SIGMA_MEASURED) * doubt)


def _paths(days: Days, *, n_days: int, now_h: float, rng: np.random.Generator, n_runs: int) -> NDArray[np.float64]:
    """Return (n_runs, hours) of the pool's work from this hour on."""
    to_come = ((int(now_h) // 24 + np.arange(n_days + 1)) % 7 >= 5).astype(int)
    picks = np.empty((n_runs, n_days + 1), dtype=np.int64)
    for kind in (0, 1):
        alike = np.flatnonzero(days.is_weekend == bool(kind))
        if not len(alike):
            alike = np.arange(len(days.shapes))
        where = np.flatnonzero(to_come == kind)
        picks[:, where] = rng.choice(alike, size=(n_runs, len(where)))
    steps = rng.choice(days.steps, size=(n_runs, n_days + 1))
    levels = np.empty_like(steps)
    level = np.full(n_runs, days.level)
    for day in range(n_days + 1):
        level = days.rho * level + steps[:, day]
        levels[:, day] = level
    totals = days.means[to_come] * np.exp(levels)
    hours = (days.shapes[picks] * totals[:, :, None]).reshape(n_runs, -1)
    return np.ascontiguousarray(hours[:, int(now_h) % 24 :])


def _usual(totals: NDArray[np.float64], is_weekend: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the mean weekday and weekend day; either shrinks to the mean of all, as if that had been seen once."""
    everyday = totals.mean()
    return np.array([(totals[kind].sum() + everyday) / (kind.sum() + 1) for kind in (~is_weekend, is_weekend)])


def _shapes(blocks: NDArray[np.float64], totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return each day's hours as shares; a day on which nothing was done has the mean shape."""
    mean = blocks.sum(axis=0) / totals.sum()
    return np.where(totals[:, None] > 0, blocks / np.maximum(totals, 1e-12)[:, None], mean)


def _autocorrelation(levels: NDArray[np.float64]) -> float:
    """Return the first autocorrelation, shrunk to what is usual."""
    variance = float(levels[:-1] @ levels[:-1])
    seen = float(levels[1:] @ levels[:-1]) / variance if variance > 0 else _PRIOR_RHO
    n = len(levels) - 1
    return float(np.clip((n * seen + _PRIOR_DAYS * _PRIOR_RHO) / (n + _PRIOR_DAYS), 0.0, 0.95))


def _level(levels: NDArray[np.float64]) -> float:
    """Return the logarithm of the present level: the last days, each older one counting for less."""
    recent = levels[-3:][::-1]
    weights = DECAY ** np.arange(len(recent))
    return float(weights @ recent / weights.sum())
