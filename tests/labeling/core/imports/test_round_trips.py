"""What was written in a format and read again is what it was."""

import io
import math
from typing import Any

import numpy as np
import pytest

from labeling.adapters.segment_images import decode_segments
from labeling.core.annotations import ANNOTATION_TYPES, Subject
from labeling.core.annotations.ontology_reading import read_ontology
from labeling.core.formats import FORMATS
from labeling.core.formats.final import SHAPE_MEMBERS, final_annotations
from labeling.core.formats.masks import pixels_of
from labeling.core.geometry.masks import Mask
from labeling.core.imports import IMPORTS, ImportedAsset, Size, Source, Wanted, take
from tests.labeling.core.formats.samples import HEIGHT, WIDTH, classes_for, sample
from tests.labeling.core.formats.tasks import written

# Of a format that is written, the one that reads it, and the types that come back as they were.
PAIRS = [
    ("coco", "coco", ["bounding_box", "instance_segmentation", "keypoints"]),
    ("coco_panoptic", "coco_panoptic", ["panoptic_segmentation", "semantic_segmentation"]),
    (
        "cvat",
        "cvat",
        [
            "image_classification", "multi_label_classification", "bounding_box", "rotated_box", "polyline", "point",
            "ellipse", "cuboid_2d", "keypoints", "instance_segmentation", "semantic_segmentation",
            "panoptic_segmentation",
        ],
    ),
    (
        "label_studio",
        "label_studio",
        [
            "image_classification", "multi_label_classification", "bounding_box", "rotated_box", "point", "ellipse",
            "keypoints", "instance_segmentation", "semantic_segmentation", "panoptic_segmentation",
        ],
    ),
    ("voc", "voc", ["bounding_box"]),
    ("yolo_detect", "yolo", ["bounding_box"]),
    ("yolo_pose", "yolo", ["keypoints"]),
    ("yolo_obb", "yolo", ["rotated_box"]),
]  # fmt: skip
CASES = [(written_as, read_as, kind) for written_as, read_as, kinds in PAIRS for kind in kinds]
# What a format says that is not exact: shares are cut to a hundred-millionth.
TOLERANCE = 1e-4


def _read(content: bytes, form: str, annotation_type: str, words: Any) -> list[dict[str, Any]]:
    source = Source(io.BytesIO(content), io.BytesIO, decode_segments)
    [item] = list(IMPORTS[form].read(source, annotation_type))
    assert isinstance(item, ImportedAsset)
    found = take(item, Wanted(annotation_type, words, {}), item.size or Size(WIDTH, HEIGHT))
    subject = Subject(ontology=words, width=WIDTH, height=HEIGHT)
    return ANNOTATION_TYPES[annotation_type].parse(found.annotations, subject)


@pytest.mark.parametrize(("written_as", "read_as", "annotation_type"), CASES)
def test_what_is_written_comes_back(written_as: str, read_as: str, annotation_type: str) -> None:
    task = sample(annotation_type)
    classes = [entry | {"attributes": _optional(entry)} for entry in classes_for(annotation_type)]
    words = read_ontology({"classes": classes, "attributes": [], "relations": []})
    content = written(FORMATS[written_as], [task], classes=classes, annotation_type=annotation_type)

    back = _read(content, read_as, annotation_type, words)

    member = SHAPE_MEMBERS[annotation_type]
    sent = [_comparable(found.class_name, member, found.shape) for found in final_annotations(task)]
    got = [_comparable(entry["class"], member, entry.get(member)) for entry in back]
    assert sorted(name for name, _ in got) == sorted(name for name, _ in sent)
    for (_, one), (_, other) in zip(sorted(sent, key=str), sorted(got, key=str), strict=True):
        assert one == pytest.approx(other, abs=TOLERANCE)


def _optional(entry: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the attributes of a class; not every format has a place for them."""
    return [attribute | {"required": False} for attribute in entry.get("attributes", [])]


def _comparable(name: str, member: str, shape: Any) -> tuple[str, Any]:
    """Return a shape as numbers that are the same for all ways in which it may be stated."""
    if member == "mask":
        return name, _pixels(shape)
    if member in {"rotated_box", "ellipse"}:
        cx, cy, width, height, degrees = shape
        turn = math.radians(degrees)
        # As the ellipse of inertia: quarter turns with sides swapped, and half turns, are the same.
        xx = (width * math.cos(turn)) ** 2 + (height * math.sin(turn)) ** 2
        yy = (width * math.sin(turn)) ** 2 + (height * math.cos(turn)) ** 2
        return name, [cx, cy, xx / 100, yy / 100]
    return name, [] if shape is None else np.asarray(shape, dtype=float).round(6).ravel().tolist()


def _pixels(mask: Any) -> list[float]:
    return np.flatnonzero(Mask.from_pixels(pixels_of(mask)).to_pixels().ravel()).astype(float).tolist()


def test_outlines_come_back_from_every_format_that_has_no_holes() -> None:
    ring = [[2.0, 4.0], [30.0, 4.0], [30.0, 40.0]]
    value = {"objects": [{"id": "1", "class": "car", "polygon": [[ring]], "confidence": 0.9}]}
    classes = classes_for("polygon")
    words = read_ontology(
        {"classes": [{"name": entry["name"]} for entry in classes], "attributes": [], "relations": []}
    )
    for written_as, read_as in (
        ("coco", "coco"),
        ("cvat", "cvat"),
        ("label_studio", "label_studio"),
        ("yolo_segment", "yolo"),
    ):
        content = written(
            FORMATS[written_as], [sample("polygon", value=value)], classes=classes, annotation_type="polygon"
        )
        [back] = _read(content, read_as, "polygon", words)
        corners = {tuple(np.round(corner, 3)) for corner in back["polygon"][0][0]}
        assert corners == {tuple(corner) for corner in ring}, written_as
