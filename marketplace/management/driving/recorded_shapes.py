"""Shapes in recorded crowds: how a line holds them, and the annotations that the service takes for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from labeling.core.geometry.base import BadShape
from labeling.core.geometry.masks import Mask
from marketplace.management.driving.errors import RecordingError
from quality.core.shapes.coded_masks import plain_masks

BOXES = "bounding_box"
MASKS = "instance_segmentation"
SEMANTIC, PANOPTIC = "semantic_segmentation", "panoptic_segmentation"
# What is not the object of a mask, where the whole image is asked for.
BACKGROUND = "background"
THE_ONE_CLASS = "object"
# Of these every answer divides the image, and so does an answer that shows one object.
DIVIDED = (SEMANTIC, PANOPTIC)

Json = dict[str, Any]
Line = Mapping[str, Any]


@dataclass(frozen=True)
class RecordedShape:
    """A kind of shape.

    Attributes
    ----------
    key : the line's member that holds the shapes.
    annotation_type, member : the service's names for them.
    read : makes of a line what the annotations hold.
    """

    key: str
    annotation_type: str
    member: str
    read: Callable[[Line, str], list[Any]]


def shape_of(line: Line, where: str) -> RecordedShape:
    """Return which kind of shape a line records.

    Raises
    ------
    RecordingError
        None that can be replayed.
    """
    found = next((shape for shape in RECORDED_SHAPES if shape.key in line), None)
    if found is None:
        told = ", ".join(shape.key for shape in RECORDED_SHAPES)
        raise RecordingError(f"{where} records none of what can be replayed: {told}.")
    return found


def annotations_of(line: Line, where: str, shape: RecordedShape, *, name: Callable[[str], str]) -> list[Json]:
    """Return a line's shapes as annotations; `name` makes a class name that the service takes."""
    if shape.key not in line:
        raise RecordingError(f"{where} has no {shape.key}, as lines before it have.")
    held = shape.read(line, where)
    labels = line.get("labels") or [THE_ONE_CLASS] * len(held)
    if len(labels) != len(held):
        raise RecordingError(f"{where}: every one of {shape.key} has one label, if any has.")
    return [{"class": name(str(label)), shape.member: value} for label, value in zip(labels, held, strict=True)]


def divided(masks: list[Json], *, height: int, width: int) -> list[Json]:
    """Return an answer of one mask, or of none, as a whole image: the object, and the background around it."""
    size = {"size": [height, width]}
    if not masks:
        return [{"class": BACKGROUND, "mask": size | {"counts": [0, height * width]}}]
    [thing] = masks
    counts = thing["mask"]["counts"]
    if counts == [0, height * width]:
        return [thing]
    rest = counts[1:] if counts[0] == 0 else [0, *counts]
    return [thing, {"class": BACKGROUND, "mask": size | {"counts": rest}}]


def coded(annotations: list[Json]) -> list[Json]:
    """Return annotations with their masks in the compressed text that the service keeps."""
    return [
        {**each, "mask": plain_masks([_turned(each["mask"])])[0]} if "mask" in each else each for each in annotations
    ]


def _turned(mask: Json) -> Mask:
    height, width = mask["size"]
    return Mask.from_runs(mask["counts"], height=width, width=height)


def _lists(key: str, n_numbers: int | None) -> Callable[[Line, str], list[Any]]:
    """Return a reader of shapes that are lists, of so many numbers where that is fixed."""

    def read(line: Line, where: str) -> list[Any]:
        shapes = line[key]
        fits = isinstance(shapes, list) and all(
            isinstance(shape, list) and n_numbers in (None, len(shape)) for shape in shapes
        )
        if not fits:
            what = "a list" if n_numbers is None else f"{n_numbers} numbers"
            raise RecordingError(f"{where}: every one of {key} is {what}.")
        return list(shapes)

    return read


def _mask(line: Line, where: str) -> list[Any]:
    """Return the one mask of row-major run lengths as the service takes it, column by column; none of no pixels."""
    try:
        height, width = int(line["height"]), int(line["width"])
        mask = Mask.from_runs(line["rle"], height=height, width=width)
    except (BadShape, KeyError, TypeError, ValueError) as error:
        raise RecordingError(f"{where}: rle are run lengths that fill height x width: {error}.") from error
    if not mask.area:
        return []
    counts = Mask.from_pixels(mask.to_pixels().T).to_runs()
    return [{"size": [height, width], "counts": counts}]


RECORDED_SHAPES = (
    RecordedShape("boxes", BOXES, "box", _lists("boxes", 4)),
    RecordedShape("points", "point", "point", _lists("points", 2)),
    RecordedShape("rle", MASKS, "mask", _mask),
    RecordedShape("polygons", "polygon", "polygon", _lists("polygons", None)),
    RecordedShape("polylines", "polyline", "polyline", _lists("polylines", None)),
    RecordedShape("rotated_boxes", "rotated_box", "rotated_box", _lists("rotated_boxes", 5)),
    RecordedShape("ellipses", "ellipse", "ellipse", _lists("ellipses", 5)),
)
