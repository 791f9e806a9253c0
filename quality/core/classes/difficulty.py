"""GLAD: workers have an ability, tasks a difficulty, and the two decide how likely the right label is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from quality.core.classes.beliefs import TaskBeliefs, known_classes, vote_shares, with_gold
from quality.core.labels import FloatArray, IntArray, LabelMatrix

NEWTON_STEPS = 5
MAX_LOG_EASE = 4.0


@dataclass(frozen=True)
class GladPriors:
    """Hold what is assumed before any answer, as normal distributions.

    Parameters
    ----------
    ability, ability_sd : of the workers, on the logit scale of a task of ease 1.
    log_ease_sd : of the logarithm of the tasks' ease, around 0.
    class_strength : pseudo-tasks per class in the class prior.
    """

    ability: float = 1.0
    ability_sd: float = 1.0
    log_ease_sd: float = 0.5
    class_strength: float = 20.0

    def __post_init__(self) -> None:
        if min(self.ability_sd, self.log_ease_sd, self.class_strength) <= 0.0:
            raise ValueError("spreads and strengths must be positive")


@dataclass(frozen=True)
class GladBeliefs(TaskBeliefs):
    """State what is believed of every task and worker.

    Parameters
    ----------
    ability : (n_workers,) logit of the chance of the right label on a task of ease 1; negative = worse than a coin.
    ease : (n_tasks,) positive; near 0 nobody can tell.
    """

    ability: FloatArray
    ease: FloatArray


DEFAULT_GLAD_PRIORS = GladPriors()


def glad(
    labels: LabelMatrix,
    *,
    gold: IntArray | None = None,
    priors: GladPriors = DEFAULT_GLAD_PRIORS,
    max_iter: int = 50,
    tol: float = 1e-3,
) -> GladBeliefs:
    """Estimate true classes, abilities and ease by EM, a posteriori.

    A label is right with chance expit(ability x ease); a wrong one falls on any other class alike.

    Parameters
    ----------
    gold : (n_tasks,) known classes, -1 where unknown; a known task keeps its class.
    tol : stop when no posterior moves by more (probability).

    Raises
    ------
    ValueError
        `gold` has another length than n_tasks or names a class that does not exist.

    Source: Whitehill et al. 2009, NIPS 22:2035; the M-step by damped Newton steps on each parameter by itself.
    """
    known = known_classes(labels, gold)
    posterior = with_gold(vote_shares(labels), known)
    ability = np.full(labels.n_workers, priors.ability)
    log_ease = np.zeros(labels.n_tasks)
    n_iter, converged = 0, labels.n_labels == 0
    while n_iter < max_iter and not converged:
        n_iter += 1
        for _ in range(NEWTON_STEPS):
            ability = _better_ability(labels, posterior, ability, log_ease, priors)
            log_ease = _better_ease(labels, posterior, ability, log_ease, priors)
        last, posterior = posterior, with_gold(_posterior(labels, posterior, ability, log_ease, priors), known)
        converged = bool(np.abs(posterior - last).max(initial=0.0) <= tol)
    return GladBeliefs(posterior=posterior, n_iter=n_iter, converged=converged, ability=ability, ease=np.exp(log_ease))


def _surplus(
    labels: LabelMatrix, posterior: FloatArray, ability: FloatArray, log_ease: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return, for each label, the ease, the chance of being right above expectation, and its variance."""
    ease = np.exp(log_ease)[labels.task]
    expected = expit(ability[labels.worker] * ease)
    return ease, posterior[labels.task, labels.label] - expected, expected * (1.0 - expected)


def _better_ability(
    labels: LabelMatrix, posterior: FloatArray, ability: FloatArray, log_ease: FloatArray, priors: GladPriors
) -> FloatArray:
    ease, surplus, variance = _surplus(labels, posterior, ability, log_ease)
    slope = np.bincount(labels.worker, weights=surplus * ease, minlength=labels.n_workers)
    bend = np.bincount(labels.worker, weights=variance * ease**2, minlength=labels.n_workers)
    precision = priors.ability_sd**-2
    better: FloatArray = ability + (slope - (ability - priors.ability) * precision) / (bend + precision)
    return better


def _better_ease(
    labels: LabelMatrix, posterior: FloatArray, ability: FloatArray, log_ease: FloatArray, priors: GladPriors
) -> FloatArray:
    ease, surplus, variance = _surplus(labels, posterior, ability, log_ease)
    reach = ability[labels.worker] * ease
    slope = np.bincount(labels.task, weights=surplus * reach, minlength=labels.n_tasks)
    # The expected curvature; the exact one may be of either sign and would send the step astray.
    bend = np.bincount(labels.task, weights=variance * reach**2, minlength=labels.n_tasks)
    precision = priors.log_ease_sd**-2
    step = (slope - log_ease * precision) / (bend + precision)
    better: FloatArray = np.clip(log_ease + np.clip(step, -1.0, 1.0), -MAX_LOG_EASE, MAX_LOG_EASE)
    return better


def _posterior(
    labels: LabelMatrix, posterior: FloatArray, ability: FloatArray, log_ease: FloatArray, priors: GladPriors
) -> FloatArray:
    shape = posterior.shape
    logit = ability[labels.worker] * np.exp(log_ease)[labels.task]
    # log(right) - log(wrong on one class): all other terms are the same for every class.
    gain = logit + np.log(max(labels.n_classes - 1, 1))
    code = labels.task * labels.n_classes + labels.label
    scores = np.bincount(code, weights=gain, minlength=shape[0] * shape[1]).reshape(shape)
    answered = np.bincount(labels.task, minlength=labels.n_tasks) > 0
    mass = answered.astype(np.float64) @ posterior + priors.class_strength
    scores = scores + np.log(mass / max(mass.sum(), 1e-300))
    scores -= scores.max(axis=1, keepdims=True, initial=-np.inf)
    unscaled = np.exp(scores)
    believed: FloatArray = unscaled / np.maximum(unscaled.sum(axis=1, keepdims=True), 1e-300)
    return believed
