"""What more answers on a task may be expected to gain."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from quality.core.labels import FloatArray, IntArray

BoolArray = NDArray[np.bool_]

HORIZON = 12
# Below and above these a belief is as good as certain, and its log-odds would be infinite.
LEAST_DOUBT = 1e-9
LEAST_CHANCE = 1e-6


def information_between(confusion: FloatArray, first: IntArray, second: IntArray) -> FloatArray:
    """Return (n,) the expected log-likelihood ratio, in nats, by which an answer tells two classes apart.

    Parameters
    ----------
    confusion : (n_classes, n_classes) of a worker of the crowd, axis 0 = truth, rows sum to 1.
    first, second : (n,) the two classes; equal ones have no information between them.

    Source: half the symmetric divergence of Jeffreys 1946, doi:10.1098/rspa.1946.0056.
    """
    chances = np.maximum(confusion, LEAST_CHANCE)
    differences = (chances[first] - chances[second]) * np.log(chances[first] / chances[second])
    information: FloatArray = 0.5 * differences.sum(axis=1)
    return information


def information_of_tasks(posterior: FloatArray, confusion: FloatArray) -> FloatArray:
    """Return (n_tasks,) the information between the two likeliest classes of each task, in nats an answer.

    Parameters
    ----------
    posterior : (n_tasks, n_classes) rows sum to 1. With fewer than two classes there is nothing to tell apart: 0.
    """
    if posterior.shape[1] < 2:
        return np.zeros(len(posterior))
    likeliest = np.argpartition(posterior, -2, axis=1)[:, -2:].astype(np.int64)
    return information_between(confusion, likeliest[:, 0], likeliest[:, 1])


def expected_accuracy(confidence: FloatArray, information: FloatArray, n_more: int) -> FloatArray:
    """Return (n_tasks,) the chance that the conclusion is right after `n_more` further answers.

    Parameters
    ----------
    confidence : (n_tasks,) belief in the present conclusion, 0..1.
    information : (n_tasks,) nats an answer, not negative.

    Notes
    -----
    The log-odds of the conclusion against everything else move by the information of each answer, upwards if it is
    right and downwards if not, with a variance of twice that: the only normal law under which log-odds that are
    calibrated stay so. One answer alone can seldom turn a conclusion, several together can; the usual expected gain
    of a single answer is therefore zero on most tasks, and blind.
    """
    chance = np.clip(confidence, LEAST_DOUBT, 1.0 - LEAST_DOUBT)
    odds = np.log(chance / (1.0 - chance))
    drift = np.maximum(n_more * information, 1e-12)
    spread = np.sqrt(2.0 * drift)
    accuracy: FloatArray = chance * ndtr((odds + drift) / spread) + (1.0 - chance) * ndtr((drift - odds) / spread)
    return accuracy


def gains(confidence: FloatArray, information: FloatArray, *, n_left: IntArray, horizon: int = HORIZON) -> FloatArray:
    """Return (n_tasks, horizon) the expected gain of accuracy by 1, 2, ... further answers.

    Parameters
    ----------
    n_left : (n_tasks,) answers that a task may still get; what lies beyond gains no more than those do.
    horizon : answers looked ahead, at least 1.
    """
    found = np.zeros((len(confidence), horizon))
    chance = np.clip(confidence, LEAST_DOUBT, 1.0 - LEAST_DOUBT)
    for n_more in range(1, horizon + 1):
        gain = np.maximum(expected_accuracy(confidence, information, n_more) - chance, 0.0)
        before = found[:, n_more - 2] if n_more > 1 else 0.0
        found[:, n_more - 1] = np.where(n_more <= n_left, np.maximum(gain, before), before)
    return found


def gain_per_answer(
    confidence: FloatArray, information: FloatArray, *, n_left: IntArray, horizon: int = HORIZON
) -> FloatArray:
    """Return (n_tasks,) the expected gain of accuracy per answer, for the number of answers that gains most each.

    0 where no answer may follow. Arguments as of `gains`.
    """
    found = gains(confidence, information, n_left=n_left, horizon=horizon)
    best: FloatArray = (found / np.arange(1, horizon + 1)).max(axis=1)
    return best


def is_worth_an_answer(
    confidence: FloatArray, information: FloatArray, least_gain: float, *, n_left: int, horizon: int = HORIZON
) -> BoolArray:
    """Return (n_tasks,) whether `gain_per_answer` is `least_gain` or more, a positive one, for tasks with as many left.

    Sooner, as who is found worth it is looked at no further: most are by as many answers as are looked ahead.
    """
    worth = np.zeros(len(confidence), dtype=np.bool_)
    for n_more in range(min(n_left, horizon), 0, -1):
        rows = np.flatnonzero(~worth)
        if not len(rows):
            break
        chance = np.clip(confidence[rows], LEAST_DOUBT, 1.0 - LEAST_DOUBT)
        gain = expected_accuracy(confidence[rows], information[rows], n_more) - chance
        worth[rows] = gain / n_more >= least_gain
    return worth


def gain_of_task(posterior: FloatArray, confusion: FloatArray, *, n_left: int) -> float:
    """Return the expected gain of accuracy per answer on one task.

    Parameters
    ----------
    posterior : (n_classes,) sums to 1.
    confusion : (n_classes, n_classes) of a worker of the crowd.
    n_left : answers that the task may still get.
    """
    row = posterior[None]
    information = float(information_of_tasks(row, confusion)[0])
    return gain_of_belief(float(posterior.max(initial=0.0)), information, n_left=n_left)


def gain_of_belief(confidence: float, information: float, *, n_left: int) -> float:
    """Return the same from a belief in the conclusion, 0..1, and the information of an answer, in nats."""
    left = np.array([n_left], dtype=np.int64)
    return float(gain_per_answer(np.array([confidence]), np.array([information]), n_left=left)[0])
