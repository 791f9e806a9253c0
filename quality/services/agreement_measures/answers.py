"""Agreement on answers that hold any number of things: shapes, segments, classes."""

from abc import ABC, abstractmethod
from collections import Counter

import numpy as np

from quality.core.agreement.answers import (
    AnswerDifference,
    MeanLikeness,
    SegmentDifference,
    SetDifference,
    ShapeDifference,
)
from quality.core.agreement.coefficients import Statistic
from quality.core.agreement.shapes import answer_alpha
from quality.core.gold.segments import Segments
from quality.core.shapes.coded_masks import read_masks
from quality.core.shapes.kinds import ShapeKind
from quality.core.terms import Terms
from quality.services.agreement_measures.base import (
    MAX_CLASSES,
    N_RESAMPLES,
    N_RESAMPLES_OF_PART,
    NOT_DEFINED,
    Figures,
    Given,
    Json,
    Meetings,
    WorkerPair,
    figure,
    likeness_of_pair,
)


class AnswerMeasure(ABC):
    """Whole answers compared, two at a time."""

    max_answers = 20_000
    max_effort = 1_400_000.0

    @property
    @abstractmethod
    def scale(self) -> str:
        """Return how two answers are compared."""

    @abstractmethod
    def effort_of_pair(self, n_annotations: float) -> float:
        """Return what comparing two answers of so many annotations costs."""

    @abstractmethod
    def difference(self, given: Given, terms: Terms) -> AnswerDifference:
        """Return the comparison of these answers."""

    def measure(self, given: Given, *, terms: Terms, rng: np.random.Generator) -> Figures:
        """Compare whole answers."""
        difference = self.difference(given, terms)
        used = Counter(each["class"] for annotations in given.answers for each in annotations)
        number = {name: position for position, name in enumerate(terms.classes)}
        shown = sorted((name for name, _ in used.most_common(MAX_CLASSES)), key=number.__getitem__)
        meeting = Meetings.of(given)
        differs = difference(meeting.low, meeting.high)
        pairs = [
            WorkerPair(
                workers=(given.worker_ids[one], given.worker_ids[other]),
                figures=likeness_of_pair(1.0 - differs[rows], rng=rng),
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

    def measure_part(self, given: Given, *, terms: Terms, rng: np.random.Generator) -> Json:
        """Compare whole answers."""
        return {"n_labels": len(given.answers), **self._figures(given, self.difference(given, terms), rng, parts=True)}

    def _figures(self, given: Given, difference: AnswerDifference, rng: np.random.Generator, *, parts: bool) -> Json:
        """Return the coefficients of the job, or those that are shown of a class."""
        # As many pairs for the expected disagreement as the effort allows for the observed one.
        max_pairs = max(50, int(self.max_effort / self.effort_of_pair(difference.mean_size)))
        alpha = answer_alpha(given.task, difference=difference, rng=rng, max_pairs=max_pairs)
        statistics: dict[str, Statistic] = {"pairwise": MeanLikeness.pairwise(alpha), "alpha": alpha}
        if not parts:
            statistics = {"percentage": MeanLikeness.unanimous(alpha), **statistics}
        n_resamples = N_RESAMPLES_OF_PART if parts else N_RESAMPLES
        figures = {
            name: figure(each, n_labels=len(given.answers), rng=rng, n_resamples=n_resamples)
            for name, each in statistics.items()
        }
        return figures if parts else {**figures, "fleiss": NOT_DEFINED}


class ShapeMeasure(AnswerMeasure):
    """Any number of named shapes a task: one less the F1 of matched shapes is the difference of two answers."""

    def __init__(self, kind: ShapeKind) -> None:
        self.kind = kind
        if kind.is_large:
            self.max_answers = 500

    @property
    def scale(self) -> str:
        """Return the kind of shape and what similarity is there."""
        return f"{self.kind.member}_f1_at_{self.kind.likeness}_0.5"

    def effort_of_pair(self, n_annotations: float) -> float:
        """Return what comparing two answers of so many shapes costs, were all to meet."""
        return float(n_annotations**2 * self.kind.pair_cost + 400.0)

    def difference(self, given: Given, terms: Terms) -> AnswerDifference:
        """Compare by matched shapes."""
        geometry = self.kind.geometry(terms)
        answers = zip(given.answers, given.scenes, strict=True)
        return ShapeDifference(geometry, [self.kind.named(drawn, scene, geometry) for drawn, scene in answers])


class ClassSetMeasure(AnswerMeasure):
    """Any number of classes a task: one less the F1 of the classes is the difference of two answers."""

    scale = "classes_f1"

    def effort_of_pair(self, n_annotations: float) -> float:
        """Return what comparing two sets costs."""
        return 4.0

    def difference(self, given: Given, terms: Terms) -> AnswerDifference:
        """Compare by shared classes."""
        return SetDifference([frozenset(each["class"] for each in annotations) for annotations in given.answers])


class SegmentMeasure(AnswerMeasure):
    """Segmented images: one less the panoptic quality, or the mean IoU, is the difference of two answers."""

    # Images are large, so that few of them are read at once, and comparing two takes milliseconds.
    max_answers = 500
    max_effort = 8_000_000.0

    def __init__(self, *, has_things: bool) -> None:
        self.has_things = has_things

    @property
    def scale(self) -> str:
        """Return which of the two measures it is."""
        return "panoptic_quality" if self.has_things else "mean_iou"

    def effort_of_pair(self, n_annotations: float) -> float:
        """Return what comparing two images costs, as measured on 12 megapixels of 150 segments."""
        return 80_000.0

    def difference(self, given: Given, terms: Terms) -> AnswerDifference:
        """Compare by shared pixels."""
        answers = [
            Segments(read_masks([each["mask"] for each in drawn]), [each["class"] for each in drawn])
            for drawn in given.answers
        ]
        return SegmentDifference(answers, has_things=self.has_things)
