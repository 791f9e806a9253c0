"""What a crowd may be like that has not been seen yet: drawn from a prior that measured jobs narrow down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from quality.core.labels import FloatArray, IntArray

# A logit that is spread by a normal of variance v keeps its mean share by 1 / sqrt(1 + .346 v) of its size (the probit
# approximation, MacKay 1992, doi:10.1162/neco.1992.4.5.720, with 16 sqrt(3) / (15 pi) squared).
ATTENUATION = 0.346
# Workers drawn for a job; what further ones do is as good as what these do.
PANEL = 24
# Beyond these a share says nothing but "nearly all" and "hardly any".
LEAST_ACCURACY, MOST_ACCURACY = 0.3, 0.995


@dataclass(frozen=True)
class MeasuredCrowd:
    """How good the workers of a finished job, or of a pilot, turned out to be.

    Parameters
    ----------
    accuracy : 0..1, of an answer, as consensus and gold suggest it.
    n_answers : behind it, positive.
    """

    accuracy: float
    n_answers: int


@dataclass(frozen=True)
class CrowdPrior:
    """State what is assumed of crowds, as accuracies in logits.

    The assumptions before anything is measured are ours: crowds of 78 % (two in three of them between 65 and 87 %),
    workers who differ by .7, images that differ by .9, and one worker in fifteen who only guesses.

    Parameters
    ----------
    mean, between : of a job's usual worker on a usual image, and how far jobs lie apart.
    n_mean, n_between : measured jobs that the two are worth.
    workers, images : median spread among the workers and the images of a job; either varies by `vague` (log).
    guessers : mean share of workers who answer at random.
    """

    mean: float = 1.55
    between: float = 0.7
    n_mean: float = 2.0
    n_between: float = 6.0
    workers: float = 0.7
    images: float = 0.9
    vague: float = 0.35
    guessers: float = 0.07
    late: float = 0.015

    @property
    def usual_accuracy(self) -> float:
        """Return the share right, 0..1, of the usual job's answers."""
        return float(expit(self.mean / np.sqrt(1.0 + ATTENUATION * (self.workers**2 + self.images**2))))

    def narrowed(self, measured: Sequence[MeasuredCrowd]) -> CrowdPrior:
        """Return what is to be assumed of the next job, having measured others (normal-inverse-gamma)."""
        if not measured:
            return self
        share = np.clip([crowd.accuracy for crowd in measured], LEAST_ACCURACY, MOST_ACCURACY)
        usual = logit(share) * np.sqrt(1.0 + ATTENUATION * (self.workers**2 + self.images**2))
        n, mean = len(usual), float(usual.mean())
        within = float(((usual - mean) ** 2).sum())
        shift = self.n_mean * n / (self.n_mean + n) * (mean - self.mean) ** 2
        spread = np.sqrt((self.n_between * self.between**2 + within + shift) / (self.n_between + n))
        return CrowdPrior(
            mean=(self.n_mean * self.mean + n * mean) / (self.n_mean + n),
            between=float(spread) * float(np.sqrt(1.0 + 1.0 / (self.n_mean + n))),
            n_mean=self.n_mean + n,
            n_between=self.n_between + n,
            workers=self.workers,
            images=self.images,
            vague=self.vague,
            guessers=self.guessers,
            late=self.late,
        )


@dataclass(frozen=True)
class Crowds:
    """Hold n drawn crowds, one for each way the job may go.

    Parameters
    ----------
    skill : (n, PANEL) logits on a usual image; of guessers it does not matter.
    guesses : (n, PANEL) whether the worker answers at random.
    activity : (n, PANEL) shares of the answers, rows sum to 1.
    images : (n,) spread of the images' ease, in logits.
    lured : (n,) share of wrong answers that fall for what an image is mostly mistaken for.
    n_workers : (n,) people who take part.
    late : (n,) share of answers that come late and are paid without being counted.
    """

    skill: FloatArray
    guesses: NDArray[np.bool_]
    activity: FloatArray
    images: FloatArray
    lured: FloatArray
    n_workers: FloatArray
    late: FloatArray

    def accuracy(self, n_classes: int) -> FloatArray:
        """Return (n, PANEL) each worker's share right over all images."""
        right = expit(self.skill / np.sqrt(1.0 + ATTENUATION * self.images[:, None] ** 2))
        mixed: FloatArray = np.where(self.guesses, 1.0 / n_classes, right)
        return mixed


def draw_crowds(prior: CrowdPrior, n: int, *, n_tasks: int, rng: np.random.Generator) -> Crowds:
    """Draw n crowds for a job of so many tasks; larger jobs have more people at work."""
    centre = prior.mean + prior.between * rng.standard_t(6, size=(n, 1))
    spread = prior.workers * np.exp(prior.vague * rng.standard_normal((n, 1)))
    share = rng.beta(1.0, 1.0 / prior.guessers - 1.0, size=(n, 1))
    n_workers = np.clip(np.exp(np.log(4.0 + n_tasks**0.5) + 0.5 * rng.standard_normal(n)), 3.0, 5_000.0)
    taking_part = np.arange(PANEL)[None] < np.ceil(n_workers)[:, None]
    # Few do most of the work.
    weight = np.where(taking_part, rng.pareto(1.5, size=(n, PANEL)) + 0.1, 0.0)
    return Crowds(
        skill=centre + spread * rng.standard_normal((n, PANEL)),
        guesses=rng.random((n, PANEL)) < share,
        activity=weight / weight.sum(axis=1, keepdims=True),
        images=prior.images * np.exp(prior.vague * rng.standard_normal(n)),
        lured=rng.uniform(0.2, 0.9, size=n),
        n_workers=n_workers,
        late=rng.beta(1.0, 1.0 / prior.late - 1.0, size=n),
    )


def workers_of(crowds: Crowds, crowd: IntArray, *, rng: np.random.Generator) -> IntArray:
    """Return who gives the next answer in each of these crowds (numbers), the busier the likelier."""
    ends = np.cumsum(crowds.activity, axis=1)
    ends[:, -1] = 1.0
    line = (ends + np.arange(len(ends))[:, None]).ravel()
    place = np.searchsorted(line, crowd + rng.random(len(crowd)), side="right")
    worker: IntArray = np.minimum(place - crowd * PANEL, PANEL - 1)
    return worker
