from __future__ import annotations

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import ArrayLike

from labeling.core.geometry.boxes import BoxFault, area, as_boxes, box_fault, clip, has_size, iou_matrix

COORDINATE = st.floats(min_value=-50, max_value=150, allow_nan=False)
BOX = st.tuples(COORDINATE, COORDINATE, COORDINATE, COORDINATE)


@pytest.mark.parametrize(
    ("box", "fault"),
    [
        ([0, 0, 100, 50], None),
        ([10.5, 10.5, 11, 11], None),
        ([0, 0, 100], BoxFault.NOT_FOUR_NUMBERS),
        ([0, 0, math.nan, 50], BoxFault.NOT_FINITE),
        ([0, 0, math.inf, 50], BoxFault.NOT_FINITE),
        ([10, 10, 10, 20], BoxFault.NO_SIZE),
        ([10, 20, 20, 10], BoxFault.NO_SIZE),
        ([-1, 0, 10, 10], BoxFault.OUTSIDE_IMAGE),
        ([0, 0, 100, 50.5], BoxFault.OUTSIDE_IMAGE),
    ],
)
def test_first_fault_of_a_box_is_named(box: list[float], fault: BoxFault | None) -> None:
    assert box_fault(box, width=100, height=50) is fault


def test_iou_worked_by_hand() -> None:
    first = as_boxes([[0, 0, 10, 10], [0, 0, 5, 10]])
    second = as_boxes([[0, 0, 10, 10], [5, 5, 15, 15], [20, 20, 30, 30], [10, 0, 20, 10]])
    expected = np.array([[1, 25 / 175, 0, 0], [0.5, 0, 0, 0]])
    assert iou_matrix(first, second) == pytest.approx(expected)


def test_boxes_without_size_match_nothing_not_even_themselves() -> None:
    flat = as_boxes([[5, 5, 5, 9], [9, 9, 5, 5]])
    assert area(flat).tolist() == [0.0, 0.0]
    assert iou_matrix(flat, flat).tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_clipping_cuts_to_the_image_and_flattens_what_lies_outside() -> None:
    boxes = as_boxes([[-5, -5, 10, 10], [110, 10, 120, 20], [1, 2, 3, 4]])
    clipped = clip(boxes, width=100, height=50)
    assert clipped.tolist() == [[0, 0, 10, 10], [100, 10, 100, 20], [1, 2, 3, 4]]
    assert has_size(clipped).tolist() == [True, False, True]


@pytest.mark.parametrize(
    "box", [[0, 0, 1e-200, 1e-200], [0, 0, 1e200, 1e200], [0, 0, math.nan, 1], [-math.inf, 0, 1, 1]]
)
def test_box_whose_area_is_no_positive_number_has_no_size(box: list[float]) -> None:
    assert has_size(as_boxes([box])).tolist() == [False]


def test_empty_lists_of_boxes_are_fine() -> None:
    none = as_boxes([])
    assert none.shape == (0, 4)
    assert iou_matrix(none, as_boxes([[0, 0, 1, 1]])).shape == (0, 1)
    assert clip(none, width=1, height=1).shape == (0, 4)


@pytest.mark.parametrize("boxes", [[[1, 2, 3]], [1, 2, 3, 4]])
def test_boxes_of_another_shape_are_refused(boxes: ArrayLike) -> None:
    with pytest.raises(ValueError, match="shape"):
        as_boxes(boxes)


@settings(deadline=None)  # a loaded machine is no failure
@given(st.lists(BOX, max_size=5))
def test_iou_is_symmetric_bounded_and_one_on_itself(drawn: list[tuple[float, float, float, float]]) -> None:
    boxes = as_boxes(drawn)
    iou = iou_matrix(boxes, boxes)
    assert (iou == iou.T).all()
    assert ((iou >= 0) & (iou <= 1)).all()
    assert np.diag(iou)[has_size(boxes)] == pytest.approx(1.0)


@settings(deadline=None)  # a loaded machine is no failure
@given(st.tuples(*[st.integers(0, 20)] * 4), st.tuples(*[st.integers(0, 20)] * 4))
def test_iou_agrees_with_exact_polygons(first: tuple[int, ...], second: tuple[int, ...]) -> None:
    boxes = as_boxes([first, second])
    if not has_size(boxes).all():
        return
    one, other = (shapely.box(*box) for box in boxes)
    expected = one.intersection(other).area / one.union(other).area
    assert iou_matrix(boxes[:1], boxes[1:])[0, 0] == pytest.approx(expected)
