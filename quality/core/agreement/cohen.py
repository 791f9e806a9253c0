"""Cohen's kappa of two workers, plain and weighted, for one pair and for all pairs at once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import sparse

from quality.core.agreement.coefficients import Coefficient, coefficient_of
from quality.core.agreement.tables import pairs_within
from quality.core.labels import FloatArray, IntArray, LabelMatrix

# Cells of one dense block of marginals; bounds memory when many pairs meet many classes.
BLOCK_CELLS = 4_000_000


class Weighting(StrEnum):
    """Name how disagreements weigh."""

    PLAIN = "plain"
    LINEAR = "linear"
    QUADRATIC = "quadratic"

    def matrix(self, n_classes: int) -> FloatArray:
        """Return (n_classes, n_classes) weights of disagreement, 0 on the diagonal."""
        steps = np.abs(np.arange(n_classes)[:, None] - np.arange(n_classes)[None, :]).astype(np.float64)
        if self is Weighting.PLAIN:
            steps = np.minimum(steps, 1.0)
        cost: FloatArray = steps**2 if self is Weighting.QUADRATIC else steps
        return cost


@dataclass(frozen=True)
class Cohen:
    """Compute kappa of two workers from weighted common tasks.

    Parameters
    ----------
    first, second : (n_tasks,) what each said.
    cost : (n_classes, n_classes) weights of disagreement.
    """

    first: IntArray
    second: IntArray
    cost: FloatArray

    @property
    def n_tasks(self) -> int:
        """Return the number of common tasks."""
        return len(self.first)

    @property
    def n_labels(self) -> int:
        """Return the number of labels on them."""
        return 2 * len(self.first)

    def values(self, weights: FloatArray) -> FloatArray:
        """Return (n_columns,) kappa, NaN where chance alone would agree always."""
        n_tasks = weights.sum(axis=0)
        observed = (self.cost[self.first, self.second] @ weights) / n_tasks
        first, second = self._marginal(self.first, weights) / n_tasks, self._marginal(self.second, weights) / n_tasks
        return _kappa(observed, (first * (self.cost @ second)).sum(axis=0))

    def _marginal(self, said: IntArray, weights: FloatArray) -> FloatArray:
        """Return (n_classes, n_columns) weighted counts of each class."""
        ones = sparse.coo_array((np.ones(len(said)), (said, np.arange(len(said)))), shape=(len(self.cost), len(said)))
        counts: FloatArray = np.asarray(ones.tocsr() @ weights)
        return counts


def cohen_kappa(first: IntArray, second: IntArray, *, n_classes: int, weighting: Weighting) -> Coefficient:
    """Measure agreement beyond chance of two workers on their common tasks.

    Parameters
    ----------
    first, second : (n_tasks,) class numbers below n_classes, in the classes' order where the weighting uses it.

    Source: Cohen 1960, doi:10.1177/001316446002000104; weighted 1968, doi:10.1037/h0026256.
    """
    statistic = Cohen(first=first, second=second, cost=weighting.matrix(n_classes))
    return coefficient_of(statistic, n_labels=2 * len(first))


@dataclass(frozen=True)
class PairTable:
    """Hold the agreement of every pair of workers who met.

    Parameters
    ----------
    first, second : (n_pairs,) worker numbers, first < second, sorted.
    n_common : (n_pairs,) tasks both labelled.
    agreement : (n_pairs,) share of those with the same label.
    kappa : (n_pairs,) Cohen's kappa, NaN where undefined.
    """

    first: IntArray
    second: IntArray
    n_common: IntArray
    agreement: FloatArray
    kappa: FloatArray

    @property
    def mean_kappa(self) -> float | None:
        """Return the mean of the defined kappas, each pair weighing as its common tasks; None without any."""
        defined = np.isfinite(self.kappa)
        if not defined.any():
            return None
        return float(np.average(self.kappa[defined], weights=self.n_common[defined]))


@dataclass(frozen=True)
class Meetings:
    """List every task two workers both labelled: (n_meetings,) task, workers (first < second) and their labels."""

    task: IntArray
    first: IntArray
    second: IntArray
    first_label: IntArray
    second_label: IntArray


def meetings(labels: LabelMatrix) -> Meetings:
    """Pair up the labels of each task; grows with the sum of squared overlaps."""
    order = np.lexsort((labels.worker, labels.task))
    starts = np.concatenate([[0], np.cumsum(np.bincount(labels.task, minlength=labels.n_tasks))])
    low, high = pairs_within(starts)
    low, high = order[low], order[high]
    return Meetings(
        task=labels.task[low],
        first=labels.worker[low],
        second=labels.worker[high],
        first_label=labels.label[low],
        second_label=labels.label[high],
    )


def pair_table(labels: LabelMatrix, *, weighting: Weighting = Weighting.PLAIN) -> PairTable:
    """Measure the agreement of all pairs of workers who share a task."""
    met = meetings(labels)
    keys, pair = np.unique(met.first * max(labels.n_workers, 1) + met.second, return_inverse=True)
    n_pairs = len(keys)
    cost = weighting.matrix(labels.n_classes)
    n_common = np.bincount(pair, minlength=n_pairs)
    observed = np.bincount(pair, weights=cost[met.first_label, met.second_label], minlength=n_pairs) / n_common
    agreed = np.bincount(pair, weights=met.first_label == met.second_label, minlength=n_pairs)
    shape = (n_pairs, labels.n_classes)
    first = sparse.coo_array((np.ones(len(pair)), (pair, met.first_label)), shape=shape).tocsr()
    second = sparse.coo_array((np.ones(len(pair)), (pair, met.second_label)), shape=shape).tocsr()
    expected = np.empty(n_pairs)
    step = max(1, BLOCK_CELLS // max(labels.n_classes, 1))
    for begin in range(0, n_pairs, step):
        block = slice(begin, begin + step)
        expected[block] = ((first[block].toarray() @ cost) * second[block].toarray()).sum(axis=1)
    return PairTable(
        first=keys // max(labels.n_workers, 1),
        second=keys % max(labels.n_workers, 1),
        n_common=n_common,
        agreement=agreed / n_common,
        kappa=_kappa(observed, expected / n_common.astype(np.float64) ** 2),
    )


def _kappa(observed: FloatArray, expected: FloatArray) -> FloatArray:
    """Return one less the ratio of weighted disagreements, NaN where none is to be expected."""
    kappa = np.full(len(observed), np.nan)
    np.divide(observed, expected, out=kappa, where=expected > 0)
    return 1.0 - kappa
