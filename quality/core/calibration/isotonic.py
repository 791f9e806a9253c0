"""Isotonic recalibration: any rising curve from belief to truth, where gold is plenty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quality.core.labels import FloatArray

# With fewer, a free curve follows the luck of single tasks, and a temperature is better.
ENOUGH_GOLD = 500


@dataclass(frozen=True)
class RisingCurve:
    """Hold a rising curve through points, straight between them and level beyond.

    Parameters
    ----------
    belief, chance : (n_points,) both rising; chance in 0..1. Without points beliefs are left as they are.
    """

    belief: FloatArray
    chance: FloatArray

    def calibrated(self, confidence: FloatArray) -> FloatArray:
        """Return (n_tasks,) the chance to be right that goes with each confidence; never falls as that rises."""
        if len(self.belief) == 0:
            return confidence.copy()
        chance: FloatArray = np.interp(confidence, self.belief, self.chance)
        return chance


def fit_isotonic(confidence: FloatArray, credit: FloatArray) -> RisingCurve:
    """Fit the rising curve of least squares by pooling adjacent violators.

    Parameters
    ----------
    confidence : (n_gold,) beliefs in the conclusions.
    credit : (n_gold,) 1 where right, 0 where wrong, a share where classes tie.

    Notes
    -----
    Each pool ends with a success and a failure, half of each, added: a pool of successes alone does not promise 1.

    Raises
    ------
    ValueError
        Lengths differ.

    Source: Ayer et al. 1955, doi:10.1214/aoms/1177728423; for recalibration Zadrozny & Elkan 2002,
    doi:10.1145/775047.775151.
    """
    if len(confidence) != len(credit):
        raise ValueError("confidence and credit must have the same length")
    values, group = np.unique(confidence, return_inverse=True)
    size = np.bincount(group).astype(np.float64)
    pools: list[tuple[float, float, float]] = []
    for count, right, belief in zip(size, np.bincount(group, weights=credit), values * size, strict=True):
        pool = (float(count), float(right), float(belief))
        while pools and pools[-1][1] * pool[0] >= pool[1] * pools[-1][0]:
            last = pools.pop()
            pool = (last[0] + pool[0], last[1] + pool[1], last[2] + pool[2])
        pools.append(pool)
    counts, rights, beliefs = np.array(pools, dtype=np.float64).reshape(-1, 3).T
    # The added halves could let a small pool fall below the one before it.
    chance = np.maximum.accumulate((rights + 0.5) / (counts + 1.0))
    return RisingCurve(belief=beliefs / counts, chance=chance)
