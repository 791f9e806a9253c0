"""Forecasts corrected by how earlier ones turned out.

Where in its forecast the cost of a finished job fell (0 its bottom, 1 its top) is evenly spread if forecasts are right.
Where it is not, the level that was in truth reached 90 % of the time is asked for instead of 90 % itself (Kuleshov,
Fenner & Ermon 2018, arXiv 1807.00263), few finished jobs being drawn towards even.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quality.core.labels import FloatArray

# Finished jobs that the assumption of right forecasts is worth, and the latest ones that count.
EVEN_WEIGHT = 12.0
LATEST = 200
LEVELS = np.concatenate([[0.0, 0.005, 0.02], np.arange(1, 20) / 20, [0.98, 0.995, 1.0]])


@dataclass(frozen=True)
class Distribution:
    """Hold a forecast as its quantiles.

    Parameters
    ----------
    levels : (n,) 0..1, ascending from 0 to 1.
    micros : (n,) not descending, from the least to the most that is possible.
    """

    levels: FloatArray
    micros: FloatArray

    @classmethod
    def of(cls, samples: FloatArray, *, weight: FloatArray, least: float, most: float) -> Distribution:
        """Return the quantiles of weighted samples; nothing between the bounds is impossible."""
        order = np.argsort(samples, kind="stable")
        ends = np.cumsum(weight[order])
        middles = (ends - 0.5 * weight[order]) / ends[-1]
        inner = np.interp(LEVELS[1:-1], middles, samples[order])
        return cls(LEVELS, np.clip(np.concatenate([[least], inner, [most]]), least, most))

    def at(self, level: float) -> float:
        """Return the amount that is not exceeded with that chance."""
        return float(np.interp(level, self.levels, self.micros))

    def place_of(self, amount: float, *, rng: np.random.Generator) -> float:
        """Return the level, 0..1, at which an amount lies; anywhere among them where several have the same amount."""
        low = float(np.searchsorted(self.micros, amount, side="left"))
        high = float(np.searchsorted(self.micros, amount, side="right"))
        if high > low:
            bottom, top = self.levels[int(low)], self.levels[int(high) - 1]
            return float(bottom + (top - bottom) * rng.random())
        return float(np.interp(amount, self.micros, self.levels))


def corrected_level(level: float, places: Sequence[float]) -> float:
    """Return the level to ask a forecast for, so that it is not exceeded with the chance `level`.

    Parameters
    ----------
    level : 0..1.
    places : of finished jobs in their forecasts, the latest last.
    """
    latest = np.sort(np.asarray(places[-LATEST:], dtype=np.float64))
    grid = np.unique(np.concatenate([[0.0, 1.0], latest]))
    # At a place where jobs fell the share jumps: both ends of each jump.
    below, upto = (np.searchsorted(latest, grid, side=side) for side in ("left", "right"))
    share = (np.stack([below, upto]) + EVEN_WEIGHT * grid) / (len(latest) + EVEN_WEIGHT)
    return float(np.interp(level, share.T.ravel(), np.repeat(grid, 2)))
