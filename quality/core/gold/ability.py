"""Ability: what a worker's answers to gold say, the latest most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

# Plain competence before any gold: four right, one wrong (as `allocation.routing` has it).
RIGHT, WRONG = 4.0, 1.0
# An answer weighs half as much after so many later ones, and after so many days.
HALF_LIFE_ANSWERS = 40.0
HALF_LIFE_DAYS = 180.0
# Older answers weigh less than a thirtieth.
MAX_SCORES = 200
LEVEL = 0.9


@dataclass(frozen=True)
class Ability:
    """Hold decayed counts of right and wrong answers to gold; a score of .7 is .7 right and .3 wrong.

    Raises
    ------
    ValueError
        A count is negative.
    """

    n_right: float = 0.0
    n_wrong: float = 0.0

    def __post_init__(self) -> None:
        if min(self.n_right, self.n_wrong) < 0.0:
            raise ValueError("counts must not be negative")

    @property
    def mean(self) -> float:
        """Return the expected share right."""
        right, wrong = self.n_right + RIGHT, self.n_wrong + WRONG
        return right / (right + wrong)

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Return the equal-tailed credible interval of the share right."""
        law = beta(self.n_right + RIGHT, self.n_wrong + WRONG)
        tail = (1.0 - level) / 2.0
        return float(law.ppf(tail)), float(law.ppf(1.0 - tail))


def ability_of(scores: Sequence[float], ages_days: Sequence[float]) -> Ability:
    """Weigh a worker's scores on gold.

    Parameters
    ----------
    scores : 0..1 each, oldest first.
    ages_days : days since each, not negative.

    Raises
    ------
    ValueError
        Lengths differ, or a number is out of its range.
    """
    score, age = np.asarray(scores, dtype=np.float64), np.asarray(ages_days, dtype=np.float64)
    if score.shape != age.shape:
        raise ValueError("scores and ages must have the same length")
    if not ((score >= 0.0) & (score <= 1.0) & (age >= 0.0)).all():
        raise ValueError("scores must lie in 0..1, and ages must not be negative")
    later = np.arange(len(score))[::-1]
    weight = 0.5 ** (later / HALF_LIFE_ANSWERS + age / HALF_LIFE_DAYS)
    return Ability(n_right=float(weight @ score), n_wrong=float(weight @ (1.0 - score)))
