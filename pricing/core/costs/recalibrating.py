"""Forecasts corrected by how earlier ones turned out.

Where in its forecast the cost of a finished job fell (0 its bottom, 1 its top) is evenly spread if forecasts are right.
Where it is not, the level that was in truth reached 90 % of the time is asked for instead of 90 % itself (Kuleshov,
Fenner & Ermon 2018, arXiv 1807.00263), few finished jobs being drawn towards even.

Forecasts of unlike jobs err unlike. Where the number of answers is fixed the simulation of when tasks stop has nothing
to say, so its mistakes elsewhere are none there: such jobs are corrected by each other alone. Of all others the places
shift with the rule and the size by slopes that are drawn towards none (ridge regression of probits, Hoerl & Kennard
1970, doi:10.1080/00401706.1970.10488634), so that a kind with few finished jobs is corrected as all are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from quality.core.labels import FloatArray
from quality.core.stopping import StoppingRule

# Finished jobs that the assumption of right forecasts is worth, and the latest ones that count.
EVEN_WEIGHT = 12.0
LATEST = 200
LEVELS = np.concatenate([[0.0, 0.005, 0.02], np.arange(1, 20) / 20, [0.98, 0.995, 1.0]])
# Of so many equal parts.
MIDDLES = (np.arange(200) + 0.5) / 200
# By how much the places of unlike jobs are expected to differ, in probits: an answer more, a target of e times the
# odds, e times the tasks.
SLOPE = 0.2
# Beyond these, rules differ no more in kind; places nearer to the ends say only that they are there.
MOST_ANSWERS, MOST_SURE = 5, 0.995
MOST_PROBITS = 2.5


@dataclass(frozen=True)
class Kind:
    """Tell jobs apart whose forecasts may err in unlike ways."""

    rule: StoppingRule
    n_tasks: int

    @property
    def is_fixed(self) -> bool:
        """Return whether every task takes the same number of answers."""
        return self.rule.min_overlap == self.rule.max_overlap

    @property
    def traits(self) -> tuple[float, float, float]:
        """Return the fewest answers, the target as log odds, and the size as a logarithm."""
        sure = min(self.rule.target_confidence, MOST_SURE)
        size = float(np.log(max(self.n_tasks, 1)))
        return float(min(self.rule.min_overlap, MOST_ANSWERS)), float(np.log(sure / (1.0 - sure))), size


@dataclass(frozen=True)
class Placed:
    """A finished job: of which kind, and where in its forecast its cost fell, 0..1."""

    kind: Kind
    place: float


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

    def mean(self, correction: Correction) -> float:
        """Return the mean of what is corrected."""
        return float(np.interp(correction.levels(MIDDLES), self.levels, self.micros).mean())

    def place_of(self, amount: float, *, rng: np.random.Generator) -> float:
        """Return the level, 0..1, at which an amount lies; anywhere among them where several have the same amount."""
        low = float(np.searchsorted(self.micros, amount, side="left"))
        high = float(np.searchsorted(self.micros, amount, side="right"))
        if high > low:
            bottom, top = self.levels[int(low)], self.levels[int(high) - 1]
            return float(bottom + (top - bottom) * rng.random())
        return float(np.interp(amount, self.micros, self.levels))


@dataclass(frozen=True)
class Correction:
    """What finished jobs teach about the forecasts of a kind of job.

    Parameters
    ----------
    places : (n,) where the costs of finished jobs would have fallen, had all been of the usual kind; ascending.
    shift : of this kind's places from those, in probits.
    """

    places: FloatArray
    shift: float

    @classmethod
    def of(cls, kind: Kind, placed: Sequence[Placed]) -> Correction:
        """Learn from finished jobs, the latest last."""
        alike = [each for each in placed if each.kind.is_fixed == kind.is_fixed][-LATEST:]
        if not alike:
            return cls(np.zeros(0), 0.0)
        probits = np.clip(ndtri([each.place for each in alike]), -MOST_PROBITS, MOST_PROBITS)
        traits = np.array([each.kind.traits for each in alike])
        away = traits - traits.mean(axis=0)
        slopes = np.linalg.solve(away.T @ away + np.eye(away.shape[1]) / SLOPE**2, away.T @ (probits - probits.mean()))
        shift = float((np.array(kind.traits) - traits.mean(axis=0)) @ slopes)
        return cls(np.sort(ndtr(probits - away @ slopes)), shift)

    def level(self, level: float) -> float:
        """Return the level to ask a forecast for, so that it is not exceeded with the chance `level`, 0..1."""
        return float(self.levels(np.array([level]))[0])

    def levels(self, levels: FloatArray) -> FloatArray:
        """Return the same of each of many (n,)."""
        grid = np.unique(np.concatenate([[0.0, 1.0], self.places]))
        # At a place where jobs fell the share jumps: both ends of each jump.
        below, upto = (np.searchsorted(self.places, grid, side=side) for side in ("left", "right"))
        share = (np.stack([below, upto]) + EVEN_WEIGHT * grid) / (len(self.places) + EVEN_WEIGHT)
        usual = np.interp(levels, share.T.ravel(), np.repeat(grid, 2))
        asked: FloatArray = ndtr(ndtri(usual) + self.shift)
        return asked
