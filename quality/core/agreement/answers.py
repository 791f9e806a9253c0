"""How alike two whole answers are, for coefficients over answers that hold any number of things."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from labeling.core.geometry.base import Geometry
from quality.core.agreement.shapes import AnswerAlpha
from quality.core.gold.segments import Segments, match_classes_of_pixels, match_segments
from quality.core.labels import FloatArray, IntArray
from quality.core.shapes.scoring import NamedShapes, score_shapes

MIN_SIMILARITY = 0.5
UNANIMOUS = 1e-9
NO_VOID: frozenset[str] = frozenset()


class AnswerDifference(Protocol):
    """Compare answers by their number."""

    @property
    def mean_size(self) -> float:
        """Return the mean number of things in an answer."""

    def __call__(self, first: IntArray, second: IntArray) -> FloatArray:
        """Return (n_pairs,) differences, 0..1, of pairs of answer numbers."""

    def of_class(self, name: str) -> AnswerDifference:
        """Return the comparison that looks at the things of one class alone."""


@dataclass(frozen=True)
class ShapeDifference:
    """Compare answers: one less the F1 of their shapes, matched one to one from a similarity of 0.5 on and named alike.

    Parameters
    ----------
    answers : the shapes of each answer. Two answers without a shape are equal.
    """

    geometry: Geometry
    answers: Sequence[NamedShapes]

    @property
    def mean_size(self) -> float:
        """Return the mean number of shapes in an answer."""
        return _mean([len(answer.labels) for answer in self.answers])

    def __call__(self, first: IntArray, second: IntArray) -> FloatArray:
        """Return (n_pairs,) differences, 0..1, of pairs of answer numbers."""
        pairs = zip(first.tolist(), second.tolist(), strict=True)
        return np.array([self._between(self.answers[one], self.answers[other]) for one, other in pairs], np.float64)

    def of_class(self, name: str) -> ShapeDifference:
        """Return the comparison that looks at the shapes of one class alone."""
        return ShapeDifference(self.geometry, [_only(answer, name) for answer in self.answers])

    def _between(self, one: NamedShapes, other: NamedShapes) -> float:
        if not one.labels or not other.labels:
            return float(len(one.labels) != len(other.labels))
        (score,) = score_shapes(self.geometry, one, other, min_similarities=(MIN_SIMILARITY,))
        return 1.0 - (score.f1_named if score.f1_named is not None else 1.0)


@dataclass(frozen=True)
class SetDifference:
    """Compare answers that are sets of classes: one less the F1 of the classes. Two empty sets are equal."""

    answers: Sequence[frozenset[str]]

    @property
    def mean_size(self) -> float:
        """Return the mean number of classes in an answer."""
        return _mean([len(answer) for answer in self.answers])

    def __call__(self, first: IntArray, second: IntArray) -> FloatArray:
        """Return (n_pairs,) differences, 0..1, of pairs of answer numbers."""
        size = np.array([len(answer) for answer in self.answers], dtype=np.float64)
        pairs = zip(first.tolist(), second.tolist(), strict=True)
        shared = np.array([len(self.answers[one] & self.answers[other]) for one, other in pairs], dtype=np.float64)
        total = size[first] + size[second]
        likeness: FloatArray = np.divide(2.0 * shared, total, out=np.ones_like(total), where=total > 0.0)
        return 1.0 - likeness

    def of_class(self, name: str) -> SetDifference:
        """Return the comparison that looks at one class alone."""
        return SetDifference([answer & {name} for answer in self.answers])


@dataclass(frozen=True)
class SegmentDifference:
    """Compare segmented images: one less their panoptic quality, or their mean IoU where there are no things.

    Void is a class as any other here, so that neither answer is the measure of the other.
    """

    answers: Sequence[Segments]
    has_things: bool

    @property
    def mean_size(self) -> float:
        """Return the mean number of segments in an answer."""
        return _mean([len(answer.labels) for answer in self.answers])

    def __call__(self, first: IntArray, second: IntArray) -> FloatArray:
        """Return (n_pairs,) differences, 0..1, of pairs of answer numbers."""
        pairs = zip(first.tolist(), second.tolist(), strict=True)
        return np.array([self._between(self.answers[one], self.answers[other]) for one, other in pairs], np.float64)

    def of_class(self, name: str) -> SegmentDifference:
        """Return the comparison that looks at the segments of one class alone."""
        return SegmentDifference([answer.only(name) for answer in self.answers], has_things=self.has_things)

    def _between(self, one: Segments, other: Segments) -> float:
        if self.has_things:
            found = match_segments(one, other, void=NO_VOID, min_similarity=MIN_SIMILARITY)
            score = found.panoptic_quality([1.0] * len(found.iou), ()).score
        else:
            found = match_classes_of_pixels(one, other, void=NO_VOID, min_similarity=MIN_SIMILARITY)
            score = found.mean_iou([1.0] * len(found.iou), ()).score
        return max(1.0 - score, 0.0)


@dataclass(frozen=True)
class MeanLikeness:
    """Average over tasks how alike the pairs of answers of a task are.

    Parameters
    ----------
    likeness : (n_tasks,) 0..1.
    n_answers : on those tasks.
    """

    likeness: FloatArray
    n_answers: int

    @classmethod
    def pairwise(cls, alpha: AnswerAlpha) -> MeanLikeness:
        """Return the mean likeness of two answers drawn from a task."""
        # Each task's sum holds both orders of a pair over one less than its answers.
        return cls(likeness=1.0 - alpha.per_task / alpha.overlap, n_answers=alpha.n_labels)

    @classmethod
    def unanimous(cls, alpha: AnswerAlpha) -> MeanLikeness:
        """Return the share of tasks on which no two answers differ."""
        return cls(likeness=(alpha.per_task < UNANIMOUS).astype(np.float64), n_answers=alpha.n_labels)

    @property
    def n_tasks(self) -> int:
        """Return the number of tasks."""
        return len(self.likeness)

    @property
    def n_labels(self) -> int:
        """Return the number of answers on them."""
        return self.n_answers

    def values(self, weights: FloatArray) -> FloatArray:
        """Return (n_columns,) weighted means."""
        mean: FloatArray = (self.likeness @ weights) / weights.sum(axis=0)
        return mean


def _only(answer: NamedShapes, name: str) -> NamedShapes:
    kept = [row for row, label in enumerate(answer.labels) if label == name]
    return NamedShapes(shapes=answer.shapes[kept], labels=(name,) * len(kept))


def _mean(sizes: Sequence[int]) -> float:
    return sum(sizes) / max(1, len(sizes))
