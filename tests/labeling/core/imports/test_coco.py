"""COCO: instances, keypoints and panoptic."""

from typing import Any

import numpy as np
import pytest

from labeling.core.imports import ImportedAsset, Taken, UnreadableFile
from tests.labeling.core.imports.files import archive, as_json, items, only, pixels, png, taken

SQUARE = [1, 1, 4, 1, 4, 3, 1, 3]


def _document(*annotations: dict[str, Any], **changes: Any) -> bytes:
    document: dict[str, Any] = {
        "info": {"description": 'a "quoted" [text] \\'},
        "annotations": [
            {"id": n, "image_id": 7, "category_id": 3, "iscrowd": 0} | each for n, each in enumerate(annotations)
        ],
        "images": [{"id": 7, "file_name": "a/one.jpg", "width": 6, "height": 4}],
        "categories": [{"id": 3, "name": "car"}, {"id": 9, "name": "person"}],
    }
    return as_json(document | changes)


def test_a_box_is_corners_of_x_y_width_height() -> None:
    assert only(taken("coco", _document({"bbox": [1, 1, 3.5, 2]}), "bounding_box")) == [
        {"class": "car", "box": [1.0, 1.0, 4.5, 3.0]}
    ]


def test_outlines_are_parts_and_fill_the_pixels_whose_middles_they_hold() -> None:
    content = _document({"segmentation": [SQUARE, [5, 0, 6, 0, 6, 1, 5, 1]]})
    [polygon] = only(taken("coco", content, "polygon"))
    assert polygon["polygon"] == [
        [[[1.0, 1.0], [4.0, 1.0], [4.0, 3.0], [1.0, 3.0]]],
        [[[5.0, 0.0], [6.0, 0.0], [6.0, 1.0], [5.0, 1.0]]],
    ]
    [mask] = only(taken("coco", content, "instance_segmentation"))
    assert pixels(mask["mask"]) == [".....#", ".###..", ".###..", "......"]


@pytest.mark.parametrize("counts", [[5, 2, 17], "52a0"])
def test_run_lengths_are_handed_on_compressed_or_not(counts: Any) -> None:
    content = _document({"segmentation": {"size": [4, 6], "counts": counts}})
    assert only(taken("coco", content, "instance_segmentation")) == [
        {"class": "car", "mask": {"size": [4, 6], "counts": counts}}
    ]


def test_a_crowd_is_left_out_and_counted() -> None:
    crowd = {"iscrowd": 1, "bbox": [0, 0, 6, 4], "segmentation": {"size": [4, 6], "counts": [0, 24]}}
    found = taken("coco", _document({"bbox": [1, 1, 3, 2]}, crowd), "bounding_box")["a/one.jpg"]
    assert isinstance(found, Taken)
    assert (len(found.annotations), found.n_left_out) == (1, 1)


def test_an_image_of_which_only_a_crowd_is_known_is_not_taken_for_empty() -> None:
    crowd = {"iscrowd": 1, "bbox": [0, 0, 6, 4], "segmentation": {"size": [4, 6], "counts": [0, 24]}}
    assert taken("coco", _document(crowd), "bounding_box") == {"a/one.jpg": "nothing_usable"}
    assert only(taken("coco", _document(), "bounding_box")) == []


def test_joints_keep_their_order_and_visibility() -> None:
    content = _document({"keypoints": [1, 2, 2, 0, 0, 0, 3, 3, 1], "num_keypoints": 2, "category_id": 9})
    assert only(taken("coco", content, "keypoints")) == [
        {"class": "person", "keypoints": [[1.0, 2.0, 2], [0.0, 0.0, 0], [3.0, 3.0, 1]]}
    ]


def test_scores_are_averaged() -> None:
    content = _document({"bbox": [1, 1, 3, 2], "score": 0.5}, {"bbox": [1, 1, 3, 2], "score": 0.75})
    [found] = taken("coco", content, "bounding_box").values()
    assert isinstance(found, Taken)
    assert found.score == 0.625


def test_a_class_is_called_otherwise_or_left_out_by_the_class_map() -> None:
    content = _document({"bbox": [1, 1, 3, 2]}, {"bbox": [0, 0, 1, 1], "category_id": 9})
    assert only(taken("coco", content, "bounding_box", class_map={"car": "person", "person": None})) == [
        {"class": "person", "box": [1.0, 1.0, 4.0, 3.0]}
    ]
    renamed = _document({"bbox": [1, 1, 3, 2]}, categories=[{"id": 3, "name": "vehicle"}])
    assert taken("coco", renamed, "bounding_box") == {"a/one.jpg": "unknown_class"}


def test_a_box_that_rounding_moved_over_the_edge_is_moved_back_and_one_further_out_is_not() -> None:
    assert only(taken("coco", _document({"bbox": [-0.4, 1, 7, 2]}), "bounding_box"))[0]["box"] == [0.0, 1.0, 6.0, 3.0]
    assert only(taken("coco", _document({"bbox": [-3, 1, 7, 2]}), "bounding_box"))[0]["box"] == [-3.0, 1.0, 4.0, 3.0]


@pytest.mark.parametrize(
    ("annotation", "code"),
    [
        ({"bbox": [1, 1, 3]}, "not_numbers"),
        ({"bbox": [1, 1, 3, "2"]}, "not_a_number"),
        ({"bbox": [1, 1, 3, True]}, "not_a_number"),
        ({"bbox": [1, 1, 3, 2], "category_id": 4}, "no_such_category"),
        ({"bbox": [1, 1, 3, 2], "category_id": [3]}, "no_such_category"),
        ({"bbox": [1, 1, 3, 2], "score": "high"}, "not_a_number"),
    ],
)
def test_what_cannot_be_read_refuses_its_image_and_no_other(annotation: dict[str, Any], code: str) -> None:
    images = [{"id": n, "file_name": f"{n}.jpg", "width": 6, "height": 4} for n in (7, 8)]
    good = {"image_id": 8, "bbox": [1, 1, 3, 2]}
    found = taken("coco", _document(annotation, good, images=images), "bounding_box")
    assert found["7.jpg"] == code
    assert isinstance(found["8.jpg"], Taken)


def test_annotations_of_an_image_that_is_not_listed_are_told() -> None:
    found = taken("coco", _document({"bbox": [1, 1, 3, 2], "image_id": 99}), "bounding_box")
    assert found["99"] == "no_such_image"
    listed = found["a/one.jpg"]
    assert isinstance(listed, Taken)
    assert listed.annotations == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[",
        b"nonsense",
        b"{}",
        b'{"images":[{"id":1}',
        b'{"images":[{"id":1},]}',
        b'{"images":[{"id":NaN}]}',
        b"\xff\xfe",
    ],
)
def test_a_file_that_is_none_is_refused_as_a_whole(content: bytes) -> None:
    with pytest.raises(UnreadableFile):
        items("coco", content, "bounding_box")


def test_a_zip_holds_one_document_or_one_with_its_results() -> None:
    assert only(taken("coco", archive({"annotations/x.json": _document()}), "bounding_box")) == []
    with pytest.raises(UnreadableFile, match="3 documents"):
        items("coco", archive(dict.fromkeys(("a.json", "b.json", "c.json"), _document())), "bounding_box")
    with pytest.raises(UnreadableFile, match="neither is an array"):
        items("coco", archive({"a.json": _document(), "b.json": _document(images=[])}), "bounding_box")


# --- results --------------------------------------------------------------------------------------------------------
RESULTS = [{"image_id": 7, "category_id": 3, "bbox": [1, 1, 3, 2], "score": 0.25}]


def test_results_take_the_place_of_what_the_document_of_the_images_says() -> None:
    known = _document({"bbox": [0, 0, 1, 1]}, {"bbox": [0, 0, 2, 2]})
    for names in (("a.json", "b.json"), ("b.json", "a.json")):
        content = archive(dict(zip(names, (known, as_json(RESULTS)), strict=True)))
        found = taken("coco", content, "bounding_box")["a/one.jpg"]
        assert isinstance(found, Taken)
        assert found.annotations == [{"class": "car", "box": [1, 1, 4, 3]}]
        assert found.score == 0.25


def test_results_alone_go_by_ids() -> None:
    content = as_json([*RESULTS, RESULTS[0] | {"image_id": "x"}])
    assert [item.names for item in items("coco", content, "bounding_box") if isinstance(item, ImportedAsset)] == [
        ("000000000007", "7"), ("x",)
    ]  # fmt: skip
    found = taken("coco", content, "bounding_box", class_map={"3": "person"})["x"]
    assert isinstance(found, Taken)
    assert found.annotations == [{"class": "person", "box": [1, 1, 4, 3]}]


def test_joints_of_results_are_visible_whatever_their_third_number_is() -> None:
    joints = [1, 2, 0.7, 3, 3, 1, 0, 0, 0]
    content = as_json([{"image_id": 7, "category_id": 3, "keypoints": joints, "score": 1}])
    assert only(taken("coco", content, "keypoints", class_map={"3": "person"})) == [
        {"class": "person", "keypoints": [[1, 2, 2], [3, 3, 2], [0, 0, 0]]}
    ]


# --- panoptic -------------------------------------------------------------------------------------------------------
IDS = np.array([[256, 256, 5, 5], [256, 256, 0, 70_000]])


def _panoptic(*, image: bytes | None = None, segments: Any = None) -> bytes:
    document = {
        "images": [{"id": 1, "file_name": "one.jpg", "width": 4, "height": 2}],
        "annotations": [
            {
                "image_id": 1,
                "file_name": "one.png",
                "segments_info": [
                    {"id": 256, "category_id": 1},
                    {"id": 5, "category_id": 2},
                    {"id": 70_000, "category_id": 1},
                ]
                if segments is None
                else segments,
            }
        ],
        "categories": [{"id": 1, "name": "car", "isthing": 1}, {"id": 2, "name": "road", "isthing": 0}],
    }
    return archive({"panoptic.json": as_json(document), "masks/one.png": png(IDS) if image is None else image})


def test_segments_are_told_apart_by_all_three_colours_and_nothing_is_void() -> None:
    found = only(taken("coco_panoptic", _panoptic(), "panoptic_segmentation"))
    shown = sorted((each["class"], pixels(each["mask"])) for each in found)
    assert shown == [
        ("car", ["##..", "##.."]),
        ("car", ["....", "...#"]),
        ("road", ["..##", "...."]),
        ("void", ["....", "..#."]),
    ]


def test_of_semantic_segments_those_of_a_class_are_one() -> None:
    found = only(taken("coco_panoptic", _panoptic(), "semantic_segmentation"))
    assert {each["class"]: pixels(each["mask"]) for each in found} == {
        "car": ["##..", "##.#"],
        "road": ["..##", "...."],
        "void": ["....", "..#."],
    }


def test_things_alone_are_instances() -> None:
    found = taken("coco_panoptic", _panoptic(), "instance_segmentation")["one.jpg"]
    assert isinstance(found, Taken)
    assert ([each["class"] for each in found.annotations], found.n_left_out) == (["car", "car"], 1)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (_panoptic(image=b"no image"), "no_png"),
        (_panoptic(image=png(IDS.T)), "other_size"),
        (_panoptic(segments=[]), "no_such_segment"),
        (_panoptic(segments=[{"id": 5, "category_id": 8}]), "no_such_category"),
    ],
)
def test_a_png_that_does_not_fit_refuses_its_image(content: bytes, code: str) -> None:
    assert taken("coco_panoptic", content, "panoptic_segmentation") == {"one.jpg": code}
