"""What the others on a task said, seen from each label: the yardstick of every signal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from quality.core.labels import FloatArray, IntArray, LabelMatrix

N_SUPPORT_BINS = 10


@dataclass(frozen=True)
class VotesPerTask:
    """Hold each task's votes, from the view of each label.

    Parameters
    ----------
    overlap : (n_labels,) labels on the label's task.
    own : (n_labels,) of them with the same class, the label itself included.
    rival : (n_labels,) the most any other class has there.
    agreeing_pairs : (n_labels,) ordered pairs of labels on the task that agree.
    plurality : (n_labels,) the class most others chose, -1 where there are none or they tie.
    support : (n_labels,) the share of the others who chose it, 0 where -1.
    """

    overlap: IntArray
    own: IntArray
    rival: IntArray
    agreeing_pairs: IntArray
    plurality: IntArray
    support: FloatArray


def votes_per_task(labels: LabelMatrix) -> VotesPerTask:
    """Count the votes without a table of tasks by classes."""
    n_classes = max(labels.n_classes, 1)
    cells, cell, votes = np.unique(labels.task * n_classes + labels.label, return_inverse=True, return_counts=True)
    task, first, second = cells // n_classes, _Top.empty(labels.n_tasks), _Top.empty(labels.n_tasks)
    # Ascending by task, then votes: the last of each task is its winner, the one before it the runner-up.
    order = np.lexsort((votes, task))
    place = np.arange(len(order))
    last = np.flatnonzero(np.append(np.diff(task[order]) != 0, True)) if len(order) else place
    first.put(task[order[last]], cells[order[last]] % n_classes, votes[order[last]])
    before = last - 1
    has_second = (before >= 0) & (task[order[np.maximum(before, 0)]] == task[order[last]])
    before = before[has_second]
    second.put(task[order[before]], cells[order[before]] % n_classes, votes[order[before]])
    overlap = np.bincount(labels.task, minlength=labels.n_tasks)
    agreeing = np.bincount(task, weights=votes * (votes - 1.0), minlength=labels.n_tasks).astype(np.int64)
    n_top = np.bincount(task, weights=votes == first.votes[task], minlength=labels.n_tasks).astype(np.int64)
    t = labels.task
    own = votes[cell.ravel()]
    is_first = labels.label == first.label[t]
    rival = np.where(is_first, second.votes[t], first.votes[t])
    # Without the label itself, its class has own - 1 votes against the strongest rival.
    rival_label = np.where(is_first, second.label[t], first.label[t])
    tied_rivals = n_top[t] - (own == first.votes[t]) > 1
    plurality = np.where(own - 1 > rival, labels.label, np.where(own - 1 < rival, rival_label, -1))
    plurality = np.where((own - 1 < rival) & (rival == first.votes[t]) & tied_rivals, -1, plurality)
    top = np.maximum(own - 1, rival)
    support = np.where(plurality >= 0, top / np.maximum(overlap[t] - 1, 1), 0.0)
    return VotesPerTask(
        overlap=overlap[t],
        own=own,
        rival=rival,
        agreeing_pairs=agreeing[t],
        plurality=plurality,
        support=support,
    )


@dataclass(frozen=True)
class Expectation:
    """State how the crowd answers, given what the others on the task said.

    Parameters
    ----------
    cell : (n_labels,) the kind of situation: the others' class and how united they are; the last cell where they tie.
    chance : (n_cells, n_classes) share of labels of each class given in each cell, sparse.
    """

    cell: IntArray
    chance: sparse.csr_array


def crowd_expectation(labels: LabelMatrix, votes: VotesPerTask) -> Expectation:
    """Count the crowd's labels in every cell."""
    bins = np.minimum((votes.support * N_SUPPORT_BINS).astype(np.int64), N_SUPPORT_BINS - 1)
    n_cells = labels.n_classes * N_SUPPORT_BINS + 1
    cell = np.where(votes.plurality >= 0, votes.plurality * N_SUPPORT_BINS + bins, n_cells - 1)
    counts = sparse.coo_array(
        (np.ones(labels.n_labels), (cell, labels.label)), shape=(n_cells, labels.n_classes)
    ).tocsr()
    totals = np.maximum(np.asarray(counts.sum(axis=1)).ravel(), 1.0)
    counts.data = counts.data / np.repeat(totals, np.diff(counts.indptr))
    return Expectation(cell=cell, chance=counts)


def entries(matrix: sparse.csr_array, row: IntArray, column: IntArray) -> FloatArray:
    """Return (n,) entries of a sparse matrix, 0 where there is none."""
    if matrix.nnz == 0:
        return np.zeros(len(row))
    width = matrix.shape[1]
    keys = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr)) * width + matrix.indices
    order = np.argsort(keys, kind="stable")
    wanted = row * width + column
    place = np.minimum(np.searchsorted(keys[order], wanted), len(keys) - 1)
    found = order[place]
    value: FloatArray = np.where(keys[found] == wanted, matrix.data[found], 0.0)
    return value


@dataclass
class _Top:
    """Collect one class and its votes per task."""

    label: IntArray
    votes: IntArray

    @classmethod
    def empty(cls, n_tasks: int) -> _Top:
        return cls(label=np.full(n_tasks, -1, dtype=np.int64), votes=np.zeros(n_tasks, dtype=np.int64))

    def put(self, task: IntArray, label: IntArray, votes: IntArray) -> None:
        self.label[task] = label
        self.votes[task] = votes
