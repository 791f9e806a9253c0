"""Boxes as the consensus of shapes takes them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence

from numpy.typing import ArrayLike

from labeling.core.geometry.base import Frame
from labeling.core.geometry.boxes import BoxGeometry, as_boxes
from quality.core.labels import TaskId
from quality.core.shapes.answers import ShapeAnswer
from quality.core.shapes.beliefs import ShapeBelief, shape_belief
from quality.core.shapes.consensus import ShapeConsensus, shape_consensus
from quality.core.shapes.skills import ShapeSkills

BOX = BoxGeometry()


def box_answer(worker_id: Hashable, boxes: ArrayLike, labels: Sequence[str]) -> ShapeAnswer:
    """Return the boxes one worker drew on one task."""
    return ShapeAnswer(worker_id, as_boxes(boxes), tuple(labels))


def box_belief(answers: Iterable[ShapeAnswer], skills: ShapeSkills, *, image: Frame | None = None) -> ShapeBelief:
    """Conclude one task from its answers so far."""
    return shape_belief(BOX, answers, skills, frame=image)


def box_consensus(
    answers: Mapping[TaskId, Iterable[ShapeAnswer]],
    *,
    classes: Sequence[str],
    images: Mapping[TaskId, Frame] | None = None,
) -> ShapeConsensus[TaskId]:
    """Conclude a whole job."""
    return shape_consensus(BOX, answers, classes=classes, frames=images)
