"""From what a file says of an asset, in its words, to annotations in ours."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from labeling.core.annotations.ontology import Attribute, AttributeType, ClassRules, Ontology
from labeling.core.imports.base import (
    MAX_SHAPES_OF_ASSET,
    NAMED_JOINTS,
    ImportedAsset,
    ImportedShape,
    ItemRefused,
    Size,
)
from labeling.core.imports.partitions import PARTITIONS, partition

# Others round shares of a side, count pixels from 1 or let a stroke hang over the edge: so far is a slip, not a fault.
SLIP_PX = 1.5
_TRUE, _FALSE = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no"})


@dataclass(frozen=True)
class Wanted:
    """What is to be had of a file.

    Attributes
    ----------
    class_map : our class by theirs; None leaves a class out. What is not named keeps its name.
    """

    annotation_type: str
    ontology: Ontology
    class_map: Mapping[str, str | None]


@dataclass(frozen=True)
class Taken:
    """Annotations as a worker would send them.

    Attributes
    ----------
    n_left_out : shapes of another kind, of classes that are not wanted, or crowds.
    score : mean of the shapes' scores, where they have some.
    """

    annotations: list[dict[str, Any]]
    n_left_out: int
    score: float | None


def take(asset: ImportedAsset, wanted: Wanted, size: Size | None) -> Taken:
    """Return what the file says of the asset.

    Raises
    ------
    ItemRefused
        Part of it cannot be read, a class is unknown, or nothing of it is what is wanted.
    """
    annotations: list[dict[str, Any]] = []
    scores: list[float] = []
    n_left_out = 0
    for shape in asset.shapes(size):
        class_name = None if shape is None else _class_of(shape, wanted)
        if shape is None or class_name is None:
            n_left_out += 1
            continue
        if len(annotations) >= MAX_SHAPES_OF_ASSET:
            raise ItemRefused("too_many", f"An asset has at most {MAX_SHAPES_OF_ASSET} annotations.")
        annotations.append(_annotation(shape, class_name, wanted.ontology, size))
        scores += [] if shape.score is None else [shape.score]
    if n_left_out and not annotations:
        raise ItemRefused(
            "nothing_usable", "All that is said of it is of another kind, or of classes that are left out."
        )
    if wanted.annotation_type in PARTITIONS and annotations:
        annotations = partition(annotations, wanted.ontology, wanted.annotation_type)
    return Taken(annotations, n_left_out, _mean(scores) if scores else None)


def _mean(scores: Sequence[float]) -> float:
    mean = sum(scores) / len(scores)
    if not math.isfinite(mean):
        raise ItemRefused("not_a_number", "The scores are so large that they have no mean.", field="score")
    return mean


def _class_of(shape: ImportedShape, wanted: Wanted) -> str | None:
    name = wanted.class_map.get(shape.class_name, shape.class_name)
    if name is not None and name not in wanted.ontology.rules:
        shown = shape.class_name[:100]
        raise ItemRefused(
            "unknown_class", f"The ontology has no class for {shown!r}: name it in the class map.", field=shown
        )
    return name


def _annotation(shape: ImportedShape, class_name: str, ontology: Ontology, size: Size | None) -> dict[str, Any]:
    given = shape.members
    if NAMED_JOINTS in given:
        given = {"keypoints": _joints(given[NAMED_JOINTS], ontology.rules[class_name])}
    settle = _SETTLE if size and not shape.is_ours else {}
    members = {name: settle[name](value, size) if name in settle and size else value for name, value in given.items()}
    attributes = _attributes(shape.attributes, ontology.rules[class_name])
    return {"class": class_name, **members} | ({"attributes": attributes} if attributes else {})


def _joints(named: Sequence[tuple[str, list[float]]], rules: ClassRules) -> list[list[float]]:
    """Return the joints in the order of the skeleton; named otherwise, as many as it has keep their own order."""
    names = rules.skeleton.joints if rules.skeleton else ()
    known = dict(named)
    if len(known) == len(named) and set(known) <= set(names):
        return [known.get(name, [0.0, 0.0, 0]) for name in names]
    if names and len(named) != len(names):
        raise ItemRefused("no_such_joint", "The joints are named otherwise than those of the ontology.")
    return [joint for _, joint in named]


def _attributes(given: Mapping[str, Any], rules: ClassRules) -> dict[str, Any]:
    """Return the values that the ontology has a place for, texts as what they stand for."""
    return {name: _value(given[name], rule) for name, rule in rules.attributes.items() if given.get(name) is not None}


def _value(value: Any, rule: Attribute) -> Any:
    if not isinstance(value, str):
        return (
            value if isinstance(value, bool | int | float) and rule.type is not AttributeType.BOOLEAN else _flag(value)
        )
    if rule.type is AttributeType.BOOLEAN:
        word = value.strip().lower()
        return True if word in _TRUE else False if word in _FALSE else value
    if rule.type is AttributeType.NUMBER:
        try:
            return float(value)
        except ValueError:
            return value
    return value


def _flag(value: Any) -> Any:
    return bool(value) if value in (0, 1) else value


def _settled(value: float, side: int) -> float:
    """Return a coordinate moved to the edge that it slipped over."""
    if -SLIP_PX <= value < 0:
        return 0.0
    return float(side) if side < value <= side + SLIP_PX else value


def _settled_pair(pair: list[float], size: Size) -> list[float]:
    return [_settled(pair[0], size.width), _settled(pair[1], size.height), *pair[2:]]


def _settled_box(box: list[float], size: Size) -> list[float]:
    return [*_settled_pair(box[:2], size), *_settled_pair(box[2:], size)]


def _settled_line(line: list[list[float]], size: Size) -> list[list[float]]:
    return [_settled_pair(pair, size) for pair in line]


def _settled_parts(parts: list[list[list[list[float]]]], size: Size) -> list[list[list[list[float]]]]:
    return [[_settled_line(ring, size) for ring in part] for part in parts]


_SETTLE: Mapping[str, Callable[[Any, Size], Any]] = {
    "box": _settled_box,
    "polygon": _settled_parts,
    "polyline": _settled_line,
    "keypoints": _settled_line,
    "point": _settled_pair,
}
