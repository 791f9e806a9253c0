"""Conclude a whole job of box answers: who misses how much, and what each task shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from labeling.core.geometry.boxes import BoxGeometry
from quality.core.boxes.answers import BoxAnswer, ImageSize
from quality.core.labels import TaskId
from quality.core.shapes.beliefs import DEFAULT_METHOD, ShapeMethod
from quality.core.shapes.consensus import ShapeConsensus, shape_consensus
from quality.core.shapes.skills import DEFAULT_DETECTION_PRIORS, DetectionPriors


def box_consensus(
    answers: Mapping[TaskId, Iterable[BoxAnswer]],
    *,
    classes: Sequence[str],
    images: Mapping[TaskId, ImageSize] | None = None,
    priors: DetectionPriors = DEFAULT_DETECTION_PRIORS,
    method: ShapeMethod = DEFAULT_METHOD,
) -> ShapeConsensus[TaskId]:
    """Learn all skills from all answers (by task id), then believe each task as `box_belief` does.

    Parameters
    ----------
    answers : empty answers included; without them nobody's misses would be learned.
    classes : the ontology's classes; every label is one of them.
    images : sizes of some or all tasks' images; boxes are cut to them.

    Raises
    ------
    ValueError
        A label is not among the classes.
    """
    return shape_consensus(BoxGeometry(), answers, classes=classes, frames=images, priors=priors, method=method)
