"""How far apart two values are: squared difference functions for Krippendorff's alpha."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from quality.core.labels import FloatArray, IntArray


class Difference(Protocol):
    """Square the difference of values 0..n_values-1, perhaps in the light of how often each occurs."""

    @property
    def fixed(self) -> bool:
        """Return whether the differences are the same whatever the counts."""

    def between(self, first: IntArray, second: IntArray, counts: FloatArray) -> FloatArray:
        """Return (n_pairs, n_columns) squared differences given (n_values, n_columns) counts.

        Where `fixed`, one column suffices.
        """

    def total(self, counts: FloatArray) -> FloatArray:
        """Return (n_columns,) the squared difference summed over all ordered pairs of labels."""


@dataclass(frozen=True)
class Nominal:
    """Count any two different values as 1 apart."""

    fixed: bool = True

    def between(self, first: IntArray, second: IntArray, counts: FloatArray) -> FloatArray:
        """Return ones for different values."""
        differs: FloatArray = (first != second).astype(np.float64)[:, None]
        return differs

    def total(self, counts: FloatArray) -> FloatArray:
        """Return the number of ordered pairs of labels with different values."""
        n_labels = counts.sum(axis=0)
        total: FloatArray = n_labels**2 - (counts**2).sum(axis=0)
        return total


@dataclass(frozen=True)
class Interval:
    """Square the difference of numbers.

    Parameters
    ----------
    values : (n_values,) the number each value stands for.
    """

    values: FloatArray
    fixed: bool = True

    def between(self, first: IntArray, second: IntArray, counts: FloatArray) -> FloatArray:
        """Return the squared differences."""
        squared: FloatArray = (self.values[first] - self.values[second])[:, None] ** 2
        return squared

    def total(self, counts: FloatArray) -> FloatArray:
        """Return the sum by moments: no table of values by values is needed."""
        return _spread(self.values[:, None], counts)


@dataclass(frozen=True)
class Ordinal:
    """Square the difference of mid-ranks: only the order of the values counts (the order of their numbers)."""

    fixed: bool = False

    def between(self, first: IntArray, second: IntArray, counts: FloatArray) -> FloatArray:
        """Return the squared number of labels between two values, half of either's own included."""
        rank = _mid_ranks(counts)
        squared: FloatArray = (rank[first] - rank[second]) ** 2
        return squared

    def total(self, counts: FloatArray) -> FloatArray:
        """Return the sum by moments of the mid-ranks."""
        return _spread(_mid_ranks(counts), counts)


@dataclass(frozen=True)
class Matrix:
    """Look squared differences up, for any scale at all.

    Parameters
    ----------
    squared : (n_values, n_values) symmetric, >= 0, zero on the diagonal.

    Raises
    ------
    ValueError
        The matrix is not of that kind.
    """

    squared: FloatArray
    fixed: bool = True

    def __post_init__(self) -> None:
        matrix = np.asarray(self.squared)
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1]:
            raise ValueError("differences must form a square matrix")
        if np.diagonal(matrix).any() or (matrix < 0).any() or not np.allclose(matrix, matrix.T):
            raise ValueError("differences must be symmetric, at least 0, and 0 on the diagonal")

    def between(self, first: IntArray, second: IntArray, counts: FloatArray) -> FloatArray:
        """Return the entries."""
        squared: FloatArray = self.squared[first, second][:, None]
        return squared

    def total(self, counts: FloatArray) -> FloatArray:
        """Return the quadratic form of the counts."""
        total: FloatArray = (counts * (self.squared @ counts)).sum(axis=0)
        return total


def ratio(values: FloatArray) -> Matrix:
    """Return ((a - b) / (a + b))^2 for numbers of one sign; two zeros are equal."""
    numbers = np.asarray(values, dtype=np.float64)
    difference = numbers[:, None] - numbers[None, :]
    sums = numbers[:, None] + numbers[None, :]
    quotient = np.divide(difference, sums, out=np.zeros_like(difference), where=sums != 0)
    return Matrix(squared=quotient**2)


def _mid_ranks(counts: FloatArray) -> FloatArray:
    """Return (n_values, n_columns) the mean rank of the labels with each value."""
    ranks: FloatArray = np.cumsum(counts, axis=0) - counts / 2.0
    return ranks


def _spread(scores: FloatArray, counts: FloatArray) -> FloatArray:
    """Return the squared score differences summed over ordered pairs of labels; scores (n_values, 1 or n_columns)."""
    n_labels = counts.sum(axis=0)
    mean = (counts * scores).sum(axis=0) / np.maximum(n_labels, 1.0)
    # Centred first: the raw second moment cancels badly for numbers far from 0.
    spread: FloatArray = 2.0 * n_labels * (counts * (scores - mean) ** 2).sum(axis=0)
    return spread
