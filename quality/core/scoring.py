"""How near conclusions come to gold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from labeling.core.geometry.boxes import Boxes, iou_matrix
from quality.core.labels import TaskId


@dataclass(frozen=True)
class ClassScore:
    """Count the gold tasks concluded right."""

    n_right: int
    n_scored: int

    @property
    def accuracy(self) -> float | None:
        """Return the share right, None where nothing was scored."""
        return self.n_right / self.n_scored if self.n_scored else None


def score_classes(concluded: Mapping[TaskId, str | None], gold: Mapping[TaskId, str]) -> ClassScore:
    """Compare conclusions with gold on the tasks in both; no conclusion (None, a tie) is wrong."""
    scored = [task_id for task_id in gold if task_id in concluded]
    return ClassScore(n_right=sum(concluded[task_id] == gold[task_id] for task_id in scored), n_scored=len(scored))


@dataclass(frozen=True)
class BoxScore:
    """Count matched, surplus and missing boxes.

    Parameters
    ----------
    n_matched : pairs of a concluded and a gold box.
    n_named_right : pairs whose classes agree as well.
    n_concluded, n_gold : all boxes of either kind.
    sum_iou : IoU summed over the pairs.
    """

    n_matched: int = 0
    n_named_right: int = 0
    n_concluded: int = 0
    n_gold: int = 0
    sum_iou: float = 0.0

    def __add__(self, other: BoxScore) -> BoxScore:
        """Return the score of both sets of images together."""
        return BoxScore(
            n_matched=self.n_matched + other.n_matched,
            n_named_right=self.n_named_right + other.n_named_right,
            n_concluded=self.n_concluded + other.n_concluded,
            n_gold=self.n_gold + other.n_gold,
            sum_iou=self.sum_iou + other.sum_iou,
        )

    @property
    def precision(self) -> float | None:
        """Return the share of concluded boxes that match gold, None where nothing was concluded."""
        return self.n_matched / self.n_concluded if self.n_concluded else None

    @property
    def recall(self) -> float | None:
        """Return the share of gold boxes that are matched, None where there is no gold box."""
        return self.n_matched / self.n_gold if self.n_gold else None

    @property
    def f1(self) -> float | None:
        """Return the harmonic mean of precision and recall, None where there is no box at all."""
        n_boxes = self.n_concluded + self.n_gold
        return 2 * self.n_matched / n_boxes if n_boxes else None

    @property
    def f1_named(self) -> float | None:
        """Return F1 where a pair counts only if its classes agree."""
        n_boxes = self.n_concluded + self.n_gold
        return 2 * self.n_named_right / n_boxes if n_boxes else None

    @property
    def mean_iou(self) -> float | None:
        """Return the mean IoU of the matched pairs, None without any."""
        return self.sum_iou / self.n_matched if self.n_matched else None


@dataclass(frozen=True)
class NamedBoxes:
    """Hold (n, 4) boxes and their n classes (None: undecided)."""

    boxes: Boxes
    labels: tuple[str | None, ...]


def score_boxes(concluded: NamedBoxes, gold: NamedBoxes, *, min_iou: float = 0.5) -> BoxScore:
    """Match the boxes of one image one to one, optimally, and count.

    Parameters
    ----------
    min_iou : pairs below it never match, in (0, 1].

    Notes
    -----
    The matching has the most pairs possible and, among those, the largest sum of IoU (assignment problem); classes
    play no part in it, so that a wrong name is not also counted as a missing and a surplus box.

    Raises
    ------
    ValueError
        `min_iou` is outside (0, 1].
    """
    if not 0.0 < min_iou <= 1.0:
        raise ValueError("min_iou must lie in (0, 1]")
    iou = iou_matrix(concluded.boxes, gold.boxes)
    # A bonus larger than any sum of IoU puts the number of pairs first.
    bonus = 1.0 + min(iou.shape)
    rows, columns = linear_sum_assignment(np.where(iou >= min_iou, iou + bonus, 0.0), maximize=True)
    pairs = [(row, column) for row, column in zip(rows, columns, strict=True) if iou[row, column] >= min_iou]
    return BoxScore(
        n_matched=len(pairs),
        n_named_right=sum(concluded.labels[row] == gold.labels[column] for row, column in pairs),
        n_concluded=len(concluded.boxes),
        n_gold=len(gold.boxes),
        sum_iou=float(sum(iou[row, column] for row, column in pairs)),
    )


def total(scores: Iterable[BoxScore]) -> BoxScore:
    """Return the score of all images together (micro average)."""
    return sum(scores, start=BoxScore())
