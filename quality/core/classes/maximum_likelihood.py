"""Dawid-Skene without priors: the textbook's model, for comparison and for very large crowds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from quality.core.classes.acceleration import accelerated, plain
from quality.core.classes.beliefs import TaskBeliefs, known_classes, vote_shares, with_gold
from quality.core.classes.sweeping import weigh_evidence
from quality.core.classes.tallying import LabelLinks
from quality.core.labels import FloatArray, IntArray, LabelMatrix

# Keeps a count that no label supports from forbidding a class altogether.
LEAST = 1e-10


@dataclass(frozen=True)
class LikelihoodBeliefs(TaskBeliefs):
    """State what is believed of every task, and how likely that makes the labels.

    Parameters
    ----------
    log_likelihood : of all labels before the last sweep's skills were learned anew (nats).
    """

    log_likelihood: float


def maximum_likelihood(
    labels: LabelMatrix,
    *,
    gold: IntArray | None = None,
    max_iter: int = 100,
    tol: float = 1e-6,
) -> LikelihoodBeliefs:
    """Estimate true classes by EM from the vote shares on, one sweep after the other.

    Parameters
    ----------
    gold : (n_tasks,) known classes, -1 where unknown; a known task keeps its class.
    tol : stop when the log-likelihood gains less (nats per label); 0 runs all sweeps unless it falls.

    Returns
    -------
    LikelihoodBeliefs
        posterior (n_tasks, n_classes); the mean of the other tasks' on tasks without labels.

    Raises
    ------
    ValueError
        `gold` has another length than n_tasks or names a class that does not exist.

    Notes
    -----
    Counts are clipped at 1e-10, and a worker's confusion sums to 1 over the labels that the worker has used, as in
    crowd-kit, with which the posteriors agree after any number of sweeps.

    Source: Dawid & Skene 1979, doi:10.2307/2346806.
    """
    model = _Model(labels, gold)
    run = plain(model.step, model.start(), max_iter=max_iter, tol=tol * max(labels.n_labels, 1))
    return LikelihoodBeliefs(
        posterior=model.posterior, n_iter=run.n_iter, converged=run.converged, log_likelihood=run.objective
    )


def accelerated_likelihood(
    labels: LabelMatrix, *, gold: IntArray | None = None, max_iter: int = 100, tol: float = 1e-6
) -> LikelihoodBeliefs:
    """Estimate the same as `maximum_likelihood` in fewer sweeps, by SQUAREM.

    Parameters
    ----------
    max_iter : sweeps at most, those that only try a step included.
    tol : stop when a sweep gains less log-likelihood (nats per label).

    Source: Varadhan & Roland 2008, doi:10.1111/j.1467-9469.2007.00585.x.
    """
    model = _Model(labels, gold)
    run = accelerated(model.step, model.proper, model.start(), max_iter=max_iter, tol=tol * max(labels.n_labels, 1))
    return LikelihoodBeliefs(
        posterior=model.posterior, n_iter=run.n_iter, converged=run.converged, log_likelihood=run.objective
    )


class _Model:
    """Join the labels with the one array of posteriors that all sweeps write to."""

    def __init__(self, labels: LabelMatrix, gold: IntArray | None) -> None:
        known = known_classes(labels, gold)
        self._known = known if (known >= 0).any() else None
        # What counting the votes needs for a moment is as large as all links: it is gone before they are built.
        self.posterior = with_gold(vote_shares(labels), known)
        self._links = LabelLinks.of(labels)
        self._first_pairs = np.flatnonzero(np.diff(self._links.worker, prepend=-1))

    def start(self) -> FloatArray:
        """Return the parameters that the vote shares suggest."""
        return self._learn()

    def step(self, parameters: FloatArray) -> tuple[FloatArray, float]:
        """Return the parameters after one sweep, and the log-likelihood of the given ones."""
        logs = np.log(parameters)
        total = weigh_evidence(self._links, logs[:-1], logs[-1], into=self.posterior, known=self._known)
        return self._learn(), total

    def proper(self, parameters: FloatArray) -> FloatArray:
        """Return the parameters with every distribution summing to 1 again, and no count below the least."""
        return self._distributions(parameters)

    def _learn(self) -> FloatArray:
        """Return (n_pairs + 1, n_classes) the confusion of every pair, and in the last row the class prior."""
        answered = self._links.answered
        share = answered.astype(np.float64) @ self.posterior / max(int(answered.sum()), 1)
        return self._distributions(np.vstack([self._links.tally(self.posterior).mass, share]))

    def _distributions(self, mass: FloatArray) -> FloatArray:
        chances: FloatArray = np.maximum(mass, LEAST)
        chances[-1] /= chances[-1].sum()
        starts, n_pairs = self._first_pairs, len(self._links.worker)
        if n_pairs:
            sums = np.add.reduceat(chances[:-1], starts, axis=0)
            chances[:-1] /= np.repeat(sums, np.diff(starts, append=n_pairs), axis=0)
        return chances
