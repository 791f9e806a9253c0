"""What agreement is measured of and what comes of it, the same for every annotation type."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

import numpy as np

from quality.core.agreement.answers import MeanLikeness
from quality.core.agreement.bootstrap import bootstrap_interval
from quality.core.agreement.coefficients import Coefficient, Statistic, coefficient_of
from quality.core.agreement.tables import pairs_within
from quality.core.labels import IntArray
from quality.core.terms import Scene, Terms

Json = dict[str, Any]

MAX_CLASSES = 20
MAX_PAIRS = 20
N_RESAMPLES = 400
N_RESAMPLES_OF_PART = 200
# A coefficient that has no meaning for the type.
NOT_DEFINED: Json = {"value": None, "undefined": "not_defined_for_type", "n_tasks": 0, "n_labels": 0, "interval": None}


@dataclass(frozen=True)
class Given:
    """The answers read: (n,) tasks by ordinal, workers by number, annotations and images; and the workers' ids."""

    task: IntArray
    worker: IntArray
    answers: Sequence[list[Json]]
    scenes: Sequence[Scene]
    worker_ids: tuple[UUID, ...]

    def at(self, rows: Sequence[int]) -> "Given":
        """Return some of the answers, all numbers kept."""
        return Given(
            task=self.task[rows],
            worker=self.worker[rows],
            answers=[self.answers[row] for row in rows],
            scenes=[self.scenes[row] for row in rows],
            worker_ids=self.worker_ids,
        )


@dataclass(frozen=True)
class WorkerPair:
    """Two workers and what was measured of them."""

    workers: tuple[UUID, UUID]
    figures: Json


@dataclass(frozen=True)
class Figures:
    """All that is measured: coefficients of the job, of each class, of the pairs who met most often."""

    overall: Json
    classes: Sequence[Json]
    n_classes_left_out: int
    pairs: Sequence[WorkerPair]
    n_pairs_left_out: int


class Measure(Protocol):
    """One annotation type's way to agreement.

    Attributes
    ----------
    scale : how two answers are compared.
    max_answers : that are read at once.
    max_effort : of all comparisons, in units of about 0.25 microseconds.
    """

    @property
    def scale(self) -> str:
        """Return the name of the scale."""
        ...

    max_answers: int
    max_effort: float

    def effort_of_pair(self, n_annotations: float) -> float:
        """Return what comparing two answers of so many annotations costs."""
        ...

    def measure(self, given: Given, *, terms: Terms, rng: np.random.Generator) -> Figures:
        """Measure the answers."""
        ...

    def measure_part(self, given: Given, *, terms: Terms, rng: np.random.Generator) -> Json:
        """Measure the answers to some of the tasks: pairwise agreement and alpha alone."""
        ...


@dataclass(frozen=True)
class Meetings:
    """All pairs of answers to one task, as numbers of answers, and the pairs of workers who met most often."""

    low: IntArray
    high: IntArray
    n_pairs: int
    most_common: list[tuple[int, int, IntArray]] = field(default_factory=list)

    @classmethod
    def of(cls, given: Given) -> "Meetings":
        order = np.lexsort((given.worker, given.task))
        _, sizes = np.unique(given.task[order], return_counts=True)
        low, high = pairs_within(np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))
        low, high = order[low], order[high]
        found = most_common(given.worker[low], given.worker[high], n_workers=len(given.worker_ids))
        return cls(low=low, high=high, n_pairs=found[1], most_common=found[0])


def most_common(one: IntArray, other: IntArray, *, n_workers: int) -> tuple[list[tuple[int, int, IntArray]], int]:
    """Return the pairs of workers who met most often with the rows of their meetings, and how many pairs met."""
    width = max(n_workers, 1)
    keys, pair, n_common = np.unique(one * width + other, return_inverse=True, return_counts=True)
    chosen = np.argsort(-n_common, kind="stable")[:MAX_PAIRS].tolist()
    pairs = [(int(keys[each] // width), int(keys[each] % width), np.flatnonzero(pair == each)) for each in chosen]
    return pairs, len(keys)


def likeness_of_pair(likeness: Any, *, rng: np.random.Generator) -> Json:
    mean = MeanLikeness(likeness=likeness, n_answers=2 * len(likeness))
    return {
        "n_common": len(likeness),
        "agreement": figure(mean, n_labels=mean.n_labels, rng=rng, n_resamples=N_RESAMPLES_OF_PART),
        "kappa": NOT_DEFINED,
    }


def figure(statistic: Statistic, *, n_labels: int, rng: np.random.Generator, n_resamples: int) -> Json:
    """Return a coefficient with its interval, or why there is none."""
    coefficient: Coefficient = coefficient_of(statistic, n_labels=n_labels)
    if coefficient.value is None:
        return {**coefficient.to_json(), "interval": None}
    interval = bootstrap_interval(statistic, rng=rng, n_resamples=n_resamples)
    return {**coefficient.to_json(), "interval": vars(interval)}
