"""How many answers the tasks of a job take, by the platform's stopping rule, with crowds of whom little is known."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from pricing.core.costs.crowds import PANEL, Crowds, workers_of
from quality.core.classes.online import DEFAULT_CORRELATION
from quality.core.classes.two_views import (
    CONFUSION_SHARE,
    REFIT_AT_LEAST,
    REFIT_GROWTH,
    RIGHT,
    STOPPING_PRIORS,
    WRONG,
)
from quality.core.gain import is_worth_an_answer
from quality.core.labels import FloatArray, IntArray
from quality.core.stopping import StoppingRule

# More classes than these hardly change how soon one of them leads; more things in an image how soon all are sure.
MAX_CLASSES, MAX_THINGS = 6, 6
COLD_ACCURACY = STOPPING_PRIORS.competence
# How far one answer of somebody nobody knows is believed.
STRANGER_BELIEVED = CONFUSION_SHARE * COLD_ACCURACY + (1.0 - CONFUSION_SHARE) * RIGHT / (RIGHT + WRONG)


@dataclass(frozen=True)
class Asking:
    """What a task asks: one class, or of each of several things whether it is so; all of them have to be sure.

    Parameters
    ----------
    n_classes : answers to each question, at least 1.
    things : expected number of questions in a task, at least 1.
    """

    n_classes: int
    things: float = 1.0


@dataclass(frozen=True)
class Collected:
    """What n drawn jobs came to on m tasks each, every array (n, m).

    Parameters
    ----------
    n_answers : answers bought.
    unsure : whether the task ended below the target.
    right : whether its label is right (all its things are).
    """

    n_answers: IntArray
    unsure: NDArray[np.bool_]
    right: NDArray[np.bool_]


@dataclass(frozen=True)
class _Views:
    """What the platform takes an answer of each worker to say, (n, PANEL): log odds of its label by either view."""

    by_confusion: FloatArray
    by_coin: FloatArray
    information: FloatArray
    correlation: float


def collect(
    crowds: Crowds, asking: Asking, rule: StoppingRule, *, n_tasks: int, n_sampled: int, rng: np.random.Generator
) -> Collected:
    """Let every crowd answer `n_sampled` tasks of a job of `n_tasks`, answer by answer, until each stops."""
    n, n_classes = len(crowds.images), max(2, min(asking.n_classes, MAX_CLASSES))
    crowd = np.repeat(np.arange(n), n_sampled)
    share = rng.dirichlet(np.full(n_classes, 2.0), size=n)
    views = _views(crowds, n_classes, n_tasks=n_tasks, rule=rule, rng=rng)
    asked = _ask(crowds, asking, share, crowd, rng)
    learned = np.log((share * n_tasks + STOPPING_PRIORS.class_strength) / (n_tasks + STOPPING_PRIORS.class_strength))
    by_confusion = np.repeat(learned[crowd][:, None, :], asked.n_things, axis=1)
    by_coin = np.zeros_like(by_confusion)
    n_answers = np.zeros(len(crowd), dtype=np.int64)
    unsure, right = np.zeros(len(crowd), dtype=np.bool_), np.zeros(len(crowd), dtype=np.bool_)
    open_rows = np.arange(len(crowd))
    for n_given in range(1, rule.max_overlap + 1):
        of = crowd[open_rows]
        worker = workers_of(crowds, of, rng=rng)
        label = asked.answers(crowds, open_rows, worker, rng=rng)
        _weigh(by_confusion, views.by_confusion[of, worker], label)
        _weigh(by_coin, views.by_coin[of, worker], label)
        n_answers[open_rows] = n_given
        if n_given < rule.min_overlap:
            continue
        scale = 1.0 / (1.0 + views.correlation * (n_given - 1))
        belief = CONFUSION_SHARE * _chances(by_confusion, scale) + (1.0 - CONFUSION_SHARE) * _chances(by_coin, scale)
        sure = np.where(asked.there[open_rows], belief.max(axis=2), 1.0).min(axis=1)
        # What is not known yet to be sure is not known to be futile either.
        is_early = _is_early(len(open_rows), rule, n_given=n_given, n_tasks=n_tasks, rng=rng)
        stops = (sure >= rule.target_confidence) & ~is_early
        ends = stops | (n_given == rule.max_overlap)
        left = np.flatnonzero(~ends & ~is_early)
        ends[left] = _is_futile(sure[left], views.information[of[left]], rule, n_left=rule.max_overlap - n_given)
        ended = open_rows[ends]
        unsure[ended] = ~stops[ends]
        is_right = belief[ends].argmax(axis=2) == asked.truth[ended]
        right[ended] = (is_right | ~asked.there[ended]).all(axis=1)
        open_rows, by_confusion, by_coin = open_rows[~ends], by_confusion[~ends], by_coin[~ends]
        if not len(open_rows):
            break
    shape = (n, n_sampled)
    return Collected(n_answers.reshape(shape), unsure.reshape(shape), right.reshape(shape))


@dataclass(frozen=True)
class _Asked:
    """The tasks: (rows,) of which crowd; (rows, things) truth, its usual mistake, ease in logits, which are there."""

    crowd: IntArray
    n_classes: int
    truth: IntArray
    lure: IntArray
    ease: FloatArray
    there: NDArray[np.bool_]

    @property
    def n_things(self) -> int:
        return int(self.truth.shape[1])

    def answers(self, crowds: Crowds, rows: IntArray, worker: IntArray, *, rng: np.random.Generator) -> IntArray:
        """Return (rows, things) what each worker says; those who err on an image err alike."""
        shape, of = (len(rows), self.n_things), self.crowd[rows]
        chance = expit(crowds.skill[of, worker][:, None] + self.ease[rows])
        chance = np.where(crowds.guesses[of, worker][:, None], 1.0 / self.n_classes, chance)
        slip = (self.truth[rows] + rng.integers(1, self.n_classes, size=shape)) % self.n_classes
        wrong = np.where(rng.random(shape) < crowds.lured[of][:, None], self.lure[rows], slip)
        said: IntArray = np.where(rng.random(shape) < chance, self.truth[rows], wrong)
        return said


def _ask(crowds: Crowds, asking: Asking, share: FloatArray, crowd: IntArray, rng: np.random.Generator) -> _Asked:
    n_rows, n_classes = len(crowd), share.shape[1]
    if asking.things <= 1.0:
        there = np.ones((n_rows, 1), dtype=np.bool_)
    else:
        n_there = 1 + rng.poisson(min(asking.things, MAX_THINGS) - 1.0, size=n_rows)
        there = np.arange(MAX_THINGS)[None] < n_there[:, None]
    shape = there.shape
    ends = np.cumsum(share, axis=1)[crowd]
    truth = (rng.random(shape)[:, :, None] > ends[:, None, :-1]).sum(axis=2)
    return _Asked(
        crowd=crowd,
        n_classes=n_classes,
        truth=truth,
        lure=(truth + rng.integers(1, n_classes, size=shape)) % n_classes,
        ease=crowds.images[crowd][:, None] * rng.standard_normal(shape),
        there=there,
    )


def _views(crowds: Crowds, n_classes: int, *, n_tasks: int, rule: StoppingRule, rng: np.random.Generator) -> _Views:
    """Return what the platform believes of each worker once every task has its least number of answers.

    It knows a worker by the answers so far, drawn towards the crowd's mean and blurred by their number.
    """
    is_cold = n_tasks * rule.min_overlap < REFIT_AT_LEAST
    if is_cold:
        cold = np.full((len(crowds.images), PANEL), COLD_ACCURACY)
        coin = np.full_like(cold, RIGHT / (RIGHT + WRONG))
        return _Views(
            _log_odds(cold, n_classes), _log_odds(coin, n_classes), _information(cold, n_classes), DEFAULT_CORRELATION
        )
    true = crowds.accuracy(n_classes)
    mean = (true * crowds.activity).sum(axis=1, keepdims=True)
    n_tasks_seen = n_tasks * (rule.min_overlap + 1.0)
    # A panel stands for the whole crowd: of many people each has given so much fewer answers.
    given = crowds.activity * n_tasks_seen * np.minimum(1.0, PANEL / crowds.n_workers)[:, None]
    error = np.sqrt(true * (1.0 - true) / np.maximum(given, 1.0)) * rng.standard_normal(true.shape)
    seen = np.clip(true + error, 0.0, 1.0)
    pseudo = STOPPING_PRIORS.strength * n_classes
    believed = (given * seen + pseudo * mean) / (given + pseudo)
    coin = (given * seen + RIGHT) / (given + RIGHT + WRONG)
    return _Views(_log_odds(believed, n_classes), _log_odds(coin, n_classes), _information(mean[:, 0], n_classes), 0.0)


def _log_odds(accuracy: FloatArray, n_classes: int) -> FloatArray:
    sure = np.clip(accuracy, 0.02, 0.995)
    odds: FloatArray = np.log(sure) - np.log((1.0 - sure) / (n_classes - 1))
    return odds


def _information(accuracy: FloatArray, n_classes: int) -> FloatArray:
    """Return the nats by which an answer tells two classes apart, where all mistakes are equally likely."""
    sure = np.clip(accuracy, 0.02, 0.995)
    information: FloatArray = (sure - (1.0 - sure) / (n_classes - 1)) * _log_odds(accuracy, n_classes)
    return np.maximum(information.reshape(len(accuracy), -1)[:, 0], 0.0)


def _weigh(scores: FloatArray, odds: FloatArray, label: IntArray) -> None:
    n_rows, n_things = label.shape
    scores[np.arange(n_rows)[:, None], np.arange(n_things)[None], label] += odds[:, None]


def _chances(scores: FloatArray, scale: float) -> FloatArray:
    """Return (rows, things, classes) the chances, laid out class by class: numpy is slow at many sums of few."""
    by_class = np.moveaxis(scores, 2, 0)
    chances = np.exp(scale * (by_class - reduce(np.maximum, by_class)), order="C")
    normalised: FloatArray = np.moveaxis(chances / chances.sum(axis=0), 0, 2)
    return normalised


def _is_early(
    n_rows: int, rule: StoppingRule, *, n_given: int, n_tasks: int, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Return which tasks get a second answer because nobody can tell yet what the first is worth.

    Of workers who share no task nothing is learned; until skills are estimated anew, second answers are bought.
    """
    if n_given > 1 or rule.max_overlap == 1 or rule.target_confidence <= STRANGER_BELIEVED:
        return np.zeros(n_rows, dtype=np.bool_)
    early: NDArray[np.bool_] = rng.random(n_rows) < REFIT_GROWTH + REFIT_AT_LEAST / max(n_tasks, 1)
    return early


def _is_futile(sure: FloatArray, information: FloatArray, rule: StoppingRule, *, n_left: int) -> NDArray[np.bool_]:
    if rule.least_gain <= 0.0 or not len(sure):
        return np.zeros(len(sure), dtype=np.bool_)
    return ~is_worth_an_answer(sure, information, rule.least_gain, n_left=n_left)
