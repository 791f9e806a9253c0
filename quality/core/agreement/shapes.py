"""Krippendorff's alpha of answers that have a distance but no common values, such as shapes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from quality.core.agreement.coefficients import Coefficient, coefficient_of
from quality.core.agreement.tables import pairs_within
from quality.core.labels import FloatArray, IntArray

MAX_PAIRS = 200_000

# (n_pairs,) and (n_pairs,) answer numbers -> (n_pairs,) differences >= 0.
DifferenceOfAnswers = Callable[[IntArray, IntArray], FloatArray]


@dataclass(frozen=True)
class AnswerAlpha:
    """Compute alpha from weighted tasks and the differences of pairs of answers.

    Parameters
    ----------
    overlap : (n_tasks,) answers per task, at least 2.
    per_task : (n_tasks,) disagreement within each task.
    row_first, row_second, expected : (n_drawn,) the tasks of pairs drawn over all answers and their differences.
    scale : all ordered pairs of answers over drawn pairs.
    exact : whether every pair was compared.
    """

    overlap: FloatArray
    per_task: FloatArray
    row_first: IntArray
    row_second: IntArray
    expected: FloatArray
    scale: float
    exact: bool

    @property
    def n_tasks(self) -> int:
        """Return the number of tasks with at least two answers."""
        return len(self.overlap)

    @property
    def n_labels(self) -> int:
        """Return the number of answers on them."""
        return int(self.overlap.sum())

    def values(self, weights: FloatArray) -> FloatArray:
        """Return (n_columns,) alpha for (n_tasks, n_columns) weights, NaN without variation."""
        n_answers = self.overlap @ weights
        total = np.empty(weights.shape[1])
        for column in range(weights.shape[1]):
            weight = weights[:, column]
            total[column] = self.scale * (weight[self.row_first] * weight[self.row_second]) @ self.expected
        ratio = np.full(weights.shape[1], np.nan)
        np.divide((self.per_task @ weights) * (n_answers - 1.0), total, out=ratio, where=total > 0)
        return 1.0 - ratio


def answer_alpha(
    task: IntArray, *, difference: DifferenceOfAnswers, rng: np.random.Generator, max_pairs: int = MAX_PAIRS
) -> AnswerAlpha:
    """Prepare alpha of answers numbered by their place in `task`.

    Parameters
    ----------
    task : (n_answers,) the task of each answer, any integers >= 0; one answer a worker and task.
    difference : gives (n_pairs,) differences of two arrays of answer numbers. It takes the place of the squared
        difference: square a metric first where it is meant to weigh like an interval scale.
    max_pairs : up to this many pairs the expected disagreement is exact; beyond, it is the mean of as many pairs
        drawn evenly (relative error about the differences' coefficient of variation / sqrt(max_pairs)).
    """
    tasks = np.asarray(task, dtype=np.int64)
    _, row, overlap = np.unique(tasks, return_inverse=True, return_counts=True)
    answer = np.flatnonzero(overlap[row] >= 2)
    answer = answer[np.argsort(row[answer], kind="stable")]
    kept, row, sizes = np.unique(row[answer], return_inverse=True, return_counts=True)
    first, second = pairs_within(np.concatenate([[0], np.cumsum(sizes)]))
    within = np.asarray(difference(answer[first], answer[second]), dtype=np.float64)
    weight = 2.0 * within / (sizes[row[first]] - 1.0)
    per_task = np.bincount(row[first], weights=weight, minlength=len(kept)).astype(np.float64)
    low, high, scale, exact = _drawn_pairs(len(answer), rng=rng, max_pairs=max_pairs)
    return AnswerAlpha(
        overlap=sizes.astype(np.float64),
        per_task=per_task,
        row_first=row[low],
        row_second=row[high],
        expected=np.asarray(difference(answer[low], answer[high]), dtype=np.float64),
        scale=scale,
        exact=exact,
    )


def shape_alpha(
    task: IntArray, *, difference: DifferenceOfAnswers, rng: np.random.Generator, max_pairs: int = MAX_PAIRS
) -> Coefficient:
    """Measure agreement beyond chance of answers with a distance; see `answer_alpha` for the arguments.

    Source: Krippendorff 2019, Content Analysis, ch. 12; for complex annotations Braylan, Alonso & Lease 2022,
    doi:10.1145/3485447.3512242.
    """
    statistic = answer_alpha(task, difference=difference, rng=rng, max_pairs=max_pairs)
    return coefficient_of(statistic, n_labels=len(task))


def _drawn_pairs(n_answers: int, *, rng: np.random.Generator, max_pairs: int) -> tuple[IntArray, IntArray, float, bool]:
    """Return pairs of different places, the number of ordered pairs each stands for, and whether they are all."""
    n_pairs = n_answers * (n_answers - 1) // 2
    if n_pairs <= max_pairs:
        low, high = pairs_within(np.array([0, n_answers]))
        return low, high, 2.0, True
    low = rng.integers(n_answers, size=max_pairs)
    high = (low + rng.integers(1, n_answers, size=max_pairs)) % n_answers
    return low, high, 2.0 * n_pairs / max_pairs, False
