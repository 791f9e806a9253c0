"""YOLO in its five tasks."""

import math

import pytest

from labeling.core.imports import Size, Taken, UnreadableFile
from tests.labeling.core.imports.files import archive, asset_of, items, only, pixels, taken

SIZE = Size(width=200, height=100)
YAML = "names:\n  0: car\n  1: person\nkpt_shape: [2, 3]\n"


def _labels(text: str, *, names: str = YAML) -> bytes:
    return archive({"data.yaml": names, "labels/train/a/one.txt": text})


def _read(text: str, annotation_type: str) -> list[dict[str, object]]:
    return only(taken("yolo", _labels(text), annotation_type, size=SIZE))


def test_a_box_is_shares_around_its_middle() -> None:
    assert _read("1 0.5 0.5 0.25 0.5\n\n", "bounding_box") == [{"class": "person", "box": [75.0, 25.0, 125.0, 75.0]}]


def test_a_fifth_number_is_the_score() -> None:
    [found] = taken("yolo", _labels("0 .5 .5 .2 .2 0.75\n0 .5 .5 .2 .2 0.25"), "bounding_box", size=SIZE).values()
    assert isinstance(found, Taken)
    assert found.score == 0.5


def test_an_outline_is_a_polygon_or_a_mask() -> None:
    assert _read("0 0 0 0.5 0 0.5 1", "polygon") == [
        {"class": "car", "polygon": [[[[0.0, 0.0], [100.0, 0.0], [100.0, 100.0]]]]}
    ]
    [mask] = only(taken("yolo", _labels("0 0 0 .5 0 .5 1 0 1"), "instance_segmentation", size=Size(4, 2)))
    assert pixels(mask["mask"]) == ["##..", "##.."]


def test_four_corners_are_a_rotated_box() -> None:
    turn = math.radians(30)
    corners = []
    for x, y in ((-40, -10), (40, -10), (40, 10), (-40, 10)):
        corners += [
            (100 + x * math.cos(turn) - y * math.sin(turn)) / 200,
            (50 + x * math.sin(turn) + y * math.cos(turn)) / 100,
        ]
    [box] = _read("0 " + " ".join(map(str, corners)), "rotated_box")
    assert box["rotated_box"] == pytest.approx([100, 50, 80, 20, 30])


def test_joints_come_after_the_box() -> None:
    assert _read("1 .5 .5 .5 .5 0.1 0.1 2 0 0 0", "keypoints") == [
        {"class": "person", "keypoints": [[20.0, 10.0, 2], [0.0, 0.0, 0]]}
    ]


def test_joints_of_two_numbers_are_visible_where_they_are_somewhere() -> None:
    content = _labels("0 .5 .5 .5 .5 0.1 0.1 0 0", names="names: [car]\nkpt_shape: [2, 2]\n")
    assert only(taken("yolo", content, "keypoints", size=SIZE)) == [
        {"class": "car", "keypoints": [[20.0, 10.0, 2], [0.0, 0.0, 0]]}
    ]


def test_a_folder_is_a_class() -> None:
    content = archive({"data/train/car/1.jpg": b"", "data/train/person/1.jpg": b"", "notes.txt": b""})
    found = taken("yolo", content, "image_classification")
    assert {name: one.annotations for name, one in found.items() if isinstance(one, Taken)} == {
        "data/train/car/1.jpg": [{"class": "car"}],
        "data/train/person/1.jpg": [{"class": "person"}],
    }


def test_an_empty_file_says_that_nothing_is_there() -> None:
    assert _read("", "bounding_box") == []


def test_labels_are_of_the_image_whose_path_is_alike_without_its_suffix() -> None:
    asset = asset_of("yolo", _labels(""), "bounding_box")
    assert asset.by_stem
    assert asset.names == ("train/a/one", "a/one")


@pytest.mark.parametrize("names", ["names: [car, person]", "names: {0: car, 1: person}", "names:\n- car\n- person"])
def test_classes_are_listed_in_any_way_of_yaml(names: str) -> None:
    [found] = only(taken("yolo", _labels("1 .5 .5 .5 .5", names=names), "bounding_box", size=SIZE))
    assert found["class"] == "person"


def test_classes_may_stand_in_a_text_file() -> None:
    content = archive({"classes.txt": "car\nperson\n", "labels/one.txt": "1 .5 .5 .5 .5"})
    assert only(taken("yolo", content, "bounding_box", size=SIZE))[0]["class"] == "person"


@pytest.mark.parametrize(
    ("text", "annotation_type", "code"),
    [
        ("0 .5 .5 .5", "bounding_box", "wrong_length"),
        ("0 .5 .5 .5 nan", "bounding_box", "not_a_number"),
        ("0 .5 .5 .5 1e999", "bounding_box", "not_a_number"),
        ("9 .5 .5 .5 .5", "bounding_box", "no_such_class"),
        ("-1 .5 .5 .5 .5", "bounding_box", "no_such_class"),
        ("car .5 .5 .5 .5", "bounding_box", "no_such_class"),
        ("0 0 0 1 1", "polygon", "wrong_length"),
        ("0 0 0 1 0 1 1 .2 .9", "rotated_box", "no_rectangle"),
        ("0 .5 .5 .5 .5 .1 .1", "keypoints", "wrong_length"),
        ("\n".join(["0 .5 .5 .5 .5"] * 5001), "bounding_box", "too_many"),
    ],
)
def test_a_line_that_cannot_be_read_refuses_its_image(text: str, annotation_type: str, code: str) -> None:
    assert list(taken("yolo", _labels(text), annotation_type, size=SIZE).values()) == [code]


def test_shares_of_an_unknown_size_are_refused() -> None:
    assert list(taken("yolo", _labels("0 .5 .5 .5 .5"), "bounding_box").values()) == ["size_unknown"]


@pytest.mark.parametrize("names", ["", "names: [", "names: 5", "a: &a [1]\nnames: [*a, *a]", "[" * 5000])
def test_an_archive_without_readable_classes_is_refused(names: str) -> None:
    with pytest.raises(UnreadableFile):
        items("yolo", _labels("", names=names), "bounding_box")


def test_folders_of_our_exports_say_what_they_stand_for() -> None:
    content = archive({"names.yaml": '0001_a_car: "car"\n', "train/0001_a_car/one.jpg": "", "train/person/two.jpg": ""})
    found = taken("yolo", content, "image_classification")
    assert [each.annotations for each in found.values() if isinstance(each, Taken)] == [
        [{"class": "car"}], [{"class": "person"}]
    ]  # fmt: skip


@pytest.mark.parametrize("names", ["{", "- a", "a: *b", f"{'9' * 9000}: 0x{'f' * 9000}"])
def test_names_of_folders_that_cannot_be_read_are_passed_over(names: str) -> None:
    content = archive({"names.yaml": names, "car/one.jpg": ""})
    assert only(taken("yolo", content, "image_classification")) == [{"class": "car"}]
