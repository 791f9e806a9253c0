"""Bootstrap intervals of coefficients: tasks are drawn anew, their labels stay together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quality.core.agreement.coefficients import Statistic
from quality.core.labels import FloatArray

# Weights of one block of resamples; bounds memory.
BLOCK_CELLS = 1_000_000


@dataclass(frozen=True)
class ConfidenceInterval:
    """Hold a percentile interval.

    Parameters
    ----------
    low, high : None where no resample has a value.
    level : confidence, in (0, 1).
    n_resamples, n_undefined : resamples made, and those of them without a value (left out).
    """

    low: float | None
    high: float | None
    level: float
    n_resamples: int
    n_undefined: int


def bootstrap_interval(
    statistic: Statistic, *, rng: np.random.Generator, n_resamples: int = 1000, level: float = 0.95
) -> ConfidenceInterval:
    """Return the percentile interval of a coefficient over resampled tasks.

    Notes
    -----
    Tasks are the sampling unit: labels of one task depend on each other. Workers are held fixed, so the interval
    speaks of other tasks for the same crowd. With fewer than about 30 tasks it is too short.

    Source: Efron & Tibshirani 1993, doi:10.1201/9780429246593.
    """
    values = resampled(statistic, rng=rng, n_resamples=n_resamples)
    defined = values[np.isfinite(values)]
    n_undefined = n_resamples - len(defined)
    if len(defined) == 0:
        return ConfidenceInterval(low=None, high=None, level=level, n_resamples=n_resamples, n_undefined=n_undefined)
    low, high = np.quantile(defined, [(1 - level) / 2, (1 + level) / 2])
    return ConfidenceInterval(
        low=float(low), high=float(high), level=level, n_resamples=n_resamples, n_undefined=n_undefined
    )


def resampled(statistic: Statistic, *, rng: np.random.Generator, n_resamples: int) -> FloatArray:
    """Return (n_resamples,) coefficients of tasks drawn with replacement, NaN where undefined."""
    n_tasks = statistic.n_tasks
    values = np.full(n_resamples, np.nan)
    if n_tasks == 0:
        return values
    step = max(1, min(n_resamples, BLOCK_CELLS // n_tasks))
    for begin in range(0, n_resamples, step):
        size = min(step, n_resamples - begin)
        drawn = rng.integers(n_tasks, size=(size, n_tasks)) * size + np.arange(size)[:, None]
        weights = np.bincount(drawn.ravel(), minlength=n_tasks * size).reshape(n_tasks, size)
        values[begin : begin + size] = statistic.values(weights.astype(np.float64))
    return values
