"""Replays a recorded class crowd answer by answer, under a stopping rule or with a fixed number of answers a task."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from quality.core.calibration.class_gold import gold_at_stop
from quality.core.calibration.temperature import Temperature, fit_temperature
from quality.core.classes.beliefs import Beliefs
from quality.core.classes.dawid_skene import dawid_skene
from quality.core.classes.online import stops
from quality.core.classes.two_views import STOPPING_PRIORS, two_view_posterior
from quality.core.labels import FloatArray, IntArray, LabelMatrix
from quality.core.stopping import StoppingRule
from tests.benchmarks.crowds import Crowd

GOLD_SHARE = 0.1
# As the services do it: refits at this growth, and so many last looks.
REFIT_GROWTH, REFIT_AT_LEAST, MAX_LOOKS = 0.15, 25, 3


@dataclass(frozen=True)
class Replayed:
    """What a replay came to.

    Parameters
    ----------
    n_answers : (n_tasks,) answers bought; of gold tasks, all there are.
    labels : the bought answers, of each task in order of arrival.
    posterior : (n_tasks, n_classes) beliefs at the end, before recalibration.
    """

    n_answers: IntArray
    labels: LabelMatrix
    posterior: FloatArray
    temperature: Temperature
    n_fits: int


class Arrivals:
    """A crowd's recorded answers in random order, a tenth of the known tasks taken for gold."""

    def __init__(self, crowd: Crowd, rng: np.random.Generator) -> None:
        labels, self._rng = crowd.labels, rng
        known = np.flatnonzero(crowd.gold >= 0)
        self.gold = np.full(labels.n_tasks, -1, dtype=np.int64)
        chosen = rng.choice(known, round(GOLD_SHARE * len(known)), replace=False)
        self.gold[chosen] = crowd.gold[chosen]
        order = np.lexsort((rng.random(labels.n_labels), labels.task))
        self._task, self._worker, self._label = (a[order] for a in (labels.task, labels.worker, labels.label))
        self.n_recorded = np.bincount(labels.task, minlength=labels.n_tasks)
        self._starts = np.cumsum(self.n_recorded) - self.n_recorded
        self._place = np.arange(labels.n_labels) - self._starts[self._task]
        self._sizes = {"n_tasks": labels.n_tasks, "n_workers": labels.n_workers, "n_classes": labels.n_classes}
        self.scored = (crowd.gold != -1) & (self.gold < 0) & (self.n_recorded > 0)
        self._queue = rng.permutation(labels.n_tasks)

    def first(self, n_answers: IntArray, tasks: IntArray | None = None) -> LabelMatrix:
        """Return each task's first answers, or only those of some tasks."""
        if tasks is None:
            rows = np.flatnonzero(self._place < n_answers[self._task])
        else:
            sizes = n_answers[tasks]
            within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
            rows = np.repeat(self._starts[tasks], sizes) + within
        return LabelMatrix(task=self._task[rows], worker=self._worker[rows], label=self._label[rows], **self._sizes)

    def with_gold(self, n_answers: IntArray) -> IntArray:
        """Return the numbers of answers, not above those recorded, and all of those on gold."""
        return np.where(self.gold >= 0, self.n_recorded, np.minimum(n_answers, self.n_recorded))

    def fit(self, n_answers: IntArray) -> Beliefs:
        return dawid_skene(self.first(n_answers), gold=self.gold, priors=STOPPING_PRIORS)

    def next_tasks(
        self, wanting: NDArray[np.bool_], n_answers: IntArray, *, n_open: int | None, at_most: int
    ) -> IntArray:
        """Return tasks that get an answer each: of those open, in the order of the queue, the least answered first."""
        tasks = self._rng.permutation(self._queue[wanting[self._queue]][:n_open])
        chosen: IntArray = tasks[np.argsort(n_answers[tasks], kind="stable")][: max(at_most, 1)]
        return chosen


class Job:
    """A replayed job: what was bought, what is believed, and what has stopped."""

    def __init__(self, arrivals: Arrivals, rule: StoppingRule) -> None:
        self.arrivals, self.rule = arrivals, rule
        self.is_gold = arrivals.gold >= 0
        self.n_answers = arrivals.with_gold(np.zeros(len(self.is_gold), dtype=np.int64))
        self.n_seen, self.n_fits = 0, 0
        self.stopped = self.is_gold.copy()
        self.fit()

    def fit(self) -> NDArray[np.bool_]:
        """Fit the skills, believe all tasks anew, and return which of them stop by that."""
        self.beliefs, self.n_fits, self.n_fitted = self.arrivals.fit(self.n_answers), self.n_fits + 1, self.n_seen
        self.posterior = two_view_posterior(self.arrivals.first(self.n_answers), self.beliefs)
        return self._stops(np.arange(len(self.is_gold))) | self.is_gold

    def wanting(self) -> NDArray[np.bool_]:
        """Return the tasks that want an answer and can have one."""
        wanting: NDArray[np.bool_] = ~self.stopped & (self.n_answers < self.arrivals.n_recorded)
        return wanting

    def room(self) -> int:
        """Return how many answers may still come before the skills are fitted again."""
        return int(np.ceil(self.n_fitted * (1 + REFIT_GROWTH) + REFIT_AT_LEAST)) - self.n_seen

    def buy(self, tasks: IntArray) -> None:
        """Take one more answer on each of the tasks."""
        self.n_answers[tasks] += 1
        self.n_seen += len(tasks)
        of_tasks = self.arrivals.first(self.n_answers, tasks)
        self.posterior[tasks] = two_view_posterior(of_tasks, self.beliefs)[tasks]
        self.stopped[tasks] = self._stops(tasks)

    def _stops(self, tasks: IntArray) -> NDArray[np.bool_]:
        n_answers = self.n_answers[tasks]
        left = self.arrivals.n_recorded[tasks] - n_answers
        confusion = self.beliefs.crowd_confusion
        return stops(self.posterior[tasks], n_answers, self.rule, confusion=confusion, n_left=left)


def replay(arrivals: Arrivals, rule: StoppingRule, *, n_open: int | None = None) -> Replayed:
    """Buy answers until every task has stopped or has no more; `max_overlap` is what was recorded."""
    job, n_looks = Job(arrivals, rule), 0
    while True:
        wanting = job.wanting()
        if wanting.any() and job.room() > 0:
            job.buy(arrivals.next_tasks(wanting, job.n_answers, n_open=n_open, at_most=job.room()))
        elif wanting.any():
            job.stopped |= job.fit()
        else:
            # The last look: what had stopped early is judged anew.
            n_looks, job.stopped = n_looks + 1, job.fit()
            if n_looks > MAX_LOOKS or not job.wanting().any():
                return _concluded(arrivals, job.n_answers, job.beliefs, rule, job.n_fits)


def fixed(arrivals: Arrivals, overlap: int) -> Replayed:
    """Buy the same number of answers for every task."""
    n_answers = arrivals.with_gold(np.full(len(arrivals.gold), overlap))
    beliefs = arrivals.fit(n_answers)
    return _concluded(arrivals, n_answers, beliefs, StoppingRule(1.0, overlap, overlap), 1)


def _concluded(arrivals: Arrivals, n_answers: IntArray, beliefs: Beliefs, rule: StoppingRule, n_fits: int) -> Replayed:
    labels = arrivals.first(n_answers)

    def stops_there(posterior: FloatArray, n: IntArray) -> NDArray[np.bool_]:
        # Gold tasks are taken to have as many answers before them as were recorded of a task on average.
        left = np.maximum(round(arrivals.n_recorded.mean()) - n, 1)
        stopped = stops(posterior, n, rule, confusion=beliefs.crowd_confusion, n_left=left)
        return stopped | (n >= rule.max_overlap)

    found = gold_at_stop(labels, beliefs, arrivals.gold, stops=stops_there)
    return Replayed(
        n_answers=n_answers,
        labels=labels,
        posterior=two_view_posterior(labels, beliefs),
        temperature=fit_temperature(found.posterior, found.truth),
        n_fits=n_fits,
    )
