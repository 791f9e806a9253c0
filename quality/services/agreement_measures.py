"""What agreement means for each annotation type: the registry between stored answers and the numeric core."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol
from uuid import UUID

import numpy as np

from labeling.core.geometry.boxes import as_boxes
from quality.core.agreement.alpha import NOMINAL, Alpha
from quality.core.agreement.bootstrap import bootstrap_interval
from quality.core.agreement.box_answers import BoxDifference, MeanLikeness
from quality.core.agreement.coefficients import Coefficient, Statistic, coefficient_of
from quality.core.agreement.cohen import Cohen, Weighting, meetings
from quality.core.agreement.percentages import fleiss_statistic, pairwise_statistic, percentage_statistic
from quality.core.agreement.shapes import answer_alpha
from quality.core.agreement.slices import one_against_rest
from quality.core.agreement.tables import pairs_within
from quality.core.labels import IntArray, LabelMatrix
from quality.core.scoring import NamedBoxes

Json = dict[str, Any]

MAX_CLASSES = 20
MAX_PAIRS = 20
N_RESAMPLES = 400
N_RESAMPLES_OF_PART = 200
# A coefficient that has no meaning for the type.
NOT_DEFINED: Json = {"value": None, "undefined": "not_defined_for_type", "n_tasks": 0, "n_labels": 0, "interval": None}


def effort_of_pair(n_annotations: float) -> float:
    """Return what comparing two answers of so many shapes costs, in units of about 0.25 microseconds."""
    return n_annotations**2 + 400.0


@dataclass(frozen=True)
class Given:
    """The answers read: (n,) tasks by ordinal, workers by number, and annotations; and the workers' ids."""

    task: IntArray
    worker: IntArray
    answers: Sequence[list[Json]]
    worker_ids: tuple[UUID, ...]

    def at(self, rows: Sequence[int]) -> "Given":
        """Return some of the answers, all numbers kept."""
        return Given(
            task=self.task[rows],
            worker=self.worker[rows],
            answers=[self.answers[row] for row in rows],
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
    """One annotation type's way to agreement; the effort of a pair of answers is `effort_of_pair`."""

    scale: ClassVar[str]
    max_effort: ClassVar[float]

    def measure(self, given: Given, *, classes: Sequence[str], rng: np.random.Generator) -> Figures:
        """Measure the answers."""
        ...

    def measure_part(self, given: Given, *, classes: Sequence[str], rng: np.random.Generator) -> Json:
        """Measure the answers to some of the tasks: pairwise agreement and alpha alone."""
        ...


class ClassMeasure:
    """One class a task: equal or not."""

    scale: ClassVar[str] = "nominal"
    max_effort: ClassVar[float] = float("inf")

    def measure(self, given: Given, *, classes: Sequence[str], rng: np.random.Generator) -> Figures:
        """Count equal classes."""
        labels = self._labels(given, classes)
        used = Counter(labels.label.tolist()).most_common()
        shown = sorted(position for position, _ in used[:MAX_CLASSES])
        statistics: dict[str, Statistic] = {
            "percentage": percentage_statistic(labels),
            "pairwise": pairwise_statistic(labels),
            "alpha": Alpha.of(labels, difference=NOMINAL),
            "fleiss": fleiss_statistic(labels),
        }
        pairs, n_pairs = _class_pairs(given, labels, rng=rng)
        return Figures(
            overall={
                name: _figure(each, n_labels=labels.n_labels, rng=rng, n_resamples=N_RESAMPLES)
                for name, each in statistics.items()
            },
            classes=[
                {"class": classes[position], **_class_figures(one_against_rest(labels, position), rng=rng)}
                for position in shown
            ],
            n_classes_left_out=len(used) - len(shown),
            pairs=pairs,
            n_pairs_left_out=n_pairs - len(pairs),
        )

    def measure_part(self, given: Given, *, classes: Sequence[str], rng: np.random.Generator) -> Json:
        """Count equal classes."""
        return {**_class_figures(self._labels(given, classes), rng=rng), "n_labels": len(given.answers)}

    def _labels(self, given: Given, classes: Sequence[str]) -> LabelMatrix:
        number = {name: position for position, name in enumerate(classes)}
        label = np.array([number[annotations[0]["class"]] for annotations in given.answers], dtype=np.int64)
        return _matrix(given, label, n_classes=len(classes))


class BoxMeasure:
    """Any number of named boxes a task: one less the F1 of matched boxes is the difference of two answers."""

    scale: ClassVar[str] = "box_f1_at_iou_0.5"
    max_effort: ClassVar[float] = 1_400_000.0

    def measure(self, given: Given, *, classes: Sequence[str], rng: np.random.Generator) -> Figures:
        """Compare whole answers."""
        difference = self._difference(given)
        used = Counter(each["class"] for drawn in given.answers for each in drawn)
        number = {name: position for position, name in enumerate(classes)}
        shown = sorted((name for name, _ in used.most_common(MAX_CLASSES)), key=number.__getitem__)
        meeting = _Meetings.of(given)
        differs = difference(meeting.low, meeting.high)
        pairs = [
            WorkerPair(
                workers=(given.worker_ids[one], given.worker_ids[other]),
                figures=_likeness_of_pair(1.0 - differs[rows], rng=rng),
            )
            for one, other, rows in meeting.most_common
        ]
        per_class = [
            {"class": name, "n_labels": used[name], **self._figures(given, difference.of_class(name), rng, parts=True)}
            for name in shown
        ]
        return Figures(
            overall=self._figures(given, difference, rng, parts=False),
            classes=per_class,
            n_classes_left_out=len(used) - len(shown),
            pairs=pairs,
            n_pairs_left_out=meeting.n_pairs - len(pairs),
        )

    def measure_part(self, given: Given, *, classes: Sequence[str], rng: np.random.Generator) -> Json:
        """Compare whole answers."""
        return {"n_labels": len(given.answers), **self._figures(given, self._difference(given), rng, parts=True)}

    def _difference(self, given: Given) -> BoxDifference:
        return BoxDifference(
            [
                NamedBoxes(
                    boxes=as_boxes([each["box"] for each in drawn]), labels=tuple(each["class"] for each in drawn)
                )
                for drawn in given.answers
            ]
        )

    def _figures(self, given: Given, difference: BoxDifference, rng: np.random.Generator, *, parts: bool) -> Json:
        """Return the coefficients of the job, or those that are shown of a class."""
        n_answers = max(1, len(given.answers))
        mean_boxes = sum(len(answer.labels) for answer in difference.answers) / n_answers
        # As many pairs for the expected disagreement as the effort allows for the observed one.
        max_pairs = max(50, int(self.max_effort / effort_of_pair(mean_boxes)))
        alpha = answer_alpha(given.task, difference=difference, rng=rng, max_pairs=max_pairs)
        statistics: dict[str, Statistic] = {"pairwise": MeanLikeness.pairwise(alpha), "alpha": alpha}
        if not parts:
            statistics = {"percentage": MeanLikeness.unanimous(alpha), **statistics}
        n_resamples = N_RESAMPLES_OF_PART if parts else N_RESAMPLES
        figures = {
            name: _figure(each, n_labels=len(given.answers), rng=rng, n_resamples=n_resamples)
            for name, each in statistics.items()
        }
        return figures if parts else {**figures, "fleiss": NOT_DEFINED}


MEASURES: dict[str, Measure] = {"image_classification": ClassMeasure(), "bounding_box": BoxMeasure()}


@dataclass(frozen=True)
class _Meetings:
    """All pairs of answers to one task, as numbers of answers, and the pairs of workers who met most often."""

    low: IntArray
    high: IntArray
    n_pairs: int
    most_common: list[tuple[int, int, IntArray]] = field(default_factory=list)

    @classmethod
    def of(cls, given: Given) -> "_Meetings":
        order = np.lexsort((given.worker, given.task))
        _, sizes = np.unique(given.task[order], return_counts=True)
        low, high = pairs_within(np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))
        low, high = order[low], order[high]
        found = _most_common(given.worker[low], given.worker[high], n_workers=len(given.worker_ids))
        return cls(low=low, high=high, n_pairs=found[1], most_common=found[0])


def _most_common(one: IntArray, other: IntArray, *, n_workers: int) -> tuple[list[tuple[int, int, IntArray]], int]:
    """Return the pairs of workers who met most often with the rows of their meetings, and how many pairs met."""
    width = max(n_workers, 1)
    keys, pair, n_common = np.unique(one * width + other, return_inverse=True, return_counts=True)
    chosen = np.argsort(-n_common, kind="stable")[:MAX_PAIRS].tolist()
    pairs = [(int(keys[each] // width), int(keys[each] % width), np.flatnonzero(pair == each)) for each in chosen]
    return pairs, len(keys)


def _class_pairs(given: Given, labels: LabelMatrix, *, rng: np.random.Generator) -> tuple[list[WorkerPair], int]:
    met = meetings(labels)
    common, n_pairs = _most_common(met.first, met.second, n_workers=labels.n_workers)
    cost = Weighting.PLAIN.matrix(labels.n_classes)
    pairs = []
    for one, other, rows in common:
        first, second = met.first_label[rows], met.second_label[rows]
        figures = _likeness_of_pair((first == second).astype(np.float64), rng=rng)
        kappa = Cohen(first=first, second=second, cost=cost)
        figures["kappa"] = _figure(kappa, n_labels=kappa.n_labels, rng=rng, n_resamples=N_RESAMPLES_OF_PART)
        pairs.append(WorkerPair(workers=(given.worker_ids[one], given.worker_ids[other]), figures=figures))
    return pairs, n_pairs


def _likeness_of_pair(likeness: Any, *, rng: np.random.Generator) -> Json:
    mean = MeanLikeness(likeness=likeness, n_answers=2 * len(likeness))
    return {
        "n_common": len(likeness),
        "agreement": _figure(mean, n_labels=mean.n_labels, rng=rng, n_resamples=N_RESAMPLES_OF_PART),
        "kappa": NOT_DEFINED,
    }


def _class_figures(labels: LabelMatrix, *, rng: np.random.Generator) -> Json:
    statistics: dict[str, Statistic] = {
        "pairwise": pairwise_statistic(labels),
        "alpha": Alpha.of(labels, difference=NOMINAL),
    }
    return {
        "n_labels": int(labels.label.sum()),
        **{
            name: _figure(each, n_labels=labels.n_labels, rng=rng, n_resamples=N_RESAMPLES_OF_PART)
            for name, each in statistics.items()
        },
    }


def _matrix(given: Given, label: IntArray, *, n_classes: int) -> LabelMatrix:
    tasks, task = np.unique(given.task, return_inverse=True)
    return LabelMatrix(
        task=task.astype(np.int64),
        worker=given.worker,
        label=label,
        n_tasks=len(tasks),
        n_workers=len(given.worker_ids),
        n_classes=n_classes,
    )


def _figure(statistic: Statistic, *, n_labels: int, rng: np.random.Generator, n_resamples: int) -> Json:
    """Return a coefficient with its interval, or why there is none."""
    coefficient: Coefficient = coefficient_of(statistic, n_labels=n_labels)
    if coefficient.value is None:
        return {**coefficient.to_json(), "interval": None}
    interval = bootstrap_interval(statistic, rng=rng, n_resamples=n_resamples)
    return {**coefficient.to_json(), "interval": vars(interval)}
