"""The sparse links between labels, tasks and (worker, label) pairs that EM sweeps run over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quality.core.classes.beliefs import Tally
from quality.core.classes.layout import Layout, SortedLabels, lay_out
from quality.core.labels import FloatArray, IntArray, LabelMatrix

# Codes (worker, label) are counted rather than sorted while the table of all of them is not much larger than the data.
MAX_TABLE_PER_LABEL = 8


@dataclass(frozen=True)
class LabelLinks:
    """Link tasks to the (worker, label) pairs that speak of them.

    Parameters
    ----------
    worker, label : (n_pairs,) the distinct pairs, sorted by worker and then label.
    layout : the links themselves.
    most_labels : on one task.
    answered : (n_tasks,) whether the task has a label.
    """

    worker: IntArray
    label: IntArray
    layout: Layout
    most_labels: int
    answered: NDArray[np.bool_]
    n_tasks: int
    n_workers: int
    n_classes: int

    @classmethod
    def of(cls, labels: LabelMatrix, *, weight: FloatArray | None = None, also: Tally | None = None) -> LabelLinks:
        """Build the links of a label matrix.

        Parameters
        ----------
        weight : (n_labels,) what each label counts as evidence of its task; by default 1.
        also : pairs that are to be there too, used on these tasks or not.
        """
        n_classes = max(labels.n_classes, 1)
        order = _by_task(labels.task)
        codes, pair = _distinct(labels.worker * n_classes + labels.label, also, labels.n_workers, n_classes)
        pair = pair if order is None else pair[order]
        weights = weight if weight is None or order is None else weight[order]
        per_task = np.bincount(labels.task, minlength=labels.n_tasks)
        ends = np.concatenate([[0], np.cumsum(per_task)]).astype(np.int64)
        return cls(
            worker=codes // n_classes,
            label=codes % n_classes,
            layout=lay_out(SortedLabels(ends, pair, weights, n_pairs=len(codes)), n_classes=n_classes),
            most_labels=int(per_task.max(initial=0)),
            answered=per_task > 0,
            n_tasks=labels.n_tasks,
            n_workers=labels.n_workers,
            n_classes=labels.n_classes,
        )

    def tally(self, posterior: FloatArray) -> Tally:
        """Count, for each pair, the expected truths behind its labels."""
        mass = np.zeros((len(self.worker), self.n_classes))
        for block in self.layout.counting:
            mass[block.rows] += block.links @ posterior[block.columns]
        return Tally(worker=self.worker, label=self.label, mass=mass, n_workers=self.n_workers)

    def aligned(self, other: Tally) -> FloatArray:
        """Return (n_pairs, n_classes) the other tally's mass on these pairs; they must include the other's."""
        n_classes = max(self.n_classes, 1)
        mass = np.zeros((len(self.worker), self.n_classes))
        mass[np.searchsorted(self.worker * n_classes + self.label, other.worker * n_classes + other.label)] = other.mass
        return mass


def _by_task(task: IntArray) -> NDArray[np.intp] | None:
    """Return an order that sorts the labels by task; None when they are sorted already."""
    return None if (task[1:] >= task[:-1]).all() else np.argsort(task, kind="stable")


def _distinct(
    codes: IntArray, also: Tally | None, n_workers: int, n_classes: int
) -> tuple[IntArray, NDArray[np.int32]]:
    """Return the distinct codes ascending, and for each label (n_labels,) the number of its code among them."""
    extra = np.zeros(0, dtype=np.int64) if also is None else also.worker * n_classes + also.label
    size = n_workers * n_classes
    if size > MAX_TABLE_PER_LABEL * (len(codes) + len(extra)):
        distinct, inverse = np.unique(np.concatenate([codes, extra]), return_inverse=True)
        return distinct, inverse[: len(codes)].astype(np.int32)
    used = np.bincount(codes, minlength=size) > 0
    used[extra] = True
    number = np.cumsum(used, dtype=np.int32) - 1
    return np.flatnonzero(used).astype(np.int64), number[codes].astype(np.int32)
