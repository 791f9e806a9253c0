"""The normal form that all writers share: the annotations that a task came to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from labeling.core.formats.base import LabeledTask

MIN_EXISTENCE = 0.5
_CLASS = itemgetter("class")
# The member that holds the shape, by the type of the job; classes of the whole image have none.
SHAPE_MEMBERS: dict[str, str] = {
    "image_classification": "",
    "multi_label_classification": "",
    "bounding_box": "box",
    "rotated_box": "rotated_box",
    "polygon": "polygon",
    "polyline": "polyline",
    "keypoints": "keypoints",
    "point": "point",
    "ellipse": "ellipse",
    "cuboid_2d": "cuboid_2d",
    "cuboid_3d": "cuboid_3d",
    "instance_segmentation": "mask",
    "semantic_segmentation": "mask",
    "panoptic_segmentation": "mask",
}
CLASSIFICATIONS = frozenset({"image_classification", "multi_label_classification"})
SHAPES = frozenset(SHAPE_MEMBERS) - CLASSIFICATIONS
WHICH_ARE_KEPT = (
    "of labels that are not final only objects with an existence of at least 0.5 are kept (their confidence counts "
    "where no existence is given); an object whose class is tied is left out."
)


class FinalAnnotation(NamedTuple):
    """One annotation of a conclusion; a tuple, as a release may make millions.

    Attributes
    ----------
    id : unique in its task.
    member : of docs/annotations.md that is the shape, such as `box`; empty for a class of the whole image.
    shape : in the canonical form of that member; None for a class of the whole image.
    confidence, p_exist : 0 to 1, where given.
    n_answers : answers behind the task's label.
    """

    id: str
    class_name: str
    member: str = ""
    shape: Any = None
    confidence: float | None = None
    p_exist: float | None = None
    n_answers: int = 0
    attributes: Mapping[str, Any] = MappingProxyType({})
    relations: Sequence[Mapping[str, Any]] = ()


def final_annotations(task: LabeledTask) -> Iterator[FinalAnnotation]:
    """Yield what the task came to, in the order of the conclusion; nothing where nobody answered."""
    value = task.value if task.is_answered else None
    if value is None:
        return
    if "objects" in value:
        for thing in kept_objects(task):
            yield _object(thing, task)
    elif "classes" in value:
        posterior = value.get("posterior", {})
        for number, name in enumerate(value["classes"], start=1):
            yield FinalAnnotation(
                str(number), name, confidence=posterior.get(name, task.confidence), n_answers=task.n_answers
            )
    elif value.get("class") is not None:
        attributes = value.get("attributes", {})
        yield FinalAnnotation(
            "1", value["class"], confidence=task.confidence, n_answers=task.n_answers, attributes=attributes
        )


def kept_objects(task: LabeledTask) -> list[dict[str, Any]]:
    """Return the objects of a conclusion that are exported, as they stand there; none where nobody answered."""
    things: list[dict[str, Any]] = task.value.get("objects", []) if task.value is not None and task.n_answers else []
    if task.state == "final" and None not in map(_CLASS, things):
        return things
    return [
        thing
        for thing in things
        if thing["class"] is not None
        and (task.state == "final" or thing.get("p_exist", thing["confidence"]) >= MIN_EXISTENCE)
    ]


def final_classes(task: LabeledTask) -> list[str]:
    """Return the class of each final annotation."""
    if task.value is not None and "objects" in task.value:
        names = list(map(_CLASS, task.value["objects"])) if task.n_answers else []
        # All are kept, mostly: of a million objects one look less is felt.
        return names if task.state == "final" and None not in names else list(map(_CLASS, kept_objects(task)))
    return [found.class_name for found in final_annotations(task)]


def member_of(thing: Mapping[str, Any]) -> str:
    """Return the name of the member that is the shape."""
    return next((member for member in _MEMBERS if member in thing), "")


_MEMBERS = tuple(dict.fromkeys(member for member in SHAPE_MEMBERS.values() if member))


def _object(thing: Mapping[str, Any], task: LabeledTask) -> FinalAnnotation:
    member = member_of(thing)
    return FinalAnnotation(
        str(thing.get("id", "")),
        thing["class"],
        member,
        thing.get(member),
        thing.get("confidence"),
        thing.get("p_exist"),
        task.n_answers,
        thing.get("attributes", {}),
        thing.get("relations", ()),
    )
