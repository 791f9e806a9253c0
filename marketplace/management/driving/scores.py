"""How good labels are: those that were bought, and those of the whole recording, against gold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labeling.core.geometry.base import Frame
from labeling.core.geometry.boxes import BoxGeometry, as_boxes
from marketplace.management.driving.recording import BOXES, Annotations, Recording
from quality.core.classes.consensus import class_consensus
from quality.core.scoring import NamedBoxes, score_boxes, score_classes, total
from quality.core.shapes.answers import ShapeAnswer
from quality.core.shapes.consensus import shape_consensus

PLACES = 6


@dataclass(frozen=True)
class Conclusions:
    """What was concluded by task: annotations, or None where nothing was."""

    annotation_type: str
    by_task: Mapping[str, Annotations | None]


def exported_conclusions(annotation_type: str, documents: Mapping[str, Mapping[str, Any]]) -> Conclusions:
    """Return what exported documents say."""
    by_task = {name: _annotations(annotation_type, document["value"]) for name, document in documents.items()}
    return Conclusions(annotation_type, by_task)


def _annotations(annotation_type: str, value: Mapping[str, Any] | None) -> Annotations | None:
    if value is None:
        return None
    if annotation_type == BOXES:
        return [{"class": thing["class"], "box": thing["box"]} for thing in value["objects"]]
    return [{"class": value["class"]}]


def conclude_all(recording: Recording) -> Conclusions:
    """Return what the service's own aggregation concludes from every recorded answer."""
    if recording.annotation_type == BOXES:
        return Conclusions(BOXES, _conclude_boxes(recording))
    rows = [
        (task, worker, given[0]["class"]) for worker, own in recording.answers.items() for task, given in own.items()
    ]
    beliefs = class_consensus(rows, classes=recording.classes).beliefs
    return Conclusions(
        recording.annotation_type, {str(task): [{"class": belief.label}] for task, belief in beliefs.items()}
    )


def _conclude_boxes(recording: Recording) -> dict[str, Annotations | None]:
    answers: dict[str, list[ShapeAnswer]] = {task.name: [] for task in recording.tasks}
    for worker, own in recording.answers.items():
        for task, given in own.items():
            boxes = as_boxes([thing["box"] for thing in given])
            answers[task].append(ShapeAnswer(worker, boxes, tuple(thing["class"] for thing in given)))
    sizes = {task.name: Frame(task.width, task.height) for task in recording.tasks if task.width and task.height}
    beliefs = shape_consensus(BoxGeometry(), answers, classes=recording.classes, frames=sizes).beliefs
    return {
        str(task): [{"class": thing.label, "box": thing.shape.tolist()} for thing in belief.objects]
        for task, belief in beliefs.items()
    }


def scores(concluded: Conclusions, gold: Mapping[str, Annotations]) -> dict[str, float | None]:
    """Return the accuracy of classes, or F1 of boxes at an IoU of 0.5 and 0.75; None without gold."""
    if concluded.annotation_type == BOXES:
        return {f"f1_{int(100 * min_iou)}": _f1(concluded, gold, min_iou) for min_iou in (0.5, 0.75)}
    chosen = {task: given[0]["class"] if given else None for task, given in concluded.by_task.items()}
    accuracy = score_classes(chosen, {task: given[0]["class"] for task, given in gold.items()}).accuracy
    return {"accuracy": _rounded(accuracy)}


def _f1(concluded: Conclusions, gold: Mapping[str, Annotations], min_iou: float) -> float | None:
    scored = (
        score_boxes(_named(concluded.by_task[task] or []), _named(given), min_iou=min_iou)
        for task, given in gold.items()
        if task in concluded.by_task
    )
    return _rounded(total(scored).f1)


def _named(annotations: Annotations) -> NamedBoxes:
    return NamedBoxes(
        boxes=as_boxes([thing["box"] for thing in annotations]), labels=tuple(thing["class"] for thing in annotations)
    )


def _rounded(score: float | None) -> float | None:
    return None if score is None else round(score, PLACES)
