"""Label Studio's JSON: coordinates in percent, turns about the top left corner, masks as its own run lengths.

Source: https://labelstud.io/guide/task_format and https://labelstud.io/tags/; the run lengths of a brush are those of
https://github.com/thi-ng/umbrella/tree/develop/packages/rle-pack: bits, most significant first; the number of values in
32, the bits of a value less one in 5, the bits of four lengths less one in 4 each; then for each run a 1, which of the
lengths in 2, the length less one, the value. The values are the red, green, blue and alpha of each pixel, row by row.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labeling.core.formats import masks, shapes
from labeling.core.formats.base import Export, Format, LabeledTask
from labeling.core.formats.classes import LabelClass
from labeling.core.formats.coco import joined
from labeling.core.formats.final import CLASSIFICATIONS, FinalAnnotation, final_annotations

LENGTH_BITS = (3, 4, 8, 16)
VALUE_BITS = 8
# A point is a small circle there, whose width is a share of the image's.
POINT_PERCENT = 0.5
Result = dict[str, Any]


def write(export: Export) -> Iterator[bytes]:
    """Yield an array of tasks, one a line."""
    classes = export.class_named()
    yield b"[\n"
    yield from joined(_task(task, classes) for task in export.tasks() if _is_told(task, export))
    yield b"\n]\n"


def _is_told(task: LabeledTask, export: Export) -> bool:
    """Return whether there is a label, and the size without which no percent can be told."""
    needs_size = export.annotation_type not in CLASSIFICATIONS
    return task.is_answered and bool(not needs_size or (task.width and task.height))


def _task(task: LabeledTask, classes: Mapping[str, LabelClass]) -> dict[str, Any]:
    found = list(final_annotations(task))
    result = [part for annotation in found for part in _results(annotation, task, classes)]
    if found and not found[0].member:
        result = [_choices(found, task), *result]
    data = {"image": task.external_id, "asset_id": task.asset_id, "state": task.state}
    return {
        "id": task.ordinal,
        "data": data | ({"split": task.split} if task.split else {}),
        "annotations": [{"id": task.ordinal, "was_cancelled": False, "ground_truth": False, "result": result}],
        "meta": {"confidence": task.confidence, "n_answers": task.n_answers},
    }


def _results(found: FinalAnnotation, task: LabeledTask, classes: Mapping[str, LabelClass]) -> Iterator[Result]:
    """Yield the regions of an annotation, its attributes and its relations."""
    frame = _frame(task)
    kinds = {attribute.name: attribute.type for attribute in classes[found.class_name].attributes}
    regions = list(_REGIONS[found.member](found, task, classes)) if found.member else []
    yield from (region | frame | {"score": found.confidence} for region in regions)
    place = regions[0]["value"] if regions else {}
    bare = {key: value for key, value in place.items() if not key.endswith("labels")}
    for name, value in found.attributes.items():
        kind, told = _attribute(value, kinds.get(name, "text"))
        yield {"id": found.id, "from_name": name, "to_name": "image", "type": kind, **frame, "value": bare | told}
    for relation in found.relations:
        labels = [relation["name"]]
        ends = {"from_id": found.id, "to_id": relation["to"]}
        yield {"type": "relation", "direction": "right", "labels": labels, **ends}


def _frame(task: LabeledTask) -> Result:
    return {"original_width": task.width, "original_height": task.height, "image_rotation": 0}


def _attribute(value: Any, kind: str) -> tuple[str, Result]:
    if kind == "number":
        return "number", {"number": value}
    if kind == "text":
        return "textarea", {"text": [value]}
    return "choices", {"choices": [value if isinstance(value, str) else "true" if value else "false"]}


def _choices(found: Sequence[FinalAnnotation], task: LabeledTask) -> Result:
    value = {"choices": [annotation.class_name for annotation in found]}
    head = {"id": "choice", "from_name": "label", "to_name": "image", "type": "choices"}
    return {**head, **_frame(task), "value": value, "score": task.confidence}


def _region(found: FinalAnnotation, kind: str, value: Result, *, id_: str = "", label: str = "") -> Result:
    return {
        "id": id_ or found.id,
        "from_name": "label",
        "to_name": "image",
        "type": kind,
        "value": value | {kind: [label or found.class_name]},
    }


def _percent(x: float, y: float, task: LabeledTask) -> tuple[float, float]:
    return 100.0 * x / (task.width or 1), 100.0 * y / (task.height or 1)


def _box_value(bounds: Sequence[float], task: LabeledTask) -> Result:
    x1, y1, x2, y2 = bounds
    x, y = _percent(x1, y1, task)
    width, height = _percent(x2 - x1, y2 - y1, task)
    return {"x": x, "y": y, "width": width, "height": height, "rotation": 0}


def _box(found: FinalAnnotation, task: LabeledTask, _: Any) -> Iterator[Result]:
    yield _region(found, "rectanglelabels", _box_value(found.shape, task))


def _rotated_box(found: FinalAnnotation, task: LabeledTask, _: Any) -> Iterator[Result]:
    _cx, _cy, width, height, degrees = found.shape
    x, y = shapes.rotated_corners(found.shape)[0]
    value = _box_value((x, y, x + width, y + height), task) | {"rotation": degrees}
    yield _region(found, "rectanglelabels", value)


def _polygon(found: FinalAnnotation, task: LabeledTask, _: Any) -> Iterator[Result]:
    for number, part in enumerate(shapes.polygon_parts(found.shape)):
        points = [_percent(point[0], point[1], task) for point in shapes.bridged(part)]
        id_ = f"{found.id}.{number}" if number else found.id
        yield _region(found, "polygonlabels", {"points": points, "closed": True}, id_=id_)


def _polyline(found: FinalAnnotation, task: LabeledTask, _: Any) -> Iterator[Result]:
    """Yield a vector that is open: each point says which it comes from."""
    vertices: list[Result] = []
    for number, point in enumerate(found.shape):
        x, y = _percent(point[0], point[1], task)
        before = vertices[-1]["id"] if vertices else None
        vertices.append({"id": f"{found.id}/{number}", "x": x, "y": y, "prevPointId": before, "isBezier": False})
    yield _region(found, "vectorlabels", {"vertices": vertices, "closed": False})


def _ellipse(found: FinalAnnotation, task: LabeledTask, _: Any) -> Iterator[Result]:
    cx, cy, rx, ry, degrees = found.shape
    x, y = _percent(cx, cy, task)
    radius_x, radius_y = _percent(rx, ry, task)
    value = {"x": x, "y": y, "radiusX": radius_x, "radiusY": radius_y, "rotation": degrees}
    yield _region(found, "ellipselabels", value)


def _point(found: FinalAnnotation, task: LabeledTask, _: Any) -> Iterator[Result]:
    x, y = _percent(found.shape[0], found.shape[1], task)
    yield _region(found, "keypointlabels", {"x": x, "y": y, "width": POINT_PERCENT})


def _keypoints(found: FinalAnnotation, task: LabeledTask, classes: Mapping[str, LabelClass]) -> Iterator[Result]:
    """Yield the box around the joints and, as its children, the joints that are there."""
    yield _region(found, "rectanglelabels", _box_value(shapes.bounds("keypoints", found.shape), task))
    skeleton = classes[found.class_name].skeleton
    names = skeleton.joints if skeleton else [str(place) for place in range(len(found.shape))]
    for name, (joint_x, joint_y, visibility) in zip(names, found.shape, strict=False):
        if visibility:
            x, y = _percent(joint_x, joint_y, task)
            value = {"x": x, "y": y, "width": POINT_PERCENT}
            joint = _region(found, "keypointlabels", value, id_=f"{found.id}/{name}", label=name)
            yield joint | {"parentID": found.id, "meta": {"text": ["visible" if visibility > 1 else "hidden"]}}


def _mask(found: FinalAnnotation, _: LabeledTask, __: Any) -> Iterator[Result]:
    value = {"format": "rle", "rle": list(brush(masks.pixels_of(found.shape)))}
    yield _region(found, "brushlabels", value)


_REGIONS: dict[str, Callable[[FinalAnnotation, LabeledTask, Any], Iterator[Result]]] = {
    "box": _box,
    "rotated_box": _rotated_box,
    "polygon": _polygon,
    "polyline": _polyline,
    "ellipse": _ellipse,
    "point": _point,
    "keypoints": _keypoints,
    "mask": _mask,
}


def brush(pixels: NDArray[np.bool_]) -> bytes:
    """Return a mask's (height, width) truth values as the run lengths of a brush."""
    flat = pixels.ravel()
    starts = np.concatenate([[0], np.flatnonzero(np.diff(flat)) + 1]) if flat.size else np.zeros(0, dtype=np.int64)
    lengths = 4 * np.diff(np.append(starts, flat.size))
    bits = [f"{4 * flat.size:032b}{VALUE_BITS - 1:05b}", *(f"{n_bits - 1:04b}" for n_bits in LENGTH_BITS)]
    for is_inside, length in zip(flat[starts].tolist(), lengths.tolist(), strict=True):
        bits.extend(_run(length, 255 if is_inside else 0))
    text = "".join(bits)
    n_bytes = math.ceil(len(text) / 8)
    return int(text.ljust(8 * n_bytes, "0"), 2).to_bytes(n_bytes, "big")


def _run(length: int, value: int) -> Iterator[str]:
    longest = 1 << LENGTH_BITS[-1]
    while length:
        part = min(length, longest)
        which = next(place for place, n_bits in enumerate(LENGTH_BITS) if part <= 1 << n_bits)
        yield f"1{which:02b}{part - 1:0{LENGTH_BITS[which]}b}{value:0{VALUE_BITS}b}"
        length -= part


LABEL_STUDIO = Format(
    file_name="label_studio.json",
    content_type="application/json",
    annotation_types=CLASSIFICATIONS
    | {
        "bounding_box",
        "rotated_box",
        "polygon",
        "polyline",
        "ellipse",
        "point",
        "keypoints",
        "instance_segmentation",
        "semantic_segmentation",
        "panoptic_segmentation",
    },
    has_side_file=True,
    notes=(
        "label_studio.json: data.image is the asset's external id; the tags are named label and image, attributes are "
        "regions of the same id whose tag has the attribute's name. Score is the confidence of the annotation.",
        "label_studio.json: coordinates are percent of the image's sides, so that shapes in images of unknown size are "
        "left out; a hole of a polygon is reached by a bridge of no width, further parts are polygons of their own; of "
        "keypoints the joints that are there are children of the box around them, with visible or hidden in meta; a "
        "polyline is an open vector, which Label Studio knows from 1.23 on.",
    ),
    write=write,
)
