"""The belief by which a task is stopped: two readings of the same skills, averaged."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np

from quality.core.classes.beliefs import Beliefs, Tally
from quality.core.classes.dawid_skene import ConfusionPriors
from quality.core.classes.online import DEFAULT_CORRELATION, TaskBelief
from quality.core.classes.skills import ClassSkills
from quality.core.classes.sweeping import weigh_evidence
from quality.core.classes.tallying import LabelLinks
from quality.core.labels import FloatArray, IntArray, LabelMatrix

CONFUSION_SHARE = 2.0 / 3.0
RIGHT, WRONG = 4.0, 1.0
# Skills that decide over stopping lean on the crowd more than those of a finished job need to: while a job is young,
# a worker's own few answers say less than what all workers have in common. And while most tasks have an answer or two,
# a class that hardly any task has would become what bad workers explain everything by, and keep tasks open on which all
# agree: what is assumed of it has to outweigh that.
STOPPING_PRIORS = ConfusionPriors(pooled_strength=3.0, crowd_strength=40.0)
# Skills are estimated anew when a job has this many more answers than at the last time, as a share and at least.
REFIT_GROWTH, REFIT_AT_LEAST = 0.15, 25


@dataclass(frozen=True)
class Witnesses:
    """Hold n labels, each with the record of the worker who gave it.

    Parameters
    ----------
    label : (n,) class numbers.
    mass : (n, n_classes) expected number of the worker's uses of this label, by true class.
    totals : (n, n_classes) expected number of all answers of the worker, by true class.
    right : (n,) expected number of the worker's right answers.
    """

    label: IntArray
    mass: FloatArray
    totals: FloatArray
    right: FloatArray

    @classmethod
    def of_pairs(cls, worker: IntArray, label: IntArray, mass: FloatArray, tally: Tally) -> Witnesses:
        """Join (worker, label) pairs and their mass with the workers' sums."""
        own = tally.mass[np.arange(len(tally.label)), tally.label]
        right = np.bincount(tally.worker, weights=own, minlength=tally.n_workers).astype(np.float64, copy=False)
        return cls(label=label, mass=mass, totals=tally.totals()[worker], right=right[worker])

    def without(self, truth: IntArray) -> Witnesses:
        """Return the records as they would be had these labels, of tasks of known class (n,), not been counted."""
        own = np.zeros_like(self.mass)
        own[np.arange(len(truth)), truth] = 1.0
        return Witnesses(
            label=self.label,
            mass=np.maximum(self.mass - own, 0.0),
            totals=np.maximum(self.totals - own, 0.0),
            right=np.maximum(self.right - (self.label == truth), 0.0),
        )

    def log_chances(self, crowd_confusion: FloatArray, strength: float) -> tuple[FloatArray, FloatArray]:
        """Return, twice (n, n_classes), the log chance of each label under each truth: by confusion, and by one coin.

        Parameters
        ----------
        crowd_confusion : (n_classes, n_classes) axis 0 = truth, towards which a worker is drawn with `strength`
            pseudo-answers.
        """
        n_classes = self.mass.shape[1]
        by_confusion = np.log(self.mass + strength * crowd_confusion.T[self.label]) - np.log(self.totals + strength)
        given = self.totals.sum(axis=1)
        n_wrong = np.maximum(given - self.right, 0.0)
        by_coin = np.repeat(np.log((n_wrong + WRONG) / max(n_classes - 1, 1))[:, None], n_classes, axis=1)
        by_coin[np.arange(len(self.label)), self.label] = np.log(self.right + RIGHT)
        return by_confusion, by_coin - np.log(given + RIGHT + WRONG)[:, None]


def two_view_belief(
    answers: Iterable[tuple[Hashable, str]], skills: ClassSkills, *, correlation: float = DEFAULT_CORRELATION
) -> TaskBelief:
    """Weigh the answers (worker_id, label) of one task, in time proportional to their number.

    Parameters
    ----------
    answers : of a repeated worker the first counts.
    skills : learned with `STOPPING_PRIORS`.
    correlation : share by which workers who are not in `skills` are taken to err together, 0..1: of a crowd that
        nobody knows, all may be worse than is assumed. The log-likelihood of s strangers is divided by
        1 + correlation (s - 1).

    Returns
    -------
    TaskBelief
        Two thirds of the posterior by each worker's confusion and the crowd's class shares, one third of that by
        each worker's one accuracy and equally likely classes.

    Raises
    ------
    ValueError
        A label is not among the classes.

    Notes
    -----
    The confusion sees who mistakes what for what, and on few answers believes too much of it; the coin sees little,
    and is seldom misled. A task is sure where both are. Over the recorded crowds the average stops with the fewest
    labels for its accuracy, and needs about the same temperature everywhere (see `calibration`).

    Source: the linear opinion pool, Stone 1961, doi:10.1214/aoms/1177704873; strangers by the design effect, Kish
    1965, Survey Sampling, section 5.4.
    """
    crowd, n_classes = skills.crowd, len(skills.crowd.classes)
    label_of_worker: dict[Hashable, str] = {}
    for worker_id, label in answers:
        label_of_worker.setdefault(worker_id, label)
    numbers = np.array([crowd.classes.index(label) for label in label_of_worker.values()], dtype=np.int64)
    shape = (len(numbers), n_classes)
    mass, totals, right = np.zeros(shape), np.zeros(shape), np.zeros(len(numbers))
    for row, worker_id in enumerate(label_of_worker):
        of_label = skills.of(worker_id).mass_of_label
        mass[row] = of_label.get(int(numbers[row]), 0.0)
        for number, behind in of_label.items():
            totals[row] += behind
            right[row] += behind[number]
    is_stranger = totals.sum(axis=1) <= 0.0
    weight = np.where(is_stranger, 1.0 / (1.0 + correlation * max(int(is_stranger.sum()) - 1, 0)), 1.0)
    witnesses = Witnesses(label=numbers, mass=mass, totals=totals, right=right)
    by_confusion, by_coin = (weight @ chances for chances in witnesses.log_chances(crowd.confusion, crowd.strength))
    posterior = pooled_views((by_confusion + np.log(crowd.class_prior))[None], by_coin[None])[0]
    return TaskBelief(classes=crowd.classes, posterior=posterior, n_answers=len(numbers))


def two_view_posterior(labels: LabelMatrix, beliefs: Beliefs, *, weight: FloatArray | None = None) -> FloatArray:
    """Return (n_tasks, n_classes) what `two_view_belief` believes of every task.

    Parameters
    ----------
    labels : of workers among those that `beliefs` was fitted on; the labels may be others.
    weight : (n_labels,) what each label counts, in 0..1; by default 1.
    """
    if labels.n_classes == 0:
        return np.zeros((labels.n_tasks, 0))
    tally = beliefs.tally
    links = LabelLinks.of(labels, weight=weight, also=tally)
    witnesses = Witnesses.of_pairs(links.worker, links.label, links.aligned(tally), tally)
    by_confusion, by_coin = witnesses.log_chances(beliefs.crowd_confusion, beliefs.strength)
    first, second = (np.zeros((labels.n_tasks, labels.n_classes)) for _ in range(2))
    weigh_evidence(links, by_confusion, np.log(beliefs.class_prior), into=first)
    weigh_evidence(links, by_coin, np.zeros(labels.n_classes), into=second)
    pooled: FloatArray = CONFUSION_SHARE * first + (1.0 - CONFUSION_SHARE) * second
    return pooled


def pooled_views(by_confusion: FloatArray, by_coin: FloatArray) -> FloatArray:
    """Return (n, n_classes) the average posterior of two scores, each (n, n_classes) in nats."""
    pooled: FloatArray = CONFUSION_SHARE * _normalised(by_confusion) + (1.0 - CONFUSION_SHARE) * _normalised(by_coin)
    return pooled


def _normalised(scores: FloatArray) -> FloatArray:
    chances = np.exp(scores - scores.max(axis=1, keepdims=True, initial=-np.inf))
    normalised: FloatArray = chances / chances.sum(axis=1, keepdims=True)
    return normalised
