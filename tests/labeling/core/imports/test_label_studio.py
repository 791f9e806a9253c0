"""Label Studio JSON."""

import math
from typing import Any

import pytest

from labeling.core.annotations.ontology import Attribute, AttributeType, LabelClass, Ontology
from labeling.core.imports import Taken, UnreadableFile
from tests.labeling.core.imports.files import as_json, asset_of, brush, items, only, pixels, taken


def _region(kind: str, value: dict[str, Any], *, label: str = "car", **changes: Any) -> dict[str, Any]:
    region = {
        "id": "r1",
        "type": kind,
        "from_name": "label",
        "to_name": "image",
        "original_width": 200,
        "original_height": 100,
    }
    return region | {"value": {kind: [label], **value}} | changes


def _task(*regions: Any, image: str = "/data/upload/3/0123abcd-one.jpg", **changes: Any) -> bytes:
    task = {"id": 1, "data": {"image": image}, "annotations": [{"result": list(regions)}]}
    return as_json([task | changes])


RECTANGLE = {"x": 10, "y": 20, "width": 20, "height": 40, "rotation": 0}


def test_percent_become_pixels() -> None:
    assert only(taken("label_studio", _task(_region("rectanglelabels", RECTANGLE)), "bounding_box")) == [
        {"class": "car", "box": [20.0, 20.0, 60.0, 60.0]}
    ]


def test_a_rectangle_turns_about_its_top_left_corner() -> None:
    content = _task(_region("rectanglelabels", RECTANGLE | {"rotation": 90}))
    [box] = only(taken("label_studio", content, "rotated_box"))
    # 40 wide and 40 high at (20, 20): a quarter turn clockwise leaves the corner and lays it to the left.
    assert box["rotated_box"] == pytest.approx([0, 40, 40, 40, 90])
    content = _task(_region("rectanglelabels", RECTANGLE | {"rotation": 30}))
    [box] = only(taken("label_studio", content, "rotated_box"))
    cx, cy, width, height, degrees = box["rotated_box"]
    turn = math.radians(degrees)
    corner = [
        cx - (width * math.cos(turn) - height * math.sin(turn)) / 2,
        cy - (width * math.sin(turn) + height * math.cos(turn)) / 2,
    ]
    assert corner == pytest.approx([20, 20])


@pytest.mark.parametrize(
    ("kind", "value", "annotation_type", "members"),
    [
        (
            "polygonlabels",
            {"points": [[0, 0], [50, 0], [50, 50]]},
            "polygon",
            {"polygon": [[[[0, 0], [100, 0], [100, 50]]]]},
        ),
        (
            "ellipselabels",
            {"x": 50, "y": 50, "radiusX": 10, "radiusY": 20, "rotation": 15},
            "ellipse",
            {"ellipse": [100, 50, 20, 20, 15]},
        ),
        ("keypointlabels", {"x": 50, "y": 10, "width": 1}, "point", {"point": [100, 10]}),
        ("choices", {}, "image_classification", {}),
    ],
)
def test_each_kind_of_region_is_read_for_its_type(
    kind: str, value: dict[str, Any], annotation_type: str, members: dict[str, Any]
) -> None:
    assert only(taken("label_studio", _task(_region(kind, value)), annotation_type)) == [{"class": "car", **members}]


LINE = [{"id": "a", "x": 10, "y": 20}, {"id": "b", "x": 50, "y": 60, "prevPointId": "a"}, {"id": "c", "x": 0, "y": 0}]


def test_an_open_vector_is_a_polyline_and_a_closed_one_a_polygon() -> None:
    points = [[20, 20], [100, 60], [0, 0]]
    for closed, kind, shape in ((False, "polyline", points), (True, "polygon", [[points]])):
        content = _task(_region("vectorlabels", {"vertices": LINE, "closed": closed}))
        assert only(taken("label_studio", content, kind)) == [{"class": "car", kind: shape}]
        other = "polygon" if kind == "polyline" else "polyline"
        assert list(taken("label_studio", content, other).values()) == ["nothing_usable"]


@pytest.mark.parametrize("changes", [{"isBezier": True}, {"prevPointId": "a"}])
def test_a_vector_that_is_curved_or_branches_is_left_out(changes: dict[str, Any]) -> None:
    region = _region("vectorlabels", {"vertices": [*LINE[:2], LINE[2] | changes], "closed": False})
    assert list(taken("label_studio", _task(region), "polyline").values()) == ["nothing_usable"]


def test_a_brush_is_unpacked_row_by_row() -> None:
    rows = ["..##", ".##.", "...."]
    region = _region("brushlabels", {"format": "rle", "rle": brush(rows)}, original_width=4, original_height=3)
    [mask] = only(taken("label_studio", _task(region), "instance_segmentation"))
    assert pixels(mask["mask"]) == rows


def test_several_choices_are_several_classes() -> None:
    region = _region("choices", {}) | {"value": {"choices": ["car", "person"]}}
    assert only(taken("label_studio", _task(region), "multi_label_classification")) == [
        {"class": "car"},
        {"class": "person"},
    ]


def test_what_is_said_of_a_region_is_its_attribute() -> None:
    words = Ontology((LabelClass(name="car", attributes=(Attribute(name="colour", type=AttributeType.TEXT),)),))
    said = _region("choices", {}, label="red", from_name="colour")
    content = _task(_region("rectanglelabels", RECTANGLE), said)
    assert only(taken("label_studio", content, "bounding_box", words=words))[0]["attributes"] == {"colour": "red"}


def test_the_latest_annotation_that_was_not_cancelled_counts() -> None:
    kept = {"result": [_region("rectanglelabels", RECTANGLE)]}
    later = {"result": [], "was_cancelled": True}
    content = _task(annotations=[{"result": []}, kept, later])
    assert len(only(taken("label_studio", content, "bounding_box"))) == 1


def test_without_an_annotation_the_first_prediction_counts_with_its_score() -> None:
    guess = {"result": [_region("rectanglelabels", RECTANGLE)], "score": 0.25}
    [found] = taken("label_studio", _task(annotations=[], predictions=[guess]), "bounding_box").values()
    assert isinstance(found, Taken)
    assert found.score == 0.25


@pytest.mark.parametrize(
    ("image", "names"),
    [
        ("/data/upload/3/0123abcd-one.jpg", ["data/upload/3/0123abcd-one.jpg", "one.jpg"]),
        ("/data/local-files/?d=photos/one.jpg", ["photos/one.jpg"]),
        ("https://example.org/photos/a%20b.jpg?sig=1", ["photos/a b.jpg", "a b.jpg"]),
        ("s3://bucket/photos/one.jpg", ["photos/one.jpg"]),
        ("one.jpg", ["one.jpg"]),
        ("http://[broken", ["http://[broken"]),
    ],
)
def test_an_image_goes_by_its_path_and_without_what_an_upload_added(image: str, names: list[str]) -> None:
    found = asset_of("label_studio", _task(image=image), "bounding_box").names
    assert [name for name in found if name in names] == names


@pytest.mark.parametrize(
    ("region", "annotation_type", "code"),
    [
        (_region("rectanglelabels", RECTANGLE | {"x": None}), "bounding_box", "not_a_number"),
        (_region("rectanglelabels", RECTANGLE | {"rotation": "1"}), "bounding_box", "not_a_number"),
        (_region("rectanglelabels", RECTANGLE, original_width=None), "bounding_box", "size_unknown"),
        (
            _region("rectanglelabels", RECTANGLE) | {"value": {**RECTANGLE, "rectanglelabels": []}},
            "bounding_box",
            "no_class",
        ),
        (_region("polygonlabels", {"points": [[1]]}), "polygon", "not_points"),
        (_region("vectorlabels", {"vertices": [3]}), "polyline", "not_points"),
        (_region("vectorlabels", {"vertices": [{"x": 1}]}), "polyline", "not_a_number"),
        (_region("brushlabels", {"format": "rle", "rle": [1, 2, 3]}), "instance_segmentation", "runs_do_not_fill"),
        (_region("brushlabels", {"format": "rle", "rle": [256]}), "instance_segmentation", "not_a_mask"),
        (
            _region("brushlabels", {"format": "rle", "rle": brush(["#."], n_values=80_000)}),
            "instance_segmentation",
            "runs_do_not_fill",
        ),
        (
            _region("brushlabels", {"format": "rle", "rle": []}, original_width=200_000, original_height=200_000),
            "instance_segmentation",
            "image_too_large",
        ),
        (_region("polygonlabels", {"points": []}), "bounding_box", "nothing_usable"),
    ],
)
def test_what_cannot_be_read_refuses_its_task(region: dict[str, Any], annotation_type: str, code: str) -> None:
    assert list(taken("label_studio", _task(region), annotation_type).values()) == [code]


@pytest.mark.parametrize(
    "task", [{"data": {}}, {"data": {"image": "a.jpg"}}, {"data": {"image": "a\nb"}, "annotations": []}, {}]
)
def test_a_task_without_image_or_answer_is_refused_alone(task: dict[str, Any]) -> None:
    content = as_json([task, {"data": {"image": "b.jpg"}, "annotations": [{"result": []}]}])
    found = taken("label_studio", content, "bounding_box")
    assert isinstance(found["task 1"], str)
    assert isinstance(found["b.jpg"], Taken)


@pytest.mark.parametrize("content", [b"{}x", b'{"a": [1]}', b"[1]", b"[[", b""])
def test_a_file_that_is_none_is_refused_as_a_whole(content: bytes) -> None:
    with pytest.raises(UnreadableFile):
        items("label_studio", content, "bounding_box")
