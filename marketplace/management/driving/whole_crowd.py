"""What all recorded answers together show, by the same aggregation as the service's, without a service."""

from __future__ import annotations

from collections.abc import Mapping

from marketplace.management.driving.recorded_shapes import DIVIDED, PANOPTIC
from marketplace.management.driving.recording import Annotations, Recording
from quality.core.classes.consensus import class_consensus
from quality.core.shapes.answers import ShapeAnswer
from quality.core.shapes.coded_masks import plain_masks, read_masks
from quality.core.shapes.consensus import learn_skills, shape_consensus
from quality.core.shapes.kinds import SHAPE_KINDS, ShapeKind
from quality.core.shapes.panoptic import segmented_belief
from quality.core.shapes.segmented import SegmentedAnswer, SegmentedTask, segmented_task
from quality.core.terms import Scene, Terms

Concluded = Mapping[str, Annotations]


def conclude_whole(recording: Recording) -> Concluded:
    """Return, by task, what every recorded answer together shows."""
    if recording.annotation_type in DIVIDED:
        return _segments(recording)
    kind = SHAPE_KINDS.get(recording.annotation_type)
    return _classes(recording) if kind is None else _shapes(kind, recording)


def terms_of(recording: Recording) -> Terms:
    """Return what of a recording's classes bears on consensus."""
    stuff = frozenset(name for name, kind in recording.kinds.items() if kind == "stuff")
    return Terms(classes=recording.classes, stuff=stuff)


def scenes_of(recording: Recording) -> dict[str, Scene]:
    """Return what each task is about."""
    terms = terms_of(recording)
    return {task.name: Scene(terms, width=task.width, height=task.height) for task in recording.tasks}


def _classes(recording: Recording) -> Concluded:
    rows = [
        (task, worker, given[0]["class"]) for worker, own in recording.answers.items() for task, given in own.items()
    ]
    beliefs = class_consensus(rows, classes=recording.classes).beliefs
    return {str(task): [{"class": belief.label}] for task, belief in beliefs.items()}


def _shapes(kind: ShapeKind, recording: Recording) -> Concluded:
    scenes = scenes_of(recording)
    answers: dict[str, list[ShapeAnswer]] = {task: [] for task in scenes}
    for worker, own in recording.answers.items():
        for task, given in own.items():
            labels = tuple(thing["class"] for thing in given)
            answers[task].append(ShapeAnswer(worker, kind.shapes(given, scenes[task]), labels))
    tolerance = kind.learned([[each.shapes for each in of_task] for of_task in answers.values()])
    frames = {task: frame for task, scene in scenes.items() if (frame := kind.frame(scene)) is not None}
    beliefs = shape_consensus(
        kind.geometry(terms_of(recording), tolerance=tolerance), answers, classes=recording.classes, frames=frames
    ).beliefs
    return {
        task: [{"class": each.label, kind.member: kind.plain(each.shape, scene)} for each in beliefs[task].objects]
        for task, scene in scenes.items()
    }


def _segments(recording: Recording) -> Concluded:
    answers: dict[str, list[SegmentedAnswer]] = {task.name: [] for task in recording.tasks}
    for worker, own in recording.answers.items():
        for task, given in own.items():
            masks = tuple(read_masks([thing["mask"] for thing in given]))
            answers[task].append(SegmentedAnswer(worker, masks, tuple(thing["class"] for thing in given)))
    # In a semantic image all of a class are one segment.
    stuff = terms_of(recording).stuff if recording.annotation_type == PANOPTIC else frozenset(recording.classes)
    tasks = {task: segmented_task(given, stuff=stuff) for task, given in answers.items()}
    skills = learn_skills([task.light() for task in tasks.values()], classes=recording.classes).skills

    def told(task: SegmentedTask) -> Annotations:
        found = segmented_belief(task, skills).segments
        plain = plain_masks([segment.mask for segment in found])
        return [{"class": segment.label, "mask": mask} for segment, mask in zip(found, plain, strict=True)]

    return {name: told(task) for name, task in tasks.items()}
