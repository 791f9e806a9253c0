"""The sparse links between labels, tasks and (worker, label) pairs that EM sweeps run over."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from quality.core.classes.beliefs import Tally
from quality.core.labels import FloatArray, IntArray, LabelMatrix

# A block's posteriors should fit the second cache while they are weighed.
EVIDENCE_TASKS = 8_192
# The table of all pairs is written once a block when they are counted, so those blocks are as large as the table.
MIN_TALLY_TASKS = 32_768
# Codes (worker, label) are counted rather than sorted while the table of all of them is not much larger than the data.
MAX_TABLE_PER_LABEL = 8


@dataclass(frozen=True)
class TaskBlock:
    """Hold consecutive tasks start..stop-1.

    Parameters
    ----------
    links : (n_tasks of the block, n_pairs) a number where the worker gave that label to that task.
    """

    start: int
    stop: int
    links: sparse.csr_array


@dataclass(frozen=True)
class LabelLinks:
    """Link tasks to the (worker, label) pairs that speak of them.

    Parameters
    ----------
    worker, label : (n_pairs,) the distinct pairs, sorted by worker and then label.
    evidence : all tasks in order, each label with its weight as a witness.
    counting : the same in other blocks, each label as 1.
    most_labels : on one task.
    all_answered : whether every task has a label.
    """

    worker: IntArray
    label: IntArray
    evidence: tuple[TaskBlock, ...]
    counting: tuple[TaskBlock, ...]
    most_labels: int
    all_answered: bool
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
            evidence=_blocks(ends, pair, weights, n_pairs=len(codes), size=EVIDENCE_TASKS),
            counting=_blocks(ends, pair, None, n_pairs=len(codes), size=max(MIN_TALLY_TASKS, len(codes) // 2)),
            most_labels=int(per_task.max(initial=0)),
            all_answered=bool((per_task > 0).all()),
            n_tasks=labels.n_tasks,
            n_workers=labels.n_workers,
            n_classes=labels.n_classes,
        )

    def tally(self, posterior: FloatArray) -> Tally:
        """Count, for each pair, the expected truths behind its labels."""
        mass = np.zeros((len(self.worker), self.n_classes))
        for block in self.counting:
            # The transposed view scatters into the small table of pairs and reads the long posteriors once, in order;
            # a transposed copy would gather from the posteriors at random and be three times slower.
            mass += block.links.T @ posterior[block.start : block.stop]
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


def _blocks(
    ends: IntArray, pair: NDArray[np.int32], weight: FloatArray | None, *, n_pairs: int, size: int
) -> tuple[TaskBlock, ...]:
    """Cut the tasks into blocks.

    Parameters
    ----------
    ends : (n_tasks + 1,) where each task's labels end, after a 0.
    pair, weight : (n_labels,) sorted by task.
    """
    n_tasks = len(ends) - 1
    cuts = [*range(0, n_tasks, size), n_tasks]
    # All blocks share one array of ones: at ten million labels its copies would be the largest thing in memory.
    ones = np.ones(max((int(ends[stop] - ends[start]) for start, stop in pairwise(cuts)), default=0))
    blocks = []
    for start, stop in pairwise(cuts):
        first, last = int(ends[start]), int(ends[stop])
        numbers = ones[: last - first] if weight is None else weight[first:last]
        rows = (ends[start : stop + 1] - first).astype(np.int32)
        links = sparse.csr_array((numbers, pair[first:last], rows), shape=(stop - start, n_pairs))
        blocks.append(TaskBlock(start=start, stop=stop, links=links))
    return tuple(blocks)
