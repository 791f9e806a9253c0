"""Majority vote, plain and weighted by agreement."""

from __future__ import annotations

import numpy as np

from quality.core.classes.beliefs import Beliefs, TaskBeliefs, vote_shares
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


def weighted_vote(labels: LabelMatrix, *, max_iter: int = 20, tol: float = 1e-3) -> TaskBeliefs:
    """Believe each class in proportion to the votes for it, a vote counting as much as its worker agrees with others.

    Parameters
    ----------
    tol : stop when no share moves by more.

    Returns
    -------
    TaskBeliefs
        posterior = shares of the weighted votes. A weight is the agreement of a worker with the other workers'
        shares, measured above chance (0 = chance or below, 1 = always).

    Notes
    -----
    The worker's own vote is left out of what it is measured against, or lone workers would come out perfect.

    Source: iterated agreement in the manner of Wawa (Appen's worker agreement with aggregate).
    """
    shares = vote_shares(labels)
    n_votes = np.bincount(labels.task, minlength=labels.n_tasks)
    has_others = (n_votes > 1)[labels.task]
    n_measured = np.bincount(labels.worker, weights=has_others, minlength=labels.n_workers)
    weight, n_iter, converged = np.ones(labels.n_labels), 0, labels.n_labels == 0
    while n_iter < max_iter and not converged:
        n_iter += 1
        total = np.bincount(labels.task, weights=weight, minlength=labels.n_tasks)[labels.task]
        own = shares[labels.task, labels.label]
        others = np.clip((own * total - weight) / np.maximum(total - weight, 1e-12), 0.0, 1.0)
        # One pseudo-vote at the crowd's own agreement, so that a single lucky vote does not make an expert.
        usual = others[has_others].mean() if has_others.any() else 1.0
        agreed = np.bincount(labels.worker, weights=others * has_others, minlength=labels.n_workers)
        skill = (agreed + usual) / (n_measured + 1.0)
        chance = 1.0 / max(labels.n_classes, 2)
        weight = np.maximum((skill - chance) / (1.0 - chance), 1e-6)[labels.worker]
        last, shares = shares, vote_shares(labels, weight=weight)
        converged = bool(np.abs(shares - last).max(initial=0.0) <= tol)
    return TaskBeliefs(posterior=shares, n_iter=n_iter, converged=converged)
