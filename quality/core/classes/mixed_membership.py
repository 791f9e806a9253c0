"""Mixed membership: a task may look like several classes at once, to all who see it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from quality.core.classes.beliefs import TaskBeliefs, known_classes, vote_shares, with_gold
from quality.core.classes.dawid_skene import DEFAULT_PRIORS, ConfusionPriors
from quality.core.labels import FloatArray, IntArray, LabelMatrix

DEFAULT_AMBIGUITY = 2.0


@dataclass(frozen=True)
class _Index:
    """Hold the sums over labels that each sweep takes, as sparse products."""

    pair: NDArray[np.intp]
    pair_worker: IntArray
    pair_label: IntArray
    weight: FloatArray
    by_task: sparse.csr_array
    by_pair: sparse.csr_array

    @classmethod
    def of(cls, labels: LabelMatrix, weight: FloatArray | None) -> _Index:
        n_classes = max(labels.n_classes, 1)
        codes, pair = np.unique(labels.worker * n_classes + labels.label, return_inverse=True)
        weights = np.ones(labels.n_labels) if weight is None else weight
        ones, rows = np.ones(labels.n_labels), np.arange(labels.n_labels)
        return cls(
            pair=pair,
            pair_worker=codes // n_classes,
            pair_label=codes % n_classes,
            weight=weights[:, None],
            by_task=sparse.csr_array((weights, (labels.task, rows)), shape=(labels.n_tasks, labels.n_labels)),
            by_pair=sparse.csr_array((ones, (pair, rows)), shape=(len(codes), labels.n_labels)),
        )


def mixed_membership(
    labels: LabelMatrix,
    *,
    gold: IntArray | None = None,
    weight: FloatArray | None = None,
    ambiguity: float = DEFAULT_AMBIGUITY,
    priors: ConfusionPriors = DEFAULT_PRIORS,
    max_iter: int = 200,
    tol: float = 1e-3,
) -> TaskBeliefs:
    """Estimate what share of its viewers would see each task as each class.

    Every label is drawn in two steps: the worker sees one of the classes that the task looks like, then names it
    with the worker's own confusion. Labels of an ambiguous task are thus not independent witnesses of one truth, and
    the belief does not run to certainty with their number, as Dawid-Skene's does.

    Parameters
    ----------
    gold : (n_tasks,) known classes, -1 where unknown; a known task looks like its class to all.
    weight : (n_labels,) what each label counts as a view of its task, in 0..1; by default 1.
    ambiguity : pseudo-labels of a task, spread as the classes' shares: 0 for tasks that look like one class only.
    tol : stop when no share moves by more.

    Returns
    -------
    TaskBeliefs
        posterior (n_tasks, n_classes): the expected shares; the class shares on tasks without labels.

    Raises
    ------
    ValueError
        `ambiguity` is not positive, or `gold` has another length than n_tasks or names a class that does not exist.

    Source: the mixture is that of Blei, Ng & Jordan 2003, doi:10.5555/944919.944937, fitted by collapsed variational
    Bayes of order zero (Asuncion et al. 2009, UAI 25:27); the confusions are those of `dawid_skene`.
    """
    if not ambiguity > 0.0:
        raise ValueError("ambiguity must be positive")
    known = known_classes(labels, gold)
    index = _Index.of(labels, weight)
    shares = vote_shares(labels, weight=weight)
    seen = with_gold(shares[labels.task], known[labels.task])
    n_iter, converged = 0, labels.n_labels == 0
    class_share = _class_share(shares, labels, priors)
    while n_iter < max_iter and not converged:
        n_iter += 1
        counts = index.by_task @ seen
        class_share = _class_share(counts, labels, priors)
        likelihood = _likelihood_without_itself(index, seen, labels, priors)
        seen = (counts[labels.task] - index.weight * seen + ambiguity * class_share) * likelihood
        seen /= seen.sum(axis=1, keepdims=True)
        seen = with_gold(seen, known[labels.task])
        last, shares = shares, _shares(index.by_task @ seen, ambiguity * class_share)
        converged = bool(np.abs(shares - last).max(initial=0.0) <= tol)
    if labels.n_labels == 0:
        shares = np.tile(class_share, (labels.n_tasks, 1))
    return TaskBeliefs(posterior=with_gold(shares, known), n_iter=n_iter, converged=converged)


def _likelihood_without_itself(
    index: _Index, seen: FloatArray, labels: LabelMatrix, priors: ConfusionPriors
) -> FloatArray:
    """Return (n_labels, n_classes) the chance of each label under each class seen, learned from the other labels."""
    mass = index.by_pair @ seen
    totals = np.zeros((labels.n_workers, labels.n_classes))
    np.add.at(totals, index.pair_worker, mass)
    pooled = np.zeros((labels.n_classes, labels.n_classes))
    np.add.at(pooled, index.pair_label, mass)
    start = priors.strength * priors.crowd(pooled.T).T
    likelihood: FloatArray = (mass[index.pair] - seen + start[labels.label]) / (
        totals[labels.worker] - seen + priors.strength
    )
    return likelihood


def _class_share(counts: FloatArray, labels: LabelMatrix, priors: ConfusionPriors) -> FloatArray:
    """Return (n_classes,) the classes' shares, every task with labels counting alike."""
    sums = counts.sum(axis=1, keepdims=True)
    answered = (np.bincount(labels.task, minlength=labels.n_tasks) > 0)[:, None]
    shares = np.divide(counts, sums, out=np.zeros_like(counts), where=answered & (sums > 0))
    mass = shares.sum(axis=0) + priors.class_strength
    share: FloatArray = mass / max(mass.sum(), 1e-300)
    return share


def _shares(counts: FloatArray, start: FloatArray) -> FloatArray:
    shares: FloatArray = counts + start
    shares /= np.maximum(shares.sum(axis=1, keepdims=True), 1e-300)
    return shares
