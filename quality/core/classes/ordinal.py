"""Dawid-Skene for ordered classes: a worker's label is the true grade, shifted and blurred."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quality.core.classes.beliefs import TaskBeliefs, known_classes, vote_shares, with_gold
from quality.core.classes.sweeping import weigh_again
from quality.core.classes.tallying import LabelLinks
from quality.core.labels import FloatArray, IntArray, LabelMatrix

LEAST_SPREAD = 0.1


@dataclass(frozen=True)
class OrdinalPriors:
    """Hold what is assumed of a worker before any answer.

    Parameters
    ----------
    spread : standard deviation of a worker's labels around the truth, in grades.
    strength : pseudo-answers behind the spread, and behind a shift of 0.
    slip : chance of a label that has nothing to do with the truth, spread evenly; keeps one typing error from
        outweighing all others.
    class_strength : pseudo-tasks per class in the class prior. Infinite keeps the grades equally likely: blurred labels
        say little of how frequent a grade is, and a prior learned from them lets one grade take all.
    """

    spread: float = 1.0
    strength: float = 3.0
    slip: float = 0.05
    class_strength: float = np.inf

    def __post_init__(self) -> None:
        if min(self.spread, self.strength, self.class_strength) <= 0.0 or not 0.0 < self.slip < 1.0:
            raise ValueError("spread and strengths must be positive, slip in (0, 1)")


@dataclass(frozen=True)
class OrdinalBeliefs(TaskBeliefs):
    """State what is believed of every task and worker, in grades: class numbers are taken for the order.

    Parameters
    ----------
    shift : (n_workers,) mean of label minus truth; positive = generous.
    spread : (n_workers,) standard deviation of label minus truth around the shift.
    """

    shift: FloatArray
    spread: FloatArray

    @property
    def expected_grade(self) -> FloatArray:
        """Return (n_tasks,) the mean of the believed grades."""
        return self.posterior @ np.arange(self.posterior.shape[1], dtype=np.float64)


DEFAULT_ORDINAL_PRIORS = OrdinalPriors()


def ordinal_dawid_skene(
    labels: LabelMatrix,
    *,
    gold: IntArray | None = None,
    priors: OrdinalPriors = DEFAULT_ORDINAL_PRIORS,
    max_iter: int = 100,
    tol: float = 1e-3,
) -> OrdinalBeliefs:
    """Estimate true grades, and each worker's shift and spread, by EM.

    Two numbers a worker, whatever the number of grades: where full confusions starve, this one does not.

    Parameters
    ----------
    labels : classes numbered in their order, equally far apart.
    gold : (n_tasks,) known classes, -1 where unknown; a known task keeps its class.
    tol : stop when no posterior moves by more (probability).

    Raises
    ------
    ValueError
        `gold` has another length than n_tasks or names a class that does not exist.

    Notes
    -----
    The chance of label l under truth k is a normal density at l - k - shift, over the existing labels summing to 1.
    The M-step takes shift and spread from the moments of l - k, which leaves out what the ends of the scale cut off.

    Source: the normal annotator of Raykar et al. 2010, JMLR 11:1297, section 4, on discrete truth.
    """
    known = known_classes(labels, gold)
    links = LabelLinks.of(labels)
    answered = np.bincount(labels.task, minlength=labels.n_tasks) > 0
    posterior = with_gold(vote_shares(labels), known).copy()
    shift, spread = _moments(links, posterior, priors)
    log_prior = _log_prior(posterior, answered, priors)
    n_iter, converged = 0, labels.n_labels == 0
    while n_iter < max_iter and not converged:
        n_iter += 1
        table = _log_table(links, shift, spread, priors)
        moved = weigh_again(links, table, log_prior, into=posterior, known=known)
        shift, spread = _moments(links, posterior, priors)
        log_prior = _log_prior(posterior, answered, priors)
        converged = moved <= tol
    return OrdinalBeliefs(posterior=posterior, n_iter=n_iter, converged=converged, shift=shift, spread=spread)


def _moments(links: LabelLinks, posterior: FloatArray, priors: OrdinalPriors) -> tuple[FloatArray, FloatArray]:
    """Return (n_workers,) shift and spread, drawn to 0 and to the spread assumed."""
    mass = links.tally(posterior).mass
    apart = links.label[:, None] - np.arange(links.n_classes)[None, :]
    count, first, second = (
        np.bincount(links.worker, weights=(mass * apart**power).sum(axis=1), minlength=links.n_workers)
        for power in (0, 1, 2)
    )
    shift = first / (count + priors.strength)
    around = second - 2.0 * shift * first + shift**2 * count
    variance = (np.maximum(around, 0.0) + priors.strength * priors.spread**2) / (count + priors.strength)
    return shift, np.sqrt(np.maximum(variance, LEAST_SPREAD**2))


def _log_table(links: LabelLinks, shift: FloatArray, spread: FloatArray, priors: OrdinalPriors) -> FloatArray:
    """Return (n_pairs, n_classes) the log chance of each pair's label under each truth."""
    grades = np.arange(links.n_classes)
    worker = links.worker
    density = _density(links.label[:, None] - grades[None, :], shift[worker, None], spread[worker, None])
    total = np.zeros((links.n_workers, links.n_classes))
    for label in range(links.n_classes):
        total += _density(label - grades[None, :], shift[:, None], spread[:, None])
    chance = density / np.maximum(total[worker], 1e-300)
    table: FloatArray = np.log((1.0 - priors.slip) * chance + priors.slip / max(links.n_classes, 1))
    return table


def _density(apart: IntArray, shift: FloatArray, spread: FloatArray) -> FloatArray:
    density: FloatArray = np.exp(-0.5 * ((apart - shift) / spread) ** 2)
    return density


def _log_prior(posterior: FloatArray, answered: NDArray[np.bool_], priors: OrdinalPriors) -> FloatArray:
    if not np.isfinite(priors.class_strength):
        return np.zeros(posterior.shape[1])
    mass = answered.astype(np.float64) @ posterior + priors.class_strength
    log_prior: FloatArray = np.log(mass / max(mass.sum(), 1e-300))
    return log_prior
