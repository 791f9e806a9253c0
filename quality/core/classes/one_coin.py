"""One-coin Dawid-Skene: each worker is right with one probability, whatever the class."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma

from quality.core.classes.beliefs import TaskBeliefs, known_classes, vote_shares, with_gold
from quality.core.classes.dawid_skene import Inference
from quality.core.classes.sweeping import weigh_again
from quality.core.classes.tallying import LabelLinks
from quality.core.labels import FloatArray, IntArray, LabelMatrix


@dataclass(frozen=True)
class CoinPriors:
    """Hold what is assumed of a worker before any answer.

    Parameters
    ----------
    right, wrong : pseudo-answers; with few labels a coin without them lets all tasks fall into one class.
    class_strength : pseudo-tasks per class in the class prior; infinite keeps the classes equally likely.
    """

    right: float = 4.0
    wrong: float = 1.0
    class_strength: float = np.inf

    def __post_init__(self) -> None:
        if min(self.right, self.wrong, self.class_strength) <= 0.0:
            raise ValueError("pseudo-answers must be positive")


@dataclass(frozen=True)
class CoinBeliefs(TaskBeliefs):
    """State what is believed of every task, and how often each worker is right.

    Parameters
    ----------
    accuracy : (n_workers,) expected chance of the right label.
    """

    accuracy: FloatArray


UNIFORM_CLASSES = CoinPriors()


def one_coin(
    labels: LabelMatrix,
    *,
    gold: IntArray | None = None,
    weight: FloatArray | None = None,
    priors: CoinPriors = UNIFORM_CLASSES,
    inference: Inference = Inference.VARIATIONAL,
    max_iter: int = 100,
    tol: float = 1e-3,
) -> CoinBeliefs:
    """Estimate true classes and the workers' accuracies.

    Parameters
    ----------
    gold : (n_tasks,) known classes, -1 where unknown; a known task keeps its class.
    weight : (n_labels,) what each label counts as evidence of its task, in 0..1; by default 1.
    tol : stop when no posterior moves by more (probability).

    Raises
    ------
    ValueError
        `gold` has another length than n_tasks or names a class that does not exist.

    Source: the homogeneous case of Dawid & Skene 1979, doi:10.2307/2346806; variational with Beta priors after
    Liu, Peng & Ihler 2012, NIPS 25:692.
    """
    known = known_classes(labels, gold)
    links = LabelLinks.of(labels, weight=weight)
    posterior = with_gold(vote_shares(labels, weight=weight), known).copy()
    n_labels = np.bincount(labels.worker, minlength=labels.n_workers).astype(np.float64)
    n_iter, converged = 0, labels.n_labels == 0
    right = _right(links, posterior)
    log_prior = _log_class_prior(posterior, priors)
    while n_iter < max_iter and not converged:
        n_iter += 1
        table = _log_table(links, right, n_labels, priors, inference)
        moved = weigh_again(links, table, log_prior, into=posterior, known=known)
        right, log_prior = _right(links, posterior), _log_class_prior(posterior, priors)
        converged = moved <= tol
    return CoinBeliefs(
        posterior=posterior,
        n_iter=n_iter,
        converged=converged,
        accuracy=(right + priors.right) / (n_labels + priors.right + priors.wrong),
    )


def _right(links: LabelLinks, posterior: FloatArray) -> FloatArray:
    """Return (n_workers,) the expected number of right labels."""
    if links.n_classes == 0:
        return np.zeros(links.n_workers)
    right = links.tally(posterior).mass[np.arange(len(links.label)), links.label]
    return np.bincount(links.worker, weights=right, minlength=links.n_workers).astype(np.float64, copy=False)


def _log_table(
    links: LabelLinks, right: FloatArray, n_labels: FloatArray, priors: CoinPriors, inference: Inference
) -> FloatArray:
    """Return (n_pairs, n_classes) the log chance of each pair's label under each truth."""
    log = digamma if inference is Inference.VARIATIONAL else np.log
    total = log(n_labels + priors.right + priors.wrong)
    log_right = log(right + priors.right) - total
    wrong = np.maximum(n_labels - right, 0.0)
    log_wrong = log(wrong + priors.wrong) - total - np.log(max(links.n_classes - 1, 1))
    table = np.repeat(log_wrong[links.worker][:, None], links.n_classes, axis=1)
    table[np.arange(len(links.label)), links.label] = log_right[links.worker]
    return table


def _log_class_prior(posterior: FloatArray, priors: CoinPriors) -> FloatArray:
    n_classes = posterior.shape[1]
    if not np.isfinite(priors.class_strength):
        return np.zeros(n_classes)
    mass = posterior.sum(axis=0) + priors.class_strength
    log_prior: FloatArray = np.log(mass / max(mass.sum(), 1e-300))
    return log_prior
