"""Scoring annotations against known ones, as answers store them."""

from collections.abc import Callable
from typing import Any

from labeling.core.geometry.registry import GEOMETRIES
from quality.core.gold.scoring import Conflict, score_class, score_shapes_of_answer
from quality.core.gold.scoring import GoldScore as Scored
from quality.core.shapes.scoring import NamedShapes

Annotations = list[dict[str, Any]]


def score_annotations(annotation_type: str, given: Annotations, known: Annotations) -> Scored:
    """Compare annotations with known ones of the same type."""
    return _SCORERS[annotation_type](given, known)


def told_conflict(conflict: Conflict) -> dict[str, Any]:
    """Return a conflict in plain types."""
    return {
        "kind": conflict.kind.value,
        "given": conflict.given,
        "known": conflict.known,
        "similarity": conflict.similarity,
    }


def _score_class(given: Annotations, known: Annotations) -> Scored:
    return score_class(given[0]["class"], known[0]["class"])


def _score_boxes(given: Annotations, known: Annotations) -> Scored:
    geometry = GEOMETRIES["box"]()
    sides = []
    for annotations in (given, known):
        shapes = geometry.collect([geometry.read(each["box"]) for each in annotations])
        sides.append(NamedShapes(shapes=shapes, labels=tuple(each["class"] for each in annotations)))
    return score_shapes_of_answer(geometry, *sides)


_SCORERS: dict[str, Callable[[Annotations, Annotations], Scored]] = {
    "image_classification": _score_class,
    "bounding_box": _score_boxes,
}
