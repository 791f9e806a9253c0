"""Which labels to have looked at: the likelier wrong, the likelier drawn, and none with no chance at all.

Every label has a known chance to be drawn, so that what the checks find speaks for all of them (Horvitz & Thompson,
1952; systematic sampling with unequal chances after Madow, 1949).
"""

import numpy as np
from numpy.typing import NDArray

from labeling.core.geometry.base import FloatArray

# Nobody is so sure of a label that it is never looked at.
LEAST_RISK = 1e-3


def inclusion_of(risk: FloatArray, n: int) -> FloatArray:
    """Return (n_labels,) each label's chance to be drawn: in proportion to its risk, at most 1, summing to `n`.

    Parameters
    ----------
    risk : (n_labels,) chance that the label is wrong, 0..1.
    n : labels to be drawn; all of them where there are no more.

    Raises
    ------
    ValueError
        A risk is outside 0..1, or `n` is negative.
    """
    if n < 0:
        raise ValueError("n must not be negative")
    if not ((risk >= 0.0) & (risk <= 1.0)).all():
        raise ValueError("risk must lie in 0..1")
    if n >= len(risk):
        return np.ones(len(risk))
    size = np.maximum(risk, LEAST_RISK)
    certain = np.zeros(len(risk), dtype=bool)
    while True:  # what would be drawn more than once is drawn for certain, and the rest share what is left
        left = n - int(certain.sum())
        chance = np.where(certain, 1.0, left * size / size[~certain].sum())
        beyond = (chance > 1.0) & ~certain
        if not beyond.any():
            return chance
        certain |= beyond


def draw(inclusion: FloatArray, *, rng: np.random.Generator) -> NDArray[np.int64]:
    """Return which labels are drawn, in a random order: systematically along a shuffled line, each once at most."""
    order = rng.permutation(len(inclusion))
    ends = np.cumsum(inclusion[order])
    if not len(ends):
        return np.empty(0, dtype=np.int64)
    marks = np.arange(rng.random(), ends[-1] - 1e-9, 1.0)
    return rng.permutation(order[np.searchsorted(ends, marks, side="right")])


def estimated_errors(wrong: FloatArray, inclusion: FloatArray) -> float:
    """Return how many labels of all are wrong, by those that were looked at.

    Parameters
    ----------
    wrong : (n_drawn,) chance that each is wrong now that it was looked at.
    inclusion : (n_drawn,) the chance with which each was drawn, above 0.
    """
    return float((wrong / inclusion).sum())
