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
        np.add.at(totals, self.worker, self.mass)
        return totals

    def pooled(self) -> FloatArray:
        """Return (n_classes, n_classes) counts over all workers, axis 0 = truth, axis 1 = label."""
        pooled = np.zeros((self.mass.shape[1], self.mass.shape[1]))
        np.add.at(pooled, self.label, self.mass)
        return pooled.T


@dataclass(frozen=True)
class Beliefs:
    """State what is believed of every task and every worker.

    Parameters
    ----------
    posterior : (n_tasks, n_classes) rows sum to 1.
    class_prior : (n_classes,) share of each class among the tasks.
    crowd_confusion : (n_classes, n_classes) a worker of whom nothing is known; axis 0 = truth, rows sum to 1.
    strength : pseudo-answers per true class by which a worker is drawn towards the crowd.
    tally : the workers' expected counts.
    n_iter : sweeps made.
    converged : whether the last sweep moved no posterior by more than the tolerance.
    """

    posterior: FloatArray
    class_prior: FloatArray
    crowd_confusion: FloatArray
    strength: float
    tally: Tally
    n_iter: int
    converged: bool

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


def vote_shares(labels: LabelMatrix) -> FloatArray:
    """Return (n_tasks, n_classes) each task's share of votes; uniform where there are none."""
    shape = (labels.n_tasks, labels.n_classes)
    votes = np.bincount(labels.task * labels.n_classes + labels.label, minlength=shape[0] * shape[1])
    votes = votes.reshape(shape).astype(np.float64)
    n_votes = votes.sum(axis=1, keepdims=True)
    uniform = np.full(shape, 1.0 / max(labels.n_classes, 1))
    shares: FloatArray = np.divide(votes, n_votes, out=uniform, where=n_votes > 0)
    return shares
