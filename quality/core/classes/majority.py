"""Majority vote."""

from __future__ import annotations

import numpy as np

from quality.core.classes.beliefs import Beliefs, vote_shares
from quality.core.classes.tallying import LabelLinks
from quality.core.labels import LabelMatrix


def majority(labels: LabelMatrix) -> Beliefs:
    """Believe each class in proportion to its votes.

    Returns
    -------
    Beliefs
        posterior = shares of the votes (uniform for a task without any); ties show in `tied` and have `choice` -1.
        Workers are measured against the shares, without a prior: a true class on which a worker gave no answer has
        a confusion row of zeros.
    """
    posterior = vote_shares(labels)
    links = LabelLinks.of(labels)
    tally = links.tally(posterior)
    pooled = tally.pooled()
    sums = pooled.sum(axis=1, keepdims=True)
    answered = np.bincount(labels.task, minlength=labels.n_tasks) > 0
    prior = posterior[answered].sum(axis=0)
    return Beliefs(
        posterior=posterior,
        class_prior=prior / prior.sum() if prior.sum() > 0 else np.full(labels.n_classes, 1 / max(labels.n_classes, 1)),
        crowd_confusion=np.divide(pooled, sums, out=np.zeros_like(pooled), where=sums > 0),
        strength=0.0,
        tally=tally,
        n_iter=1,
        converged=True,
    )
