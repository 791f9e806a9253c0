"""The belief of one task from its answers so far, with skills as they stand."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from quality.core.classes.beliefs import TIE_TOLERANCE
from quality.core.classes.skills import ClassSkills
from quality.core.gain import gain_per_answer, information_of_tasks
from quality.core.labels import FloatArray, IntArray
from quality.core.stopping import Decision, StoppingRule
from quality.core.stopping import decide as decide_by_confidence

DEFAULT_CORRELATION = 0.1


@dataclass(frozen=True)
class TaskBelief:
    """State what is believed of one task.

    Parameters
    ----------
    classes : names, in the order of `posterior`.
    posterior : (n_classes,) sums to 1.
    n_answers : answers of different workers it rests on.
    """

    classes: tuple[str, ...]
    posterior: FloatArray
    n_answers: int

    @property
    def confidence(self) -> float:
        """Return the belief in the likeliest class."""
        return float(self.posterior.max(initial=0.0))

    @property
    def label(self) -> str | None:
        """Return the likeliest class; None without answers or where classes tie."""
        likeliest = np.flatnonzero(self.posterior >= self.confidence - TIE_TOLERANCE)
        return self.classes[likeliest[0]] if self.n_answers and len(likeliest) == 1 else None


def group_posteriors(
    worker: IntArray,
    label: IntArray,
    group: IntArray,
    *,
    n_groups: int,
    worker_ids: Sequence[Hashable],
    skills: ClassSkills,
    correlation: float,
) -> FloatArray:
    """Weigh the votes on many things in one go, those on one thing being a group.

    Parameters
    ----------
    worker, label, group : (n_votes,) numbers: of the worker among `worker_ids`, of the class, and of the group, in
        which no worker is twice.
    skills : a worker not in them is taken for an average one.
    correlation : share by which any two workers are taken to err together, 0..1. The log-likelihood of n votes
        is divided by 1 + correlation (n - 1), the design effect of clustered samples: people who see the same
        misleading image are not independent witnesses, and belief that ignores it stops too early.

    Returns
    -------
    (n_groups, n_classes) posteriors; the class prior where nobody voted.

    Raises
    ------
    ValueError
        `correlation` is outside 0..1.

    Source: Kish 1965, Survey Sampling, section 5.4 (design effect).
    """
    if not 0.0 <= correlation <= 1.0:
        raise ValueError("correlation must lie in 0..1")
    n_classes = len(skills.crowd.classes)
    pairs, pair = np.unique(worker * n_classes + label, return_inverse=True)
    likelihoods = [
        skills.of(worker_ids[number // n_classes]).likelihood(number % n_classes, skills.crowd)
        for number in pairs.tolist()
    ]
    log_likelihood = np.log(np.reshape(likelihoods, (len(pairs), n_classes)))
    votes = sparse.coo_array((np.ones(len(group)), (group, pair)), shape=(n_groups, len(pairs)))
    n_votes = np.bincount(group, minlength=n_groups)
    evidence = (votes @ log_likelihood) / (1.0 + correlation * np.maximum(n_votes - 1, 0))[:, None]
    scores = np.log(skills.crowd.class_prior) + evidence
    chances = np.exp(scores - scores.max(axis=1, keepdims=True, initial=-np.inf))
    posterior: FloatArray = chances / chances.sum(axis=1, keepdims=True)
    return posterior


def decide(belief: TaskBelief, rule: StoppingRule, *, gain: float | None = None) -> Decision:
    """Say whether the task is retired, disputed, futile, or wants one more answer."""
    return decide_by_confidence(belief.confidence, n_answers=belief.n_answers, rule=rule, gain=gain)


def stops(
    posterior: FloatArray, n_answers: IntArray, rule: StoppingRule, *, confusion: FloatArray, n_left: IntArray
) -> NDArray[np.bool_]:
    """Return which tasks (n_tasks,) stop at the target or because more answers would gain too little.

    What `decide` says of one task, except that nothing is said of those whose answers are used up.

    Parameters
    ----------
    posterior : (n_tasks, n_classes) present beliefs.
    n_answers, n_left : (n_tasks,) answers that each task has, and may still get.
    confusion : (n_classes, n_classes) of a worker of the crowd, axis 0 = truth.
    """
    confidence = posterior.max(axis=1, initial=0.0)
    stopped = confidence >= rule.target_confidence
    if rule.least_gain > 0.0:
        # Nothing is gained by answers that may not be asked for, yet a task does not become futile by that.
        left = np.maximum(n_left, 1)
        gain = gain_per_answer(confidence, information_of_tasks(posterior, confusion), n_left=left)
        stopped |= gain < rule.least_gain
    enough: NDArray[np.bool_] = stopped & (n_answers >= rule.min_overlap)
    return enough
