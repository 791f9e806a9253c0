"""LabelMe: a JSON document for each image.

Source: https://github.com/wkentaro/labelme, version 5: of a mask `points` are its first and its last pixel and `mask`
is a PNG of what lies between them, in base64.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from labeling.core.formats import masks, shapes
from labeling.core.formats.archives import Member, zipped
from labeling.core.formats.base import Export, Format, LabeledTask, Loss, to_json
from labeling.core.formats.classes import LabelClass
from labeling.core.formats.final import CLASSIFICATIONS, FinalAnnotation, final_annotations
from labeling.core.formats.names import Name, named
from labeling.core.formats.png import png

VERSION = "5.5.0"
Drawn = Iterator[tuple[str, list[list[float]], dict[str, Any]]]


def _members(export: Export) -> Iterator[Member]:
    classes = export.class_named()
    for task, name in named(export.tasks()):
        if task.is_answered:
            folder = f"{task.split}/" if task.split else ""
            yield Member(f"{folder}{name.stem}.json", to_json(_document(task, name, classes)))


def _document(task: LabeledTask, name: Name, classes: Mapping[str, LabelClass]) -> dict[str, Any]:
    flags: dict[str, bool] = {}
    drawn: list[dict[str, Any]] = []
    for group, found in enumerate(final_annotations(task), start=1):
        if not found.member:
            flags[found.class_name] = True
            continue
        for kind, points, more in _DRAWN[found.member](found, classes[found.class_name]):
            drawn.append(_shape(found, kind, points, group) | more)
    return {
        "version": VERSION,
        "flags": flags,
        "shapes": drawn,
        "imagePath": name.image,
        "imageData": None,
        "imageHeight": task.height,
        "imageWidth": task.width,
    }


def _shape(found: FinalAnnotation, kind: str, points: list[list[float]], group: int) -> dict[str, Any]:
    flags = {name: value for name, value in found.attributes.items() if isinstance(value, bool)}
    others = {name: value for name, value in found.attributes.items() if not isinstance(value, bool)}
    return {
        "label": found.class_name,
        "points": points,
        "group_id": group,
        "description": "; ".join(f"{name}={value}" for name, value in others.items()),
        "shape_type": kind,
        "flags": flags,
        "mask": None,
    }


def _box(found: FinalAnnotation, _: LabelClass) -> Drawn:
    x1, y1, x2, y2 = found.shape
    yield "rectangle", [[x1, y1], [x2, y2]], {}


def _area(found: FinalAnnotation, _: LabelClass) -> Drawn:
    for part in shapes.outlines(found.member, found.shape):
        yield "polygon", shapes.bridged(part), {}


def _line(found: FinalAnnotation, _: LabelClass) -> Drawn:
    yield "linestrip", found.shape, {}


def _point(found: FinalAnnotation, _: LabelClass) -> Drawn:
    yield "point", [found.shape], {}


def _joints(found: FinalAnnotation, label: LabelClass) -> Drawn:
    names = label.skeleton.joints if label.skeleton else [str(place) for place in range(len(found.shape))]
    for name, (x, y, visibility) in zip(names, found.shape, strict=False):
        if visibility:
            yield "point", [[x, y]], {"description": name, "flags": {"hidden": visibility == 1}}


def _mask(found: FinalAnnotation, _: LabelClass) -> Drawn:
    x1, y1, x2, y2 = masks.mask_bounds(found.shape)
    if x2 > x1:
        inside = masks.pixels_of(found.shape)[y1:y2, x1:x2].astype(np.uint8)
        yield "mask", [[x1, y1], [x2 - 1, y2 - 1]], {"mask": base64.b64encode(png(inside)).decode()}


_DRAWN: dict[str, Callable[[FinalAnnotation, LabelClass], Drawn]] = {
    "box": _box,
    "rotated_box": _area,
    "polygon": _area,
    "ellipse": _area,
    "polyline": _line,
    "point": _point,
    "keypoints": _joints,
    "mask": _mask,
}

LABELME = Format(
    file_name="labelme.zip",
    content_type="application/zip",
    annotation_types=CLASSIFICATIONS
    | {"bounding_box", "rotated_box", "polygon", "ellipse", "polyline", "point", "keypoints"}
    | {"instance_segmentation", "semantic_segmentation", "panoptic_segmentation"},
    lost=frozenset({Loss.ATTRIBUTES, Loss.CONFIDENCE, Loss.IDS, Loss.NAMES, Loss.RELATIONS}),
    has_side_file=True,
    notes=(
        "labelme.zip: classes of the whole image are flags; rotated boxes and ellipses (64 corners) are polygons; "
        "parts of a polygon and joints of a skeleton are shapes of one group_id, a hole is reached by a bridge of no "
        "width.",
        "labelme.zip: true and false attributes are flags of a shape, others are in its description; of joints the "
        "description is the name and the flag `hidden` the visibility. Attributes of joints and of whole images are "
        "in provenance.jsonl alone, and so is confidence.",
    ),
    write=zipped(_members),
)
