"""Krippendorff's alpha: one less observed over expected disagreement, for any scale and any gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from quality.core.agreement.coefficients import Coefficient, coefficient_of
from quality.core.agreement.differences import Difference, Nominal
from quality.core.agreement.tables import Disagreements, TaskTable
from quality.core.labels import FloatArray, LabelMatrix


@dataclass(frozen=True)
class Alpha:
    """Compute alpha from weighted tasks.

    Parameters
    ----------
    table : counts per task.
    pairs : the disagreements within tasks.
    per_task : (n_tasks,) each task's disagreement where the differences are fixed, else None.
    """

    table: TaskTable
    difference: Difference
    pairs: Disagreements
    per_task: FloatArray | None

    @classmethod
    def of(cls, labels: LabelMatrix, *, difference: Difference) -> Alpha:
        """Prepare the sums."""
        table = TaskTable.of(labels)
        pairs = table.disagreements()
        per_task = None
        if difference.fixed:
            no_counts = np.zeros((labels.n_classes, 1))
            squared = difference.between(pairs.first, pairs.second, no_counts)[:, 0]
            per_task = np.bincount(pairs.row, weights=pairs.weight * squared, minlength=table.n_tasks).astype(
                np.float64
            )
        return cls(table=table, difference=difference, pairs=pairs, per_task=per_task)

    @property
    def n_tasks(self) -> int:
        """Return the number of tasks with at least two labels."""
        return self.table.n_tasks

    @property
    def n_labels(self) -> int:
        """Return the number of labels on them."""
        return self.table.n_labels

    def values(self, weights: FloatArray) -> FloatArray:
        """Return (n_columns,) alpha for (n_tasks, n_columns) weights, NaN without variation."""
        counts = self.table.counts.T @ weights
        observed = self._observed(weights, counts)
        expected = self.difference.total(counts)
        ratio = np.full(weights.shape[1], np.nan)
        np.divide(observed * (counts.sum(axis=0) - 1.0), expected, out=ratio, where=expected > 0)
        return 1.0 - ratio

    def _observed(self, weights: FloatArray, counts: FloatArray) -> FloatArray:
        """Return (n_columns,) the coincidences times the squared differences."""
        if self.per_task is not None:
            fixed: FloatArray = self.per_task @ weights
            return fixed
        pairs = self.pairs
        n_values = self.table.counts.shape[1]
        kinds, kind = np.unique(pairs.first * n_values + pairs.second, return_inverse=True)
        shape = (len(kinds), self.table.n_tasks)
        coincidence_of_kind = sparse.coo_array((pairs.weight, (kind, pairs.row)), shape=shape).tocsr()
        coincidences = np.asarray(coincidence_of_kind @ weights)
        squared = self.difference.between(kinds // n_values, kinds % n_values, counts)
        observed: FloatArray = (coincidences * squared).sum(axis=0)
        return observed


NOMINAL = Nominal()


def krippendorff_alpha(labels: LabelMatrix, *, difference: Difference = NOMINAL) -> Coefficient:
    """Measure agreement beyond chance of any number of workers, with any gaps.

    Parameters
    ----------
    labels : n_labels triples; the class numbers stand for values, in their order where the scale is ordinal.
    difference : `Nominal`, `Ordinal`, `Interval`, `ratio` or a `Matrix` of squared differences.

    Returns
    -------
    Coefficient
        1 = perfect, 0 = as by chance, negative = systematic disagreement; undefined where no task has two labels or
        all labels there have one value.

    Source: Krippendorff 2011, Computing Krippendorff's alpha-reliability; 2019, Content Analysis, ch. 12,
    doi:10.4135/9781071878781.
    """
    return coefficient_of(Alpha.of(labels, difference=difference), n_labels=labels.n_labels)
