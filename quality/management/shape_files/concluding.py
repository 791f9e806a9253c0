"""Conclude a recording: shapes matched across workers, or one mask a task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from labeling.core.geometry.base import Geometry
from labeling.core.geometry.masks import Mask, MaskGeometry
from labeling.core.geometry.points import PointGeometry
from labeling.core.geometry.polylines import PolylineGeometry
from labeling.core.geometry.registry import GEOMETRIES
from quality.core.shapes.consensus import shape_consensus
from quality.core.shapes.fusion.masks import DEFAULT_MASK_PRIORS, fuse_masks
from quality.core.shapes.scale import typical_radius
from quality.core.shapes.skills import DEFAULT_DETECTION_PRIORS
from quality.management.shape_files.reading import Recording

DEFAULT_RADIUS_PX = 5.0


@dataclass(frozen=True)
class TaskConclusion:
    """What was concluded of a task, the likeliest object first.

    Parameters
    ----------
    labels : the class of each shape, None where classes tie.
    confidence : of each shape, that it exists, is named right and is well placed.
    """

    shapes: tuple[Any, ...]
    labels: tuple[str | None, ...]
    confidence: tuple[float, ...]


@dataclass(frozen=True)
class Conclusions:
    """What was concluded of every task, and how."""

    tasks: dict[str, TaskConclusion]
    parameters: dict[str, Any]
    counts: dict[str, int]


def geometry_for(shape: str, *, radius: float | None) -> Geometry:
    """Return the geometry by which shapes are compared with gold."""
    if shape == PointGeometry.name:
        return PointGeometry(radius or DEFAULT_RADIUS_PX)
    if shape == PolylineGeometry.name:
        return PolylineGeometry(radius or PolylineGeometry.tolerance)
    return GEOMETRIES[shape]()


def conclude(recording: Recording, geometry: Geometry) -> Conclusions:
    """Conclude every task of a recording."""
    if isinstance(geometry, MaskGeometry):
        return _masks(recording)
    matching, parameters = _matching(recording, geometry)
    found = shape_consensus(matching, recording.answers, classes=recording.classes, frames=recording.frames)
    tasks, n_disputed, n_doubted = {}, 0, 0
    for task, belief in found.beliefs.items():
        things = sorted(belief.objects, key=lambda thing: (-thing.belief_in_object, str(matching.plain(thing.shape))))
        n_disputed += sum(bool(thing.disputes) for thing in things)
        n_doubted += len(belief.doubted)
        tasks[task] = TaskConclusion(
            shapes=tuple(thing.shape for thing in things),
            labels=tuple(thing.label for thing in things),
            confidence=tuple(thing.belief_in_object for thing in things),
        )
    crowd = {name: round(value, 6) for name, value in vars(found.skills.crowd).items()}
    return Conclusions(
        tasks=tasks,
        parameters={
            "method": "average linkage, existence by EM, robust fusion",
            **parameters,
            "priors": vars(DEFAULT_DETECTION_PRIORS),
            "learned": crowd,
            "n_iter": found.n_iter,
            "converged": found.converged,
        },
        counts={
            "objects": sum(len(task.shapes) for task in tasks.values()),
            "disputed_objects": n_disputed,
            "doubted": n_doubted,
        },
    )


def _matching(recording: Recording, geometry: Geometry) -> tuple[Geometry, dict[str, Any]]:
    """Return the geometry by which shapes of different workers are matched: points at the scale they show."""
    if not isinstance(geometry, PointGeometry):
        return geometry, {}
    found = typical_radius(
        [np.reshape(np.array(answer.shapes, dtype=np.float64), (-1, 2)) for answer in given]
        for given in recording.answers.values()
    )
    radius = found or geometry.radius
    return PointGeometry(radius), {"matching_radius_px": round(radius, 3)}


def _masks(recording: Recording) -> Conclusions:
    """Conclude one mask a task; an empty one is a vote against every pixel."""
    tasks = {}
    for task, given in recording.answers.items():
        masks: list[Mask] = [mask for answer in given for mask in answer.shapes]
        fused = fuse_masks(masks)
        tasks[task] = TaskConclusion((fused.mask,), _label_of(recording, task), (fused.confidence,))
    return Conclusions(
        tasks=tasks,
        parameters={"method": "EM over patterns of votes on disputed pixels", "priors": vars(DEFAULT_MASK_PRIORS)},
        counts={"objects": len(tasks), "empty_masks": sum(not task.shapes[0].area for task in tasks.values())},
    )


def _label_of(recording: Recording, task: str) -> tuple[str | None, ...]:
    """Return the class most gave the task's mask, None for a tie."""
    votes = [label for answer in recording.answers[task] for label in answer.labels]
    most = max((votes.count(label) for label in set(votes)), default=0)
    leading = sorted({label for label in votes if votes.count(label) == most})
    return (leading[0] if len(leading) == 1 else None,)
