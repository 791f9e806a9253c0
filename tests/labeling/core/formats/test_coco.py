"""COCO instances, read back without any library of that name."""

import json
from typing import Any

import pytest

from labeling.core.formats import FORMATS, LabeledTask
from tests.labeling.core.formats.tasks import labeled, thing, unanswered, with_objects, written


def read(*tasks: LabeledTask, classes: tuple[str, ...] = ("cat", "dog")) -> dict[str, Any]:
    """Return what a reader of the file finds."""
    document: dict[str, Any] = json.loads(written(FORMATS["coco"], tasks, classes=classes))
    return document


def test_two_images_are_written_as_worked_by_hand() -> None:
    first = labeled(1, value=with_objects(thing("dog", (10.0, 20.0, 30.0, 60.0)), thing("cat", (0.0, 0.0, 1.5, 2.0))))
    second = labeled(2, width=None, height=None, n_answers=5, value=with_objects(thing("dog", confidence=0.75)))
    document = read(first, second)
    assert document["info"] == {"description": "Pets", "year": 2026, "date_created": "2026-03-01T12:30:15Z"}
    assert document["licenses"] == []
    assert document["categories"] == [
        {"id": 1, "name": "cat", "supercategory": ""},
        {"id": 2, "name": "dog", "supercategory": ""},
    ]
    known = {"asset_id": "asset-1", "file_name": "photo-1.jpg", "width": 640, "height": 480, "n_answers": 3}
    unmeasured = {"asset_id": "asset-2", "file_name": "photo-2.jpg", "width": None, "height": None, "n_answers": 5}
    assert document["images"] == [{"id": 1, "state": "final", **known}, {"id": 2, "state": "final", **unmeasured}]
    same = {"iscrowd": 0, "segmentation": []}
    large = {"category_id": 2, "bbox": [10, 20, 20, 40], "area": 800, "score": 0.9}
    small = {"category_id": 1, "bbox": [0, 0, 1.5, 2], "area": 3, "score": 0.9}
    last = {"category_id": 2, "bbox": [1, 2, 3, 4], "area": 12, "score": 0.75}
    assert document["annotations"] == [
        {"id": 1, "image_id": 1, **large, **same},
        {"id": 2, "image_id": 1, **small, **same},
        {"id": 3, "image_id": 2, **last, **same},
    ]


def test_categories_keep_the_order_of_the_ontology_and_not_of_their_use() -> None:
    document = read(labeled(value=with_objects(thing("ape"), thing("zebu"))), classes=("zebu", "yak", "ape"))
    assert [(entry["id"], entry["name"]) for entry in document["categories"]] == [(1, "zebu"), (2, "yak"), (3, "ape")]
    assert [entry["category_id"] for entry in document["annotations"]] == [3, 1]


def test_boxes_survive_the_round_trip_through_corner_and_size() -> None:
    boxes = [(0.0, 0.0, 640.0, 480.0), (0.125, 7.5, 0.25, 8.0), (3.0, 1.0, 3.001, 479.999)]
    document = read(labeled(value=with_objects(*(thing(box=box) for box in boxes))))
    restored = [(x, y, x + w, y + h) for x, y, w, h in (entry["bbox"] for entry in document["annotations"])]
    assert restored == [pytest.approx(box, abs=1e-9) for box in boxes]


def test_every_annotation_refers_to_an_image_and_a_category_of_the_file() -> None:
    tasks = [labeled(n, value=with_objects(*[thing("dog")] * (n % 3))) for n in range(1, 20)]
    document = read(*tasks)
    assert {entry["image_id"] for entry in document["annotations"]} <= {image["id"] for image in document["images"]}
    assert [entry["id"] for entry in document["annotations"]] == list(range(1, sum(n % 3 for n in range(1, 20)) + 1))
    assert len({image["id"] for image in document["images"]}) == 19


def test_image_in_which_nothing_was_found_is_listed_and_an_unanswered_one_is_not() -> None:
    document = read(labeled(1, value=with_objects()), unanswered(2))
    assert [image["id"] for image in document["images"]] == [1]
    assert document["annotations"] == []


@pytest.mark.parametrize("state", ["disputed", "provisional"])
def test_of_labels_that_are_not_final_only_likely_objects_are_kept(state: str) -> None:
    value = with_objects(thing("cat", p_exist=0.5, confidence=0.2), thing("dog", p_exist=0.49, confidence=0.4))
    document = read(labeled(1, state=state, value=value), labeled(2, value=value))
    kept = [(entry["image_id"], entry["category_id"]) for entry in document["annotations"]]
    assert kept == [(1, 1), (2, 1), (2, 2)]
    assert [image["state"] for image in document["images"]] == [state, "final"]


def test_confidence_stands_in_where_no_existence_is_given() -> None:
    likely, unlikely = thing("cat", confidence=0.6), thing("dog", confidence=0.4)
    del likely["p_exist"], unlikely["p_exist"]
    document = read(labeled(state="disputed", value=with_objects(likely, unlikely)))
    assert [entry["category_id"] for entry in document["annotations"]] == [1]


def test_object_whose_class_is_tied_has_no_category_and_is_left_out() -> None:
    document = read(labeled(value=with_objects(thing(None), thing("dog"))))
    assert [entry["category_id"] for entry in document["annotations"]] == [2]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", 'a"b\\c', "line\nbreak\r\n", "naïve/猫/🐈\u2028", "=cmd|' /C calc'!A0"]
)
def test_hostile_names_arrive_as_they_are(name: str) -> None:
    document = read(labeled(external_id=name, value=with_objects()), classes=(name, "dog"))
    assert document["images"][0]["file_name"] == name
    assert document["categories"][0]["name"] == name


def test_job_without_tasks_is_a_readable_file() -> None:
    document = read()
    assert document["images"] == []
    assert document["annotations"] == []
