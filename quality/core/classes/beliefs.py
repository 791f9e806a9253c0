"""What an aggregation of class answers concludes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quality.core.labels import FloatArray, IntArray, LabelMatrix

TIE_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Tally:
    """Hold how much truth of each class lies behind each label of each worker, without the empty pairs.

    A worker seldom uses all labels, so only the pairs (worker, label) that occur are kept: memory is
    n_pairs x n_classes, never n_workers x n_classes x n_classes.

    Parameters
    ----------
    worker, label : (n_pairs,) the pairs, distinct, sorted by worker and then label.
    mass : (n_pairs, n_classes) expected number of the pair's labels whose truth is each class.
    n_workers : workers numbered 0..n_workers-1, with or without a pair.
    """

    worker: IntArray
    label: IntArray
    mass: FloatArray
    n_workers: int

    def totals(self) -> FloatArray:
        """Return (n_workers, n_classes) the expected number of answers each worker gave on each true class."""
        totals = np.zeros((self.n_workers, self.mass.shape[1]))
        if len(self.worker):
            # The pairs are sorted by worker, so that each worker is one run of rows.
            starts = np.flatnonzero(np.diff(self.worker, prepend=-1))
            totals[self.worker[starts]] = np.add.reduceat(self.mass, starts, axis=0)
        return totals

    def pooled(self) -> FloatArray:
        """Return (n_classes, n_classes) counts over all workers, axis 0 = truth, axis 1 = label."""
        pooled = np.zeros((self.mass.shape[1], self.mass.shape[1]))
        np.add.at(pooled, self.label, self.mass)
        return pooled.T


@dataclass(frozen=True)
class TaskBeliefs:
    """State what is believed of every task.

    Parameters
    ----------
    posterior : (n_tasks, n_classes) rows sum to 1.
    n_iter : sweeps made.
    converged : whether the last sweep moved no posterior by more than the tolerance.
    """

    posterior: FloatArray
    n_iter: int
    converged: bool

    @property
    def confidence(self) -> FloatArray:
        """Return (n_tasks,) the belief in the likeliest class; 0 where there are no classes."""
        confidence: FloatArray = self.posterior.max(axis=1, initial=0.0)
        return confidence

    @property
    def tied(self) -> NDArray[np.bool_]:
        """Return (n_tasks,) whether two or more classes share the highest belief."""
        tied: NDArray[np.bool_] = (self.posterior >= self.confidence[:, None] - TIE_TOLERANCE).sum(axis=1) > 1
        return tied

    @property
    def choice(self) -> IntArray:
        """Return (n_tasks,) the likeliest class, or -1 for a tie: order never breaks one."""
        if self.posterior.shape[1] == 0:
            return np.full(len(self.posterior), -1, dtype=np.int64)
        return np.where(self.tied, -1, self.posterior.argmax(axis=1)).astype(np.int64)


@dataclass(frozen=True)
class Beliefs(TaskBeliefs):
    """State what is believed of every task and every worker.

    Parameters
    ----------
    class_prior : (n_classes,) share of each class among the tasks.
    crowd_confusion : (n_classes, n_classes) a worker of whom nothing is known; axis 0 = truth, rows sum to 1.
    strength : pseudo-answers per true class by which a worker is drawn towards the crowd.
    tally : the workers' expected counts.
    """

    class_prior: FloatArray
    crowd_confusion: FloatArray
    strength: float
    tally: Tally

    @property
    def confusion(self) -> FloatArray:
        """Return (n_workers, n_classes, n_classes) posterior mean confusion, axis 1 = truth, axis 2 = label.

        Built on demand, for it is the only array that grows with workers times classes squared.
        """
        tally, n_classes = self.tally, len(self.class_prior)
        counts = np.zeros((tally.n_workers, n_classes, n_classes))
        counts[tally.worker, :, tally.label] = tally.mass
        counts += self.strength * self.crowd_confusion
        sums = counts.sum(axis=2, keepdims=True)
        confusion: FloatArray = np.divide(counts, sums, out=np.zeros_like(counts), where=sums > 0)
        return confusion


def vote_shares(labels: LabelMatrix, *, weight: FloatArray | None = None) -> FloatArray:
    """Return (n_tasks, n_classes) each task's share of votes; uniform where there are none.

    Parameters
    ----------
    weight : (n_labels,) what each vote counts, not negative; by default 1.
    """
    shape = (labels.n_tasks, labels.n_classes)
    code = labels.task * labels.n_classes + labels.label
    shares = np.bincount(code, weights=weight, minlength=shape[0] * shape[1]).astype(np.float64, copy=False)
    shares = shares.reshape(shape)
    n_votes = shares @ np.ones(shape[1])
    shares[n_votes <= 0] = 1.0
    shares /= np.where(n_votes > 0, n_votes, max(shape[1], 1))[:, None]
    return shares


def known_classes(labels: LabelMatrix, gold: IntArray | None) -> IntArray:
    """Return (n_tasks,) gold classes, -1 where unknown.

    Raises
    ------
    ValueError
        `gold` has another length than n_tasks or names a class that does not exist.
    """
    if gold is None:
        return np.full(labels.n_tasks, -1, dtype=np.int64)
    known = np.asarray(gold, dtype=np.int64)
    if known.shape != (labels.n_tasks,) or (known >= labels.n_classes).any() or (known < -1).any():
        raise ValueError("gold must hold one class number or -1 for each task")
    return known


def with_gold(posterior: FloatArray, known: IntArray) -> FloatArray:
    """Return the posteriors with gold tasks made certain."""
    is_known = known >= 0
    if not is_known.any():
        return posterior
    certain = posterior.copy()
    certain[is_known] = 0.0
    certain[is_known, known[is_known]] = 1.0
    return certain
