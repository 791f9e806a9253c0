"""Tasks that may show any number of classes at once, or none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from quality.core.classes.sweeping import weigh_again
from quality.core.classes.tallying import LabelLinks
from quality.core.labels import FloatArray, IntArray, LabelMatrix


@dataclass(frozen=True)
class MultiLabels:
    """Hold n_answers sets of classes, one a task and worker; an empty set is an answer too.

    Parameters
    ----------
    task, worker : (n_answers,) integers numbered from 0.
    answer, label : (n_picks,) which answer picked which class, each pick once.
    """

    task: IntArray
    worker: IntArray
    answer: IntArray
    label: IntArray
    n_tasks: int
    n_workers: int
    n_classes: int

    def questions(self) -> LabelMatrix:
        """Return every answer as one yes (1) or no (0) to each class: questions are numbered task x n_classes + class.

        Raises
        ------
        ValueError
            A number is out of range, or a worker has two answers on a task.
        """
        picked = np.zeros((len(self.task), self.n_classes), dtype=np.int64)
        picked[self.answer, self.label] = 1
        classes = np.arange(self.n_classes)
        return LabelMatrix(
            task=(self.task[:, None] * self.n_classes + classes).ravel(),
            worker=np.repeat(self.worker, self.n_classes),
            label=picked.ravel(),
            n_tasks=self.n_tasks * self.n_classes,
            n_workers=self.n_workers,
            n_classes=2,
        )


@dataclass(frozen=True)
class MultiPriors:
    """Hold what is assumed before any answer, in pseudo-answers.

    Parameters
    ----------
    found, missed : of a class that is there.
    invented, left : of a class that is not.
    prevalence_strength : pseudo-tasks behind a class's prevalence, at the prevalence of all classes.
    """

    found: float = 4.0
    missed: float = 1.0
    invented: float = 1.0
    left: float = 9.0
    prevalence_strength: float = 5.0

    def __post_init__(self) -> None:
        if min(self.found, self.missed, self.invented, self.left, self.prevalence_strength) <= 0.0:
            raise ValueError("pseudo-answers must be positive")

    @property
    def miss(self) -> float:
        """Return the chance that a worker of whom nothing is known misses a class."""
        return self.missed / (self.missed + self.found)

    @property
    def false_alarm(self) -> float:
        """Return the chance that a worker of whom nothing is known invents a class."""
        return self.invented / (self.invented + self.left)


@dataclass(frozen=True)
class MultiBeliefs:
    """State which classes each task shows.

    Parameters
    ----------
    presence : (n_tasks, n_classes) belief that the class is there, 0..1.
    miss_rate, false_alarm_rate : (n_workers,) expected, over all classes.
    prevalence : (n_classes,) chance that a task shows the class.
    """

    presence: FloatArray
    miss_rate: FloatArray
    false_alarm_rate: FloatArray
    prevalence: FloatArray
    n_iter: int
    converged: bool


DEFAULT_MULTI_PRIORS = MultiPriors()


def multi_label(
    answers: MultiLabels, *, priors: MultiPriors = DEFAULT_MULTI_PRIORS, max_iter: int = 100, tol: float = 1e-3
) -> MultiBeliefs:
    """Estimate the classes of every task, and how often each worker misses one or invents one.

    A worker's two rates are the same for all classes, so that rare classes borrow from the frequent; how frequent a
    class is, is learned for each.

    Parameters
    ----------
    tol : stop when no presence moves by more (probability).

    Source: Dawid & Skene 1979, doi:10.2307/2346806, on binary relevance; rates as in Nowak & Rueger 2010,
    doi:10.1145/1743384.1743478.
    """
    questions = answers.questions()
    links = LabelLinks.of(questions)
    asked = np.bincount(questions.task, minlength=questions.n_tasks)
    yes = np.bincount(questions.task, weights=questions.label, minlength=questions.n_tasks)
    present = np.divide(yes, asked, out=np.zeros(questions.n_tasks), where=asked > 0)
    posterior = np.column_stack([1.0 - present, present])
    n_iter, converged = 0, questions.n_labels == 0
    rates = _rates(links, posterior, priors)
    while n_iter < max_iter and not converged:
        n_iter += 1
        share = _prevalence(posterior, asked > 0, answers.n_classes, priors)
        log_prior = np.log(np.tile(np.column_stack([1.0 - share, share]), (answers.n_tasks, 1)))
        moved = weigh_again(links, _log_table(links, *rates), log_prior, into=posterior)
        rates = _rates(links, posterior, priors)
        converged = moved <= tol
    return MultiBeliefs(
        presence=posterior[:, 1].reshape(answers.n_tasks, answers.n_classes),
        miss_rate=rates[0],
        false_alarm_rate=rates[1],
        prevalence=_prevalence(posterior, asked > 0, answers.n_classes, priors),
        n_iter=n_iter,
        converged=converged,
    )


def presence_of(
    picked: NDArray[np.bool_], miss: FloatArray, false_alarm: FloatArray, prevalence: FloatArray
) -> FloatArray:
    """Return (n_classes,) the belief that one task shows each class, with skills as they stand.

    Parameters
    ----------
    picked : (n_answers, n_classes) who picked what.
    miss, false_alarm : (n_answers,) rates of those who answered, inside 0..1.
    prevalence : (n_classes,) inside 0..1.
    """
    for_it = np.log((1.0 - miss) / false_alarm)
    against = np.log(miss / (1.0 - false_alarm))
    presence: FloatArray = expit(logit(prevalence) + for_it @ picked + against @ ~picked)
    return presence


def _rates(links: LabelLinks, posterior: FloatArray, priors: MultiPriors) -> tuple[FloatArray, FloatArray]:
    """Return (n_workers,) chances of a miss and of a false alarm."""
    mass = links.tally(posterior).mass
    is_yes = links.label == 1
    counts = {
        (answer, truth): np.bincount(
            links.worker[is_yes == answer], weights=mass[is_yes == answer, truth], minlength=links.n_workers
        )
        for answer in (False, True)
        for truth in (0, 1)
    }
    missed, found = counts[False, 1] + priors.missed, counts[True, 1] + priors.found
    invented, left = counts[True, 0] + priors.invented, counts[False, 0] + priors.left
    return missed / (missed + found), invented / (invented + left)


def _log_table(links: LabelLinks, miss: FloatArray, false_alarm: FloatArray) -> FloatArray:
    """Return (n_pairs, 2) the log chance of each pair's answer where the class is not there, and where it is."""
    says_yes = links.label == 1
    absent = np.where(says_yes, false_alarm[links.worker], 1.0 - false_alarm[links.worker])
    present = np.where(says_yes, 1.0 - miss[links.worker], miss[links.worker])
    table: FloatArray = np.log(np.column_stack([absent, present]))
    return table


def _prevalence(posterior: FloatArray, asked: NDArray[np.bool_], n_classes: int, priors: MultiPriors) -> FloatArray:
    """Return (n_classes,) the chance that a task shows the class."""
    present = np.where(asked, posterior[:, 1], 0.0).reshape(-1, max(n_classes, 1))
    n_asked = asked.reshape(present.shape).sum(axis=0)
    usual = (present.sum() + 1.0) / (n_asked.sum() + 2.0)
    share: FloatArray = (present.sum(axis=0) + priors.prevalence_strength * usual) / (
        n_asked + priors.prevalence_strength
    )
    return share
