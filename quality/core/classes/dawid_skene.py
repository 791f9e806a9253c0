"""Dawid-Skene with priors: every worker leans on the crowd, and the crowd on plain competence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.special import digamma

from quality.core.classes.beliefs import Beliefs, Tally, known_classes, vote_shares, with_gold
from quality.core.classes.sweeping import weigh_again, weigh_evidence
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


class Inference(StrEnum):
    """Say how the skills enter the posteriors.

    MEAN takes the posterior mean of each confusion (EM with pseudo-counts); VARIATIONAL takes the mean of its
    logarithm, which trusts workers of few answers less.
    """

    MEAN = "mean"
    VARIATIONAL = "variational"


def dawid_skene(
    labels: LabelMatrix,
    *,
    gold: IntArray | None = None,
    weight: FloatArray | None = None,
    earlier: Tally | None = None,
    priors: ConfusionPriors = DEFAULT_PRIORS,
    inference: Inference = Inference.MEAN,
    max_iter: int = 100,
    tol: float = 1e-3,
) -> Beliefs:
    """Estimate true classes and worker confusion by EM, a posteriori.

    Parameters
    ----------
    labels : n_labels triples (task, worker, class), each numbered from 0.
    gold : (n_tasks,) known classes, -1 where unknown; a known task keeps its class and teaches the skills.
    weight : (n_labels,) what each label counts as evidence of its task, in 0..1; by default 1. Skills are learned
        from all labels alike.
    earlier : expected counts of the same workers' earlier answers, added to what is learned here.
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
    known = known_classes(labels, gold)
    links = LabelLinks.of(labels, weight=weight, also=earlier)
    added = 0.0 if earlier is None else links.aligned(earlier)
    answered = np.bincount(labels.task, minlength=labels.n_tasks) > 0
    informative = answered | (known >= 0)
    # The sweeps write into this array: nobody else holds it.
    posterior = with_gold(vote_shares(labels, weight=weight), known).copy()
    n_iter, converged = 0, labels.n_labels == 0
    skill = _m_step(links, posterior, added, informative=informative, priors=priors)
    while n_iter < max_iter and not converged:
        n_iter += 1
        log_likelihood, log_prior = _expected_logs(*skill, priors.strength, inference)
        moved = weigh_again(links, log_likelihood, log_prior, into=posterior, known=known)
        skill = _m_step(links, posterior, added, informative=informative, priors=priors)
        converged = moved <= tol
    tally, crowd, class_prior = skill
    posterior[~answered] = class_prior
    return Beliefs(
        posterior=with_gold(posterior, known),
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
    log_likelihood, log_prior = _expected_logs(
        beliefs.tally, beliefs.crowd_confusion, beliefs.class_prior, beliefs.strength, Inference.MEAN
    )
    posterior = np.zeros((labels.n_tasks, labels.n_classes))
    weigh_evidence(links, log_likelihood, log_prior, into=posterior, task_weight=weight)
    return posterior


def _expected_logs(
    tally: Tally, crowd: FloatArray, class_mass: FloatArray, strength: float, inference: Inference
) -> tuple[FloatArray, FloatArray]:
    """Return (n_pairs, n_classes) log chances of each pair's label under each truth, and those of the classes."""
    mass = tally.mass + strength * crowd.T[tally.label]
    totals = (tally.totals() + strength)[tally.worker]
    if inference is Inference.VARIATIONAL:
        return digamma(mass) - digamma(totals), np.log(class_mass)
    return np.log(mass) - np.log(totals), np.log(class_mass)


def _m_step(
    links: LabelLinks,
    posterior: FloatArray,
    added: FloatArray | float,
    *,
    informative: NDArray[np.bool_],
    priors: ConfusionPriors,
) -> tuple[Tally, FloatArray, FloatArray]:
    """Return the workers' expected counts, the crowd's confusion and the class prior given the posteriors."""
    tally = links.tally(posterior)
    tally = Tally(worker=tally.worker, label=tally.label, mass=tally.mass + added, n_workers=tally.n_workers)
    class_mass = informative.astype(np.float64) @ posterior + priors.class_strength
    return tally, priors.crowd(tally.pooled()), class_mass / max(class_mass.sum(), 1e-300)
