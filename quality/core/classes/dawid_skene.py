"""Dawid-Skene with priors: every worker leans on the crowd, and the crowd on plain competence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quality.core.classes.beliefs import Beliefs, Tally, vote_shares
from quality.core.classes.tallying import LabelLinks
from quality.core.labels import FloatArray, IntArray, LabelMatrix


@dataclass(frozen=True)
class ConfusionPriors:
    """Hold what is assumed before any answer; strengths are pseudo-answers per true class.

    Parameters
    ----------
    competence : assumed chance of the right label, in (0, 1); the rest is spread evenly over the other classes.
    crowd_strength : weight of plain competence in the crowd's pooled confusion.
    pooled_strength : weight of the crowd's pooled confusion in each worker's.
    competence_strength : weight of plain competence in each worker's; it is what keeps few labels from collapsing
        into one class, because the pooled confusion may drift while this anchor does not.
    class_strength : pseudo-tasks per class in the class prior.
    """

    competence: float = 0.7
    crowd_strength: float = 10.0
    pooled_strength: float = 1.0
    competence_strength: float = 0.5
    class_strength: float = 20.0

    def __post_init__(self) -> None:
        if not 0.0 < self.competence < 1.0:
            raise ValueError("competence must lie in (0, 1)")
        strengths = (self.crowd_strength, self.pooled_strength, self.competence_strength, self.class_strength)
        if min(strengths) <= 0.0:
            raise ValueError("strengths must be positive")

    @property
    def strength(self) -> float:
        """Return the pseudo-answers per true class that a worker starts with."""
        return self.pooled_strength + self.competence_strength

    def plain(self, n_classes: int) -> FloatArray:
        """Return (n_classes, n_classes) the confusion of plain competence."""
        if n_classes <= 1:
            return np.ones((n_classes, n_classes))
        confusion = np.full((n_classes, n_classes), (1.0 - self.competence) / (n_classes - 1))
        np.fill_diagonal(confusion, self.competence)
        return confusion

    def crowd(self, pooled_counts: FloatArray) -> FloatArray:
        """Return the confusion expected of an unknown worker, given (n_classes, n_classes) pooled counts."""
        plain = self.plain(len(pooled_counts))
        counts = pooled_counts + self.crowd_strength * plain
        pooled = counts / counts.sum(axis=1, keepdims=True)
        mixed: FloatArray = (self.pooled_strength * pooled + self.competence_strength * plain) / self.strength
        return mixed


DEFAULT_PRIORS = ConfusionPriors()


def dawid_skene(
    labels: LabelMatrix,
    *,
    gold: IntArray | None = None,
    priors: ConfusionPriors = DEFAULT_PRIORS,
    max_iter: int = 100,
    tol: float = 1e-3,
) -> Beliefs:
    """Estimate true classes and worker confusion by EM, a posteriori.

    Parameters
    ----------
    labels : n_labels triples (task, worker, class), each numbered from 0.
    gold : (n_tasks,) known classes, -1 where unknown; a known task keeps its class and teaches the skills.
    max_iter : sweeps at most.
    tol : stop when no posterior moves by more (probability).

    Returns
    -------
    Beliefs
        posterior (n_tasks, n_classes), one-hot on gold tasks, the class prior on tasks without labels.

    Raises
    ------
    ValueError
        `gold` has another length than n_tasks or names a class that does not exist.

    Notes
    -----
    Starting from the vote shares, each sweep counts the expected confusion of every worker, draws it towards the
    crowd's pooled confusion and plain competence (Dirichlet pseudo-counts), and weighs the labels anew.
    The change of the posteriors is the stop value: it is free, and it cannot fall below the tolerance by accident
    as a mistaken bound may.

    Source: Dawid & Skene 1979, doi:10.2307/2346806; priors on the confusion after Kim & Ghahramani 2012, PMLR 22:619.
    """
    known = _known_classes(labels, gold)
    links = LabelLinks.of(labels)
    answered = np.bincount(labels.task, minlength=labels.n_tasks) > 0
    posterior = _with_gold(vote_shares(labels), known)
    n_iter, converged = 0, labels.n_labels == 0
    tally, crowd, class_prior = _m_step(links, posterior, informative=answered | (known >= 0), priors=priors)
    while n_iter < max_iter and not converged:
        n_iter += 1
        previous = posterior
        posterior = _with_gold(_e_step(links, tally, crowd, class_prior, priors.strength), known)
        tally, crowd, class_prior = _m_step(links, posterior, informative=answered | (known >= 0), priors=priors)
        converged = bool(np.abs(posterior - previous)[answered].max(initial=0.0) <= tol)
    posterior = _with_gold(np.where(answered[:, None], posterior, class_prior), known)
    return Beliefs(
        posterior=posterior,
        class_prior=class_prior,
        crowd_confusion=crowd,
        strength=priors.strength,
        tally=tally,
        n_iter=n_iter,
        converged=converged,
    )


def discounted_posterior(labels: LabelMatrix, beliefs: Beliefs, *, correlation: float) -> FloatArray:
    """Return (n_tasks, n_classes) posteriors from a fit's skills, for workers who err together to some extent.

    Parameters
    ----------
    labels : the labels `beliefs` was fitted on.
    correlation : the log-likelihood of a task's n labels is divided by 1 + correlation (n - 1); 0 = independent.

    Notes
    -----
    Gold plays no part here but through the skills: a gold task's posterior comes from its labels.
    """
    n_labels = np.bincount(labels.task, minlength=labels.n_tasks)
    weight = 1.0 / (1.0 + correlation * np.maximum(n_labels - 1, 0))
    links = LabelLinks.of(labels)
    return _e_step(links, beliefs.tally, beliefs.crowd_confusion, beliefs.class_prior, beliefs.strength, weight=weight)


def _e_step(
    links: LabelLinks,
    tally: Tally,
    crowd: FloatArray,
    class_prior: FloatArray,
    strength: float,
    *,
    weight: FloatArray | None = None,
) -> FloatArray:
    """Return (n_tasks, n_classes) posteriors given the workers' expected counts and the tasks' weights of evidence."""
    # One row per (worker, label) pair: the posterior mean chance of that label under each truth.
    log_likelihood = np.log(tally.mass + strength * crowd.T[tally.label])
    log_likelihood -= np.log(tally.totals() + strength)[tally.worker]
    evidence = links.incidence @ log_likelihood
    log_posterior = (evidence if weight is None else evidence * weight[:, None]) + np.log(class_prior)
    # The largest is taken off before leaving the logs, or hundreds of labels on a task would underflow to 0/0.
    log_posterior -= log_posterior.max(axis=1, keepdims=True, initial=-np.inf)
    unscaled = np.exp(log_posterior)
    posterior: FloatArray = unscaled / unscaled.sum(axis=1, keepdims=True)
    return posterior


def _m_step(
    links: LabelLinks, posterior: FloatArray, *, informative: NDArray[np.bool_], priors: ConfusionPriors
) -> tuple[Tally, FloatArray, FloatArray]:
    """Return the workers' expected counts, the crowd's confusion and the class prior given the posteriors."""
    tally = links.tally(posterior)
    class_mass = posterior[informative].sum(axis=0) + priors.class_strength
    return tally, priors.crowd(tally.pooled()), class_mass / max(class_mass.sum(), 1e-300)


def _known_classes(labels: LabelMatrix, gold: IntArray | None) -> IntArray:
    """Return (n_tasks,) gold classes, -1 where unknown, checked."""
    if gold is None:
        return np.full(labels.n_tasks, -1, dtype=np.int64)
    known = np.asarray(gold, dtype=np.int64)
    if known.shape != (labels.n_tasks,) or (known >= labels.n_classes).any() or (known < -1).any():
        raise ValueError("gold must hold one class number or -1 for each task")
    return known


def _with_gold(posterior: FloatArray, known: IntArray) -> FloatArray:
    """Return the posteriors with gold tasks made certain."""
    is_known = known >= 0
    if not is_known.any():
        return posterior
    certain = posterior.copy()
    certain[is_known] = 0.0
    certain[is_known, known[is_known]] = 1.0
    return certain
