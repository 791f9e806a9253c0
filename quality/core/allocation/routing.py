"""Which task a worker should get next, and when it should be gold."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from quality.core.labels import FloatArray

LEAST_CHANCE = 1e-12
# Gold is drawn at the full rate until the worker's accuracy is known within this standard deviation.
KNOWN_WITHIN = 0.07
RIGHT, WRONG = 4.0, 1.0


def answer_information(posterior: FloatArray, confusion: FloatArray) -> FloatArray:
    """Return (n_tasks,) by how much one answer of a worker lowers the doubt about each task, in nats.

    Parameters
    ----------
    posterior : (n_tasks, n_classes) present beliefs, rows sum to 1.
    confusion : (n_classes, n_classes) of the worker, axis 0 = truth, rows sum to 1.

    Source: the mutual information of answer and class, Lindley 1956, doi:10.1214/aoms/1177728069.
    """
    answer = np.maximum(posterior @ confusion, LEAST_CHANCE)
    chances = np.maximum(confusion, LEAST_CHANCE)
    doubt_of_answer = -(answer * np.log(answer)).sum(axis=1)
    doubt_given_truth = posterior @ -(chances * np.log(chances)).sum(axis=1)
    # Rounding may leave a task that is certain slightly below 0.
    information: FloatArray = np.maximum(doubt_of_answer - doubt_given_truth, 0.0)
    return information


def rank_tasks(posterior: FloatArray, *, worker: FloatArray, crowd: FloatArray) -> NDArray[np.intp]:
    """Return the tasks (n_tasks,) in the order in which a worker should get them, the best first.

    Parameters
    ----------
    posterior : (n_tasks, n_classes) present beliefs in tasks that want an answer.
    worker, crowd : (n_classes, n_classes) confusion of this worker, and of the crowd's average one.

    Notes
    -----
    Ranked by comparative advantage: what this worker's answer tells beyond what an average one would. The better
    worker is ahead most where there is most doubt, and so gets the hard tasks; the weaker one is behind least where
    there is little left to tell. By its own information alone every worker would ask for the same tasks. Who is like
    the average goes by information. Of equal tasks the one of lower number comes first.
    """
    own = answer_information(posterior, worker)
    advantage = np.round(own - answer_information(posterior, crowd), 9)
    return np.lexsort((np.arange(len(posterior)), -own, -advantage))


def gold_chance(n_right: float, n_wrong: float, *, usual: float = 0.05, most: float = 0.3) -> float:
    """Return the chance, 0..1, that a worker's next task should be gold.

    Parameters
    ----------
    n_right, n_wrong : the worker's gold answers so far, not negative; decayed ones may be fractions.
    usual : chance for a worker whose accuracy is well known.
    most : chance for one of whom nothing is known, at least `usual`.

    Raises
    ------
    ValueError
        A count is negative, or not 0 <= usual <= most <= 1.

    Notes
    -----
    Falls with the variance of the accuracy's Beta posterior, from `most` to `usual` where the standard deviation is
    0.07 (a worker of 90 % after some fifteen gold tasks, one of 60 % after some forty).
    """
    if min(n_right, n_wrong) < 0.0:
        raise ValueError("counts must not be negative")
    if not 0.0 <= usual <= most <= 1.0:
        raise ValueError("chances must satisfy 0 <= usual <= most <= 1")
    variance, at_first = _variance(n_right, n_wrong), _variance(0.0, 0.0)
    unknown = (variance - KNOWN_WITHIN**2) / (at_first - KNOWN_WITHIN**2)
    return usual + (most - usual) * min(max(unknown, 0.0), 1.0)


def _variance(n_right: float, n_wrong: float) -> float:
    right, wrong = n_right + RIGHT, n_wrong + WRONG
    given = right + wrong
    return right * wrong / (given**2 * (given + 1.0))
