"""Counts of values per task, without the empty cells: what every coefficient is computed from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from quality.core.labels import FloatArray, IntArray, LabelMatrix


@dataclass(frozen=True)
class TaskTable:
    """Count the values given to each task that has at least two labels.

    Parameters
    ----------
    counts : (n_tasks, n_values) number of labels, sparse.
    task : (n_tasks,) the numbers these tasks had in the labels.
    """

    counts: sparse.csr_array
    task: IntArray

    @classmethod
    def of(cls, labels: LabelMatrix) -> TaskTable:
        """Count the labels of every task that has at least two."""
        per_task = np.bincount(labels.task, minlength=labels.n_tasks)
        kept = np.flatnonzero(per_task >= 2)
        row_of_task = np.full(labels.n_tasks, -1, dtype=np.int64)
        row_of_task[kept] = np.arange(len(kept))
        row = row_of_task[labels.task]
        used = row >= 0
        counts = sparse.coo_array(
            (np.ones(int(used.sum())), (row[used], labels.label[used])), shape=(len(kept), labels.n_classes)
        ).tocsr()
        return cls(counts=counts, task=kept)

    @property
    def n_tasks(self) -> int:
        """Return the number of tasks kept."""
        return len(self.task)

    @property
    def n_labels(self) -> int:
        """Return the number of labels on them."""
        return int(self.counts.data.sum())

    @property
    def overlap(self) -> FloatArray:
        """Return (n_tasks,) labels per task."""
        overlap: FloatArray = np.asarray(self.counts.sum(axis=1), dtype=np.float64).ravel()
        return overlap

    def disagreements(self) -> Disagreements:
        """List the pairs of different values met within a task."""
        first, second = pairs_within(self.counts.indptr.astype(np.int64))
        row = np.repeat(np.arange(self.n_tasks), np.diff(self.counts.indptr))[first]
        data, value = self.counts.data, self.counts.indices.astype(np.int64)
        # Both orders of a pair count, each task's pairs shared out over its labels (Krippendorff's coincidences).
        weight = 2.0 * data[first] * data[second] / (self.overlap[row] - 1.0)
        return Disagreements(row=row, first=value[first], second=value[second], weight=weight)


@dataclass(frozen=True)
class Disagreements:
    """Hold (n_pairs,) pairs of different values in one task and their coincidences."""

    row: IntArray
    first: IntArray
    second: IntArray
    weight: FloatArray


def pairs_within(starts: IntArray) -> tuple[IntArray, IntArray]:
    """Return all pairs (first < second) of positions inside consecutive groups.

    Parameters
    ----------
    starts : (n_groups + 1,) where each group begins, and the end.
    """
    begin = np.asarray(starts, dtype=np.int64)
    size = np.diff(begin)
    position = np.arange(begin[-1])
    n_after = np.repeat(begin[1:], size) - position - 1
    first = np.repeat(position, n_after)
    offset = np.arange(len(first)) - np.repeat(np.cumsum(n_after) - n_after, n_after)
    return first, first + 1 + offset
