"""What an annotation of each type may be, and which field is named when it may not."""

import math
from typing import Any

import pytest

from labeling.core.annotations import ANNOTATION_TYPES, Ontology, Refusal, Subject
from labeling.core.annotations.annotated import MAX_ANNOTATIONS, MAX_ID_LENGTH

PHOTO = Subject(Ontology.of_names("cat", "dog"), width=640, height=480)
UNMEASURED = Subject(Ontology.of_names("cat", "dog"), width=None, height=None)

Json = dict[str, Any]


def _parse(kind: str, raw: list[Json], subject: Subject = PHOTO) -> list[Json]:
    return ANNOTATION_TYPES[kind].parse(raw, subject)


def _fault(kind: str, raw: list[Json], subject: Subject = PHOTO) -> str:
    with pytest.raises(Refusal) as refused:
        _parse(kind, raw, subject)
    return refused.value.field


def _box(*coordinates: Any, **more: Any) -> Json:
    return {"class": "cat", "box": list(coordinates), **more}


def test_a_class_gets_an_id() -> None:
    assert _parse("image_classification", [{"class": "dog"}]) == [{"id": "1", "class": "dog"}]
    assert _parse("image_classification", [{"class": "dog", "id": "mine"}]) == [{"id": "mine", "class": "dog"}]


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ([], "annotations"),
        ([{"class": "cat"}, {"class": "cat"}], "annotations"),
        ([{}], "annotations[0].class"),
        ([{"class": "bird"}], "annotations[0].class"),
        ([{"class": "Cat"}], "annotations[0].class"),
        ([{"class": None}], "annotations[0].class"),
        ([{"class": ["cat"]}], "annotations[0].class"),
        ([{"class": "cat", "box": [0, 0, 1, 1]}], "annotations[0].box"),
        ([{"class": "cat", "worker": "me"}], "annotations[0].worker"),
        ([{"class": "cat", "id": ""}], "annotations[0].id"),
        ([{"class": "cat", "id": 1}], "annotations[0].id"),
        ([{"class": "cat", "id": "a\x00b"}], "annotations[0].id"),
        ([{"class": "cat", "id": "\ud800"}], "annotations[0].id"),
        ([{"class": "cat", "id": "x" * (MAX_ID_LENGTH + 1)}], "annotations[0].id"),
    ],
)
def test_a_classification_that_breaks_a_rule_is_refused_at_its_field(raw: list[Json], field: str) -> None:
    assert _fault("image_classification", raw) == field


def test_boxes_become_floats_with_ids_and_may_touch_the_edges() -> None:
    assert _parse("bounding_box", [_box(0, 0, 640, 480), _box(1.5, 2, 3, 4, id="b")]) == [
        {"id": "1", "class": "cat", "box": [0.0, 0.0, 640.0, 480.0]},
        {"id": "b", "class": "cat", "box": [1.5, 2.0, 3.0, 4.0]},
    ]


def test_a_hundredth_of_a_pixel_is_a_side_wherever_it_lies() -> None:
    for at in (0, 0.1, 5, 333.33, 639.99):
        assert _parse("bounding_box", [_box(at, 0, at + 0.01, 1)])


def test_coordinates_are_kept_to_a_millionth_of_a_pixel() -> None:
    [parsed] = _parse("bounding_box", [_box(-0.0, 1 / 3, 639.9999999, 2 / 3)])
    assert parsed["box"] == [0.0, 0.333333, 640.0, 0.666667]
    assert str(parsed["box"][0]) == "0.0"


def test_no_box_says_that_nothing_is_there() -> None:
    assert _parse("bounding_box", []) == []


def test_what_was_parsed_parses_to_itself() -> None:
    once = _parse("bounding_box", [_box(0, 0, 10, 10), _box(5, 5, 20, 20)])
    assert _parse("bounding_box", once) == once


@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, 10**400, -(10**400), 1e300, True, False, "1", None, [1], 1j]
)
@pytest.mark.parametrize("place", range(4))
def test_a_coordinate_that_is_no_plain_number_is_refused(place: int, value: Any) -> None:
    coordinates: list[Any] = [1, 1, 2, 2]
    coordinates[place] = value
    assert _fault("bounding_box", [_box(*coordinates)], UNMEASURED) == f"annotations[0].box[{place}]"


@pytest.mark.parametrize(
    ("item", "field"),
    [
        ({"class": "cat"}, "annotations[1].box"),
        ({"box": [0, 0, 1, 1]}, "annotations[1].class"),
        (_box(0, 0, 1, 1) | {"class": "bird"}, "annotations[1].class"),
        (_box(0, 0, 1, 1, score=0.5), "annotations[1].score"),
        (_box(0, 0, 1, 1, id="1"), "annotations[1].id"),  # the first box was given this one
        (_box(), "annotations[1].box"),
        (_box(0, 0, 1), "annotations[1].box"),
        (_box(0, 0, 1, 1, 1), "annotations[1].box"),
        ({"class": "cat", "box": {"x": 1}}, "annotations[1].box"),
        ({"class": "cat", "box": "0,0,1,1"}, "annotations[1].box"),
        (_box(5, 0, 5, 1), "annotations[1].box"),
        (_box(0, 5, 1, 5), "annotations[1].box"),
        (_box(6, 0, 5, 1), "annotations[1].box"),
        (_box(1e-300, 0, 2e-300, 1), "annotations[1].box"),
        (_box(5, 0, 5.009, 1), "annotations[1].box"),
        (_box(0, 5, 1, 5.009), "annotations[1].box"),
        (_box(-0.001, 0, 5, 1), "annotations[1].box"),
        (_box(0, -1, 5, 1), "annotations[1].box"),
        (_box(0, 0, 640.001, 1), "annotations[1].box"),
        (_box(0, 0, 1, 480.001), "annotations[1].box"),
    ],
)
def test_a_box_that_breaks_a_rule_is_refused_at_its_field(item: Json, field: str) -> None:
    assert _fault("bounding_box", [_box(0, 0, 1, 1), item]) == field


def test_an_asset_without_a_size_bounds_nothing_but_zero() -> None:
    assert _parse("bounding_box", [_box(0, 0, 1e6, 1e6)], UNMEASURED)
    assert _fault("bounding_box", [_box(-1, 0, 1, 1)], UNMEASURED) == "annotations[0].box"


def test_5000_boxes_are_taken_and_5001_are_not() -> None:
    boxes = [_box(0, 0, 1, 1) for _ in range(MAX_ANNOTATIONS + 1)]
    assert len(_parse("bounding_box", boxes[:-1])) == 5000
    assert _fault("bounding_box", boxes) == "annotations"
