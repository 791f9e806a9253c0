"""How alike two answers of named boxes are, for coefficients over whole answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quality.core.agreement.shapes import AnswerAlpha
from quality.core.labels import FloatArray, IntArray
from quality.core.scoring import NamedBoxes, score_boxes

MIN_IOU = 0.5
UNANIMOUS = 1e-9


@dataclass(frozen=True)
class BoxDifference:
    """Compare answers: one less the F1 of their boxes, matched one to one from IoU 0.5 on and named alike.

    Parameters
    ----------
    answers : the boxes of each answer. Two answers without a box are equal.
    """

    answers: Sequence[NamedBoxes]

    def __call__(self, first: IntArray, second: IntArray) -> FloatArray:
        """Return (n_pairs,) differences, 0..1, of pairs of answer numbers."""
        pairs = zip(first.tolist(), second.tolist(), strict=True)
        return np.array([self._between(self.answers[one], self.answers[other]) for one, other in pairs], np.float64)

    def of_class(self, name: str) -> BoxDifference:
        """Return the comparison that looks at the boxes of one class alone."""
        return BoxDifference([_only(answer, name) for answer in self.answers])

    @staticmethod
    def _between(one: NamedBoxes, other: NamedBoxes) -> float:
        if not one.labels or not other.labels:
            return float(len(one.labels) != len(other.labels))
        f1 = score_boxes(one, other, min_iou=MIN_IOU).f1_named
        return 1.0 - (f1 if f1 is not None else 1.0)


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


def _only(answer: NamedBoxes, name: str) -> NamedBoxes:
    kept = [row for row, label in enumerate(answer.labels) if label == name]
    return NamedBoxes(boxes=answer.boxes[kept], labels=(name,) * len(kept))
