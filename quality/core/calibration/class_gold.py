"""What would have been believed of gold tasks, had they gone the way of all others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quality.core.classes.beliefs import Beliefs
from quality.core.classes.two_views import Witnesses, pooled_views
from quality.core.labels import FloatArray, IntArray, LabelMatrix

# Takes beliefs (n, n_classes) and numbers of answers (n,), returns where a task would stop (n,).
Stops = Callable[[FloatArray, IntArray], NDArray[np.bool_]]


@dataclass(frozen=True)
class GoldBeliefs:
    """Hold the beliefs of the gold tasks that have labels.

    Parameters
    ----------
    task, truth, n_answers : (n_gold,) the task, its class, and the answers that the belief rests on.
    posterior : (n_gold, n_classes) reached without knowing the task's class.
    """

    task: IntArray
    truth: IntArray
    n_answers: IntArray
    posterior: FloatArray


def gold_at_stop(labels: LabelMatrix, beliefs: Beliefs, gold: IntArray, *, stops: Stops) -> GoldBeliefs:
    """Believe each gold task at the answer where the rule would have retired it, or at its last.

    Parameters
    ----------
    labels : those of a task in order of arrival.
    beliefs : fitted with this gold known.
    gold : (n_tasks,) known classes, -1 where unknown.
    stops : the stopping rule.

    Notes
    -----
    Gold tasks get more answers than others, and teach the very skills by which they would be judged. Both would make
    them look surer, and righter, than tasks without gold are. So answers after the stop are left out, and every
    worker's record is taken without the answer to the task in question.
    """
    chosen = np.flatnonzero(gold[labels.task] >= 0)
    chosen = chosen[np.argsort(labels.task[chosen], kind="stable")]
    if len(chosen) == 0:
        none = np.zeros(0, dtype=np.int64)
        return GoldBeliefs(none, none, none, np.zeros((0, labels.n_classes)))
    task, truth = labels.task[chosen], gold[labels.task[chosen]]
    by_confusion, by_coin = _chances_elsewhere(labels, beliefs, chosen, truth)
    starts = np.flatnonzero(np.diff(task, prepend=-1))
    sizes = np.diff(starts, append=len(task))
    posterior = pooled_views(
        _running_sums(by_confusion, starts, sizes) + np.log(beliefs.class_prior), _running_sums(by_coin, starts, sizes)
    )
    n_answers = np.arange(len(task)) - np.repeat(starts, sizes) + 1
    # A task stops at its last answer at the latest.
    is_end = stops(posterior, n_answers)
    is_end[starts + sizes - 1] = True
    ends = np.flatnonzero(is_end)
    first = ends[np.searchsorted(ends, starts)]
    return GoldBeliefs(task=task[first], truth=truth[first], n_answers=n_answers[first], posterior=posterior[first])


def _chances_elsewhere(
    labels: LabelMatrix, beliefs: Beliefs, chosen: NDArray[np.intp], truth: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return the log chances of labels by what their workers did on other tasks."""
    tally, n_classes = beliefs.tally, labels.n_classes
    worker, label = labels.worker[chosen], labels.label[chosen]
    pair = np.searchsorted(tally.worker * n_classes + tally.label, worker * n_classes + label)
    witnesses = Witnesses.of_pairs(worker, label, tally.mass[pair], tally).without(truth)
    return witnesses.log_chances(beliefs.crowd_confusion, beliefs.strength)


def _running_sums(numbers: FloatArray, starts: NDArray[np.intp], sizes: NDArray[np.intp]) -> FloatArray:
    """Return the sums of each row and those before it in its run."""
    sums = numbers.cumsum(axis=0)
    before = np.where(starts[:, None] > 0, sums[starts - 1], 0.0)
    running: FloatArray = sums - np.repeat(before, sizes, axis=0)
    return running
