"""What is usually done instead: what is left by the mean rate, and hours drawn one by one."""

import numpy as np
from numpy.typing import NDArray

from pricing.core.turnaround.inputs import QUANTILES
from pricing.core.turnaround.structural import HOUR_S, crossing_times

_LONGEST_H = 4_000


def left_by_mean_rate(left: float, *, done: float, elapsed_s: float) -> tuple[float, float, float]:
    """Return seconds to the finish at the mean rate so far; one number, so the same for every quantile."""
    finish = left * elapsed_s / max(done, 1e-9)
    return finish, finish, finish


def hourly_bootstrap(
    left: float, hourly: NDArray[np.float64], *, rng: np.random.Generator, n_runs: int = 200
) -> tuple[float, float, float]:
    """Return seconds to the finish when each hour to come is one of those seen, whichever, independent of the others.

    Parameters
    ----------
    hourly : what was done in each hour seen; some of it is above zero.
    """
    n_hours = int(np.clip(5 * left / max(float(hourly.mean()), 1e-9) + 10, 10, _LONGEST_H))
    drawn = rng.choice(hourly, size=(n_runs, n_hours))
    given = np.concatenate([np.zeros((n_runs, 1)), np.cumsum(drawn, axis=1)], axis=1)
    ends = crossing_times(given, np.arange(n_hours + 1, dtype=np.float64), left)
    first, second, third = np.quantile(ends, QUANTILES) * HOUR_S
    return float(first), float(second), float(third)
