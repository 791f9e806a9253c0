"""How good quantiles were: how often the truth lay at or below them, and the pinball loss."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pricing.core.turnaround.inputs import QUANTILES

_Z = 1.959964


@dataclass(frozen=True)
class Coverage:
    """Share of jobs that ended by a quantile, with its 95 % Wilson interval."""

    share: float
    low: float
    high: float


@dataclass(frozen=True)
class Score:
    """Coverage, pinball loss in hours and pinball loss of the logarithm, by quantile.

    The loss in hours is that of the longest jobs; that of the logarithm counts a factor alike whatever the length.
    """

    n: int
    coverage: tuple[Coverage, ...]
    pinball_h: tuple[float, ...]
    pinball_log: tuple[float, ...]


def wilson(hits: int, n: int) -> Coverage:
    """Return a share with its 95 % interval (Wilson 1927); of nothing, anything may be."""
    if n == 0:
        return Coverage(float("nan"), 0.0, 1.0)
    share = hits / n
    middle = (share + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * np.sqrt(share * (1 - share) / n + _Z**2 / (4 * n**2))
    return Coverage(share, float(max(0.0, middle - half)), float(min(1.0, middle + half)))


def pinball(actual: NDArray[np.float64], forecast: NDArray[np.float64], quantile: float) -> float:
    """Return the mean pinball loss, in the unit of what is compared."""
    over = actual - forecast
    return float(np.maximum(quantile * over, (quantile - 1) * over).mean()) if len(over) else float("nan")


def score(actual_s: Sequence[float], forecast_s: Sequence[Sequence[float]]) -> Score:
    """Return how good forecasts were.

    Parameters
    ----------
    actual_s : (n,) seconds that it took.
    forecast_s : (n, 3) seconds forecast, by quantile.
    """
    actual = np.asarray(actual_s, dtype=np.float64)
    given = np.asarray(forecast_s, dtype=np.float64).reshape(len(actual), len(QUANTILES))
    logs, given_logs = np.log(np.maximum(actual, 1.0)), np.log(np.maximum(given, 1.0))
    by_quantile = list(enumerate(QUANTILES))
    return Score(
        n=len(actual),
        coverage=tuple(wilson(int((actual <= given[:, k]).sum()), len(actual)) for k, _ in by_quantile),
        pinball_h=tuple(pinball(actual / 3600, given[:, k] / 3600, q) for k, q in by_quantile),
        pinball_log=tuple(pinball(logs, given_logs[:, k], q) for k, q in by_quantile),
    )
