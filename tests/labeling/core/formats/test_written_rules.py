"""What the rules of each format say, worked by hand."""

import io
import json
import zipfile
from typing import Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from labeling.core.formats import FORMATS, LabeledTask, Options
from labeling.core.formats.label_studio import brush
from labeling.core.formats.masks import mask_of
from labeling.core.formats.shapes import area, bridged, ring_area
from tests.labeling.core.formats.rules import rules_of
from tests.labeling.core.formats.samples import CLASSES, sample
from tests.labeling.core.formats.tasks import written

DISC = [[[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]], [[4.0, 4.0], [6.0, 4.0], [6.0, 6.0], [4.0, 6.0]]]


def task_of(kind: str, member: str, shape: Any, name: str = "car", **changes: Any) -> LabeledTask:
    """Return a task with one object in an image of 64 by 48 pixels."""
    thing = {"id": "7", "class": name, member: shape, "confidence": 0.9}
    return sample(kind, value={"objects": [thing | changes]})


def members(name: str, task: LabeledTask, kind: str, **changes: Any) -> dict[str, str]:
    """Return the files of an archive as text."""
    content = written(FORMATS[name], [task], classes=CLASSES, annotation_type=kind, **changes)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {entry.filename: archive.read(entry).decode() for entry in archive.infolist()}


# --- YOLO -----------------------------------------------------------------------------------------------------------
@rules_of("yolo_detect", "bounding_box")
@rules_of("yolo_segment", "polygon")
@rules_of("yolo_obb", "rotated_box")
@pytest.mark.parametrize(
    ("name", "kind", "member", "shape", "line"),
    [
        ("yolo_detect", "bounding_box", "box", [16.0, 12.0, 48.0, 36.0], "1 0.5 0.5 0.5 0.5"),
        ("yolo_detect", "bounding_box", "box", [0.0, 0.0, 64.0, 48.0], "1 0.5 0.5 1 1"),
        ("yolo_segment", "polygon", "polygon", [[[0.0, 0.0], [64.0, 0.0], [32.0, 48.0]]], "1 0 0 1 0 0.5 1"),
        (
            "yolo_obb", "rotated_box", "rotated_box", [32.0, 24.0, 32.0, 24.0, 0.0],
            "1 0.25 0.25 0.75 0.25 0.75 0.75 0.25 0.75",
        ),
    ],
)  # fmt: skip
def test_yolo_line_is_the_class_and_shares_of_the_sides(
    name: str, kind: str, member: str, shape: Any, line: str
) -> None:
    shape = [shape] if member == "polygon" else shape
    assert members(name, task_of(kind, member, shape), kind)["labels/train/photo-1.txt"] == f"{line}\n"


@rules_of("yolo_pose", "keypoints")
def test_yolo_pose_has_box_and_joints_and_says_what_a_mirror_swaps() -> None:
    joints = [[16.0, 12.0, 2], [48.0, 36.0, 1], [0.0, 0.0, 0]]
    found = members("yolo_pose", task_of("keypoints", "keypoints", joints, "person"), "keypoints")
    assert found["labels/train/photo-1.txt"] == "2 0.5 0.5 0.5 0.5 0.25 0.25 2 0.75 0.75 1 0 0 0\n"
    assert "kpt_shape: [3, 3]\nflip_idx: [0, 2, 1]\n" in found["data.yaml"]


def test_yolo_data_names_classes_and_parts() -> None:
    task = task_of("bounding_box", "box", [0.0, 0.0, 1.0, 1.0])._replace(split="val")
    found = members("yolo_detect", task, "bounding_box", splits=("train", "val"))
    assert found["data.yaml"].splitlines() == [
        "path: .", "train: images/train", "val: images/val", "names:",
        '  0: "vehicle"', '  1: "car"', '  2: "person"', '  3: "road"', '  4: "unknown"',
    ]  # fmt: skip
    assert "labels/val/photo-1.txt" in found


def test_hole_is_reached_by_a_bridge_and_keeps_its_area_out() -> None:
    assert area([DISC]) == 96.0
    assert ring_area(bridged(DISC)) == pytest.approx(96.0)
    assert bridged(DISC[:1]) == DISC[0]


# --- Pascal VOC -----------------------------------------------------------------------------------------------------
@rules_of("voc", "bounding_box")
@pytest.mark.parametrize(("one_based", "corners"), [(False, "10 20 30 40"), (True, "11 21 30 40")])
def test_voc_counts_pixels_from_where_it_is_told(one_based: bool, corners: str) -> None:
    attributes = {"occluded": True, "colour": "red"}
    task = task_of("bounding_box", "box", [10.0, 20.0, 30.0, 40.0], attributes=attributes)
    found = members("voc", task, "bounding_box", options=Options(voc_one_based=one_based))
    root = ET.fromstring(found["Annotations/photo-1.xml"])  # noqa: S314 - our own
    assert (
        " ".join(root.findtext(f"object/bndbox/{name}") or "" for name in ("xmin", "ymin", "xmax", "ymax")) == corners
    )
    assert root.findtext("object/name") == "car"
    assert (root.findtext("object/occluded"), root.findtext("object/difficult")) == ("1", "0")
    assert root.findtext("object/attributes/attribute/value") == "red"
    assert (root.findtext("size/width"), root.findtext("size/height")) == ("64", "48")
    assert found["ImageSets/Main/trainval.txt"] == "photo-1\n"


# --- CVAT -----------------------------------------------------------------------------------------------------------
def cvat(kind: str, task: LabeledTask) -> ET.Element:
    """Return the document."""
    return ET.fromstring(written(FORMATS["cvat"], [task], classes=CLASSES, annotation_type=kind))  # noqa: S314 - our own


@rules_of("cvat", "bounding_box")
def test_cvat_tells_labels_with_their_attributes_before_the_images() -> None:
    root = cvat("bounding_box", task_of("bounding_box", "box", [1.0, 2.0, 3.5, 4.0], attributes={"colour": "red"}))
    assert [child.tag for child in root] == ["version", "meta", "image"]
    assert (root.findtext("version"), root.findtext("meta/task/size")) == ("1.1", "1")
    [car] = [label for label in root.iter("label") if label.findtext("name") == "car"]
    assert car.findtext("color") == "#ff8800"
    assert [entry.findtext("input_type") for entry in car.iter("attribute")] == ["checkbox", "select"]
    assert [entry.findtext("values") for entry in car.iter("attribute")][1] == "red\nlight blue"
    [box] = root.iter("box")
    assert [box.get(name) for name in ("label", "xtl", "ytl", "xbr", "ybr")] == ["car", "1", "2", "3.5", "4"]
    assert [(entry.get("name"), entry.text) for entry in box] == [("colour", "red")]


@rules_of("cvat", "instance_segmentation")
def test_cvat_mask_goes_row_by_row_inside_its_box() -> None:
    pixels = np.zeros((48, 64), dtype=bool)
    pixels[10, 20:23] = pixels[11, 21] = True
    [mask] = cvat("instance_segmentation", task_of("instance_segmentation", "mask", mask_of(pixels))).iter("mask")
    told = [mask.get(name) for name in ("rle", "left", "top", "width", "height")]
    assert told == ["0, 3, 1, 1, 1", "20", "10", "3", "2"]


@rules_of("cvat", "rotated_box")
def test_cvat_turns_a_box_about_its_centre() -> None:
    [box] = cvat("rotated_box", task_of("rotated_box", "rotated_box", [20.0, 10.0, 8.0, 4.0, 30.0])).iter("box")
    assert [box.get(name) for name in ("xtl", "ytl", "xbr", "ybr", "rotation")] == ["16", "8", "24", "12", "30"]


@rules_of("cvat", "cuboid_2d")
def test_cvat_cuboid_goes_down_each_upright_edge() -> None:
    front = [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]]
    back = [[x + 5.0, y + 3.0] for x, y in front]
    [cuboid] = cvat("cuboid_2d", task_of("cuboid_2d", "cuboid_2d", front + back)).iter("cuboid")
    corner = {name: (float(cuboid.get(f"x{name}", "")), float(cuboid.get(f"y{name}", ""))) for name in
              ("tl1", "bl1", "tr1", "br1", "tl2", "bl2", "tr2", "br2")}  # fmt: skip
    assert [corner[name] for name in ("tl1", "bl1", "tr1", "br1")] == [(0, 0), (0, 10), (10, 0), (10, 10)]
    assert [corner[name] for name in ("tl2", "bl2", "tr2", "br2")] == [(15, 3), (15, 13), (5, 3), (5, 13)]


@rules_of("cvat", "keypoints")
def test_cvat_skeleton_names_its_joints_and_says_which_are_out_or_hidden() -> None:
    joints = [[16.0, 12.0, 2], [48.0, 36.0, 1], [0.0, 0.0, 0]]
    [skeleton] = cvat("keypoints", task_of("keypoints", "keypoints", joints, "person")).iter("skeleton")
    told = [(joint.get("label"), joint.get("outside"), joint.get("occluded")) for joint in skeleton]
    assert told == [("head", "0", "0"), ("left_hand", "0", "1"), ("right_hand", "1", "0")]


@rules_of("cvat", "ellipse")
def test_cvat_ellipse_is_its_middle_its_radii_and_its_turn() -> None:
    [ellipse] = cvat("ellipse", task_of("ellipse", "ellipse", [20.0, 10.0, 8.0, 4.0, 30.0])).iter("ellipse")
    assert [ellipse.get(name) for name in ("cx", "cy", "rx", "ry", "rotation")] == ["20", "10", "8", "4", "30"]


# --- Label Studio ---------------------------------------------------------------------------------------------------
def label_studio(kind: str, task: LabeledTask) -> list[dict[str, Any]]:
    """Return the results of the one task."""
    content = written(FORMATS["label_studio"], [task], classes=CLASSES, annotation_type=kind)
    [document] = json.loads(content)
    results: list[dict[str, Any]] = document["annotations"][0]["result"]
    return results


@rules_of("label_studio", "bounding_box")
def test_label_studio_tells_percent_and_attributes_of_the_same_region() -> None:
    attributes = {"occluded": True, "colour": "red"}
    task = task_of("bounding_box", "box", [16.0, 12.0, 48.0, 36.0], attributes=attributes)
    box, occluded, colour = label_studio("bounding_box", task)
    assert box["value"] == {"x": 25, "y": 25, "width": 50, "height": 50, "rotation": 0, "rectanglelabels": ["car"]}
    assert (box["original_width"], box["original_height"], box["score"]) == (64, 48, 0.9)
    assert (occluded["value"]["choices"], colour["value"]["choices"]) == (["true"], ["red"])
    assert box["id"] == occluded["id"] == colour["id"] == "7"


@rules_of("label_studio", "rotated_box")
def test_label_studio_turns_a_box_about_its_top_left_corner() -> None:
    [box] = label_studio("rotated_box", task_of("rotated_box", "rotated_box", [32.0, 24.0, 16.0, 8.0, 90.0]))
    # Before the turn the corner is at 24, 20: seen from the centre 8 to the left and 4 up; turned, 4 right and 8 up.
    assert (box["value"]["x"], box["value"]["y"]) == (pytest.approx(100 * 36 / 64), pytest.approx(100 * 16 / 48))
    assert (box["value"]["width"], box["value"]["height"], box["value"]["rotation"]) == (25, pytest.approx(50 / 3), 90)


@rules_of("label_studio", "ellipse")
def test_label_studio_ellipse_is_its_middle_and_its_radii_in_percent() -> None:
    [ellipse] = label_studio("ellipse", task_of("ellipse", "ellipse", [16.0, 12.0, 8.0, 4.8, 30.0]))
    assert ellipse["type"] == "ellipselabels"
    assert [ellipse["value"][name] for name in ("x", "y", "rotation")] == [25, 25, 30]
    assert [ellipse["value"][name] for name in ("radiusX", "radiusY")] == [12.5, pytest.approx(10)]


@rules_of("label_studio", "polyline")
def test_label_studio_polyline_is_a_vector_whose_points_come_from_each_other() -> None:
    [line] = label_studio("polyline", task_of("polyline", "polyline", [[16.0, 12.0], [64.0, 48.0]]))
    assert (line["type"], line["value"]["vectorlabels"], line["value"]["closed"]) == ("vectorlabels", ["car"], False)
    assert line["value"]["vertices"] == [
        {"id": "7/0", "x": 25, "y": 25, "prevPointId": None, "isBezier": False},
        {"id": "7/1", "x": 100, "y": 100, "prevPointId": "7/0", "isBezier": False},
    ]


@rules_of("label_studio", "point")
def test_label_studio_point_is_a_small_circle() -> None:
    [point] = label_studio("point", task_of("point", "point", [16.0, 12.0]))
    assert (point["type"], point["value"]["keypointlabels"]) == ("keypointlabels", ["car"])
    assert (point["value"]["x"], point["value"]["y"]) == (25, 25)
    assert 0 < point["value"]["width"] < 1


@rules_of("label_studio", "keypoints")
def test_label_studio_joints_are_children_of_the_box_around_them() -> None:
    joints = [[16.0, 12.0, 2], [48.0, 36.0, 1], [0.0, 0.0, 0]]
    box, *points = label_studio("keypoints", task_of("keypoints", "keypoints", joints, "person"))
    assert [box["value"][name] for name in ("x", "y", "width", "height")] == [25, 25, 50, 50]
    assert [point["parentID"] for point in points] == [box["id"]] * 2
    assert [point["value"]["keypointlabels"] for point in points] == [["head"], ["left_hand"]]
    assert [(point["value"]["x"], point["value"]["y"]) for point in points] == [(25, 25), (75, 75)]


def test_brush_is_bits_as_the_rules_have_them() -> None:
    # One pixel of four values: 32 bits of 4, 5 of 7, lengths of 3, 4, 8 and 16 bits, one run of 4 in 3 bits, 255.
    bits = f"{4:032b}" + "00111" + "0010" + "0011" + "0111" + "1111" + "1" + "00" + "011" + "11111111"
    expected = int(bits.ljust(72, "0"), 2).to_bytes(9, "big")
    assert brush(np.array([[True]])) == expected
