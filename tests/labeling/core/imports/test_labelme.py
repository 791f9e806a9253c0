"""LabelMe JSON, as its own program writes it."""

import base64
import math
from typing import Any

import numpy as np
import pytest

from labeling.core.imports import Taken
from tests.labeling.core.imports.files import archive, as_json, asset_of, only, pixels, png, taken


def _shape(kind: Any, points: Any, label: Any = "car", **changes: Any) -> dict[str, Any]:
    return {"label": label, "points": points, "shape_type": kind, "group_id": None, "flags": {}} | changes


def _document(*shapes: Any, **changes: Any) -> bytes:
    document: dict[str, Any] = {
        "version": "5.5.0",
        "flags": {},
        "shapes": list(shapes),
        "imagePath": "one.jpg",
        "imageData": None,
    }
    return as_json(document | {"imageHeight": 3, "imageWidth": 4} | changes)


TRIANGLE = [[0, 0], [3, 0], [3, 2]]


@pytest.mark.parametrize(
    ("kind", "points", "annotation_type", "members"),
    [
        ("rectangle", [[3, 2], [1, 0]], "bounding_box", {"box": [1, 0, 3, 2]}),
        ("polygon", TRIANGLE, "polygon", {"polygon": [[TRIANGLE]]}),
        ("linestrip", TRIANGLE, "polyline", {"polyline": TRIANGLE}),
        ("line", [[0, 0], [1, 1]], "polyline", {"polyline": [[0, 0], [1, 1]]}),
        ("point", [[1, 2]], "point", {"point": [1, 2]}),
        ("circle", [[2, 1], [2, 2]], "ellipse", {"ellipse": [2, 1, 1, 1, 0]}),
        ("oriented_rectangle", [[0, 0], [2, 0], [2, 1], [0, 1]], "rotated_box", {"rotated_box": [1, 0.5, 2, 1, 0]}),
    ],
)
def test_each_kind_of_shape_is_read_for_its_type(
    kind: str, points: Any, annotation_type: str, members: dict[str, Any]
) -> None:
    assert only(taken("labelme", _document(_shape(kind, points)), annotation_type)) == [{"class": "car", **members}]


def test_shapes_of_one_group_and_label_are_parts_of_one_polygon() -> None:
    parts = [_shape("polygon", TRIANGLE, group_id=4), _shape("polygon", [[0, 1], [1, 2], [0, 2]], group_id=4)]
    alone = _shape("polygon", TRIANGLE, label="person", group_id=4)
    found = only(taken("labelme", _document(*parts, alone), "polygon"))
    assert [(each["class"], len(each["polygon"])) for each in found] == [("car", 2), ("person", 1)]


def test_a_mask_is_a_png_of_what_lies_between_its_points() -> None:
    inside = base64.b64encode(png(np.array([[1, 0], [1, 1]]))).decode()
    content = _document(_shape("mask", [[1, 1], [2, 2]], mask=inside))
    [mask] = only(taken("labelme", content, "instance_segmentation"))
    assert pixels(mask["mask"]) == ["....", ".#..", ".##."]


def test_flags_that_are_set_are_classes_of_the_image() -> None:
    content = _document(flags={"car": True, "person": False})
    assert only(taken("labelme", content, "image_classification")) == [{"class": "car"}]


def test_an_image_is_told_from_where_its_document_lies() -> None:
    content = archive({"day/labels/one.json": _document(imagePath="..\\photos\\one.jpg")})
    assert asset_of("labelme", content, "bounding_box").names == ("day/photos/one.jpg", "one.jpg")


def test_what_is_of_another_kind_is_left_out_and_counted() -> None:
    content = _document(_shape("rectangle", [[0, 0], [1, 1]]), _shape("point", [[1, 1]]))
    found = taken("labelme", content, "bounding_box")["one.jpg"]
    assert isinstance(found, Taken)
    assert (len(found.annotations), found.n_left_out) == (1, 1)


@pytest.mark.parametrize(
    ("shape", "annotation_type", "code"),
    [
        (_shape("rectangle", [[0, 0]]), "bounding_box", "not_points"),
        (_shape("rectangle", [[0, 0], [1, math.pi, 2]]), "bounding_box", "not_numbers"),
        (_shape("polygon", [[0, 0], [20, 0], [20, 10], [10, 10]]), "rotated_box", "no_rectangle"),
        (_shape("rectangle", [[0, 0], [1, 1]], label=None), "bounding_box", "not_a_name"),
        (_shape("mask", [[0, 0], [1, 1]], mask="no base64!"), "instance_segmentation", "not_a_mask"),
        (_shape(["line"], [[0, 0], [1, 1]]), "polyline", "nothing_usable"),
        (_shape("mask", [[9, 0], [10, 1]], mask=""), "instance_segmentation", "not_a_mask"),
        (_shape("mask", [[0, 0], [1, 1]], mask=""), "instance_segmentation", "no_png"),
    ],
)
def test_what_cannot_be_read_refuses_its_image(shape: Any, annotation_type: str, code: str) -> None:
    assert list(taken("labelme", _document(shape), annotation_type).values()) == [code]


def test_a_document_that_is_none_refuses_itself_and_no_other() -> None:
    found = taken("labelme", archive({"a.json": b"{", "b.json": _document(), "c.json": b"[]"}), "bounding_box")
    assert [found["a.json"], found["c.json"]] == ["unreadable", "unreadable"]
    assert isinstance(found["one.jpg"], Taken)
