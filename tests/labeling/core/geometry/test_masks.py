from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from labeling.core.geometry.base import BadShape
from labeling.core.geometry.faults import ShapeFault
from labeling.core.geometry.masks import Mask, MaskGeometry, mask_iou, shared_area

PIXELS = arrays(bool, st.tuples(st.integers(1, 7), st.integers(1, 7)))


def test_runs_worked_by_hand() -> None:
    mask = Mask.from_runs([1, 2, 3], height=2, width=3)
    assert mask.to_pixels().astype(int).tolist() == [[0, 1, 1], [0, 0, 0]]
    assert mask.area == 2


def test_runs_without_length_join_their_neighbours() -> None:
    mask = Mask.from_runs([0, 2, 0, 3, 1], height=2, width=3)
    assert mask.to_runs() == [0, 5, 1]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(pixels=PIXELS)
def test_pixels_and_both_kinds_of_runs_come_back_as_they_were(pixels: np.ndarray) -> None:
    height, width = pixels.shape
    mask = Mask.from_pixels(pixels)
    assert sum(mask.to_runs()) == height * width
    assert mask.area == pixels.sum()
    assert (mask.to_pixels() == pixels).all()
    assert (Mask.from_runs(mask.to_runs(), height=height, width=width).to_pixels() == pixels).all()
    turned = Mask.from_pixels(pixels.T)
    assert (Mask.from_coco(**turned.to_coco()).to_pixels() == pixels.T).all()
    assert turned.to_coco()["size"] == [height, width]


def test_a_mask_of_coco_runs_goes_column_by_column() -> None:
    mask = Mask.from_coco([2, 3], [2, 1, 1, 1, 1])
    assert mask.to_pixels().T.astype(int).tolist() == [[0, 1, 1], [0, 0, 0]]
    assert mask.to_coco() == {"size": [2, 3], "counts": "21100"}


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ({"size": [2, 3]}, ShapeFault.WRONG_NUMBERS),
        ({"size": [2], "counts": [6]}, ShapeFault.WRONG_NUMBERS),
        ({"size": [2, 3.5], "counts": [6]}, ShapeFault.WRONG_NUMBERS),
        ({"size": [2, 3], "counts": None}, ShapeFault.WRONG_NUMBERS),
        ({"size": [2, 3], "counts": [7]}, ShapeFault.RUNS_DO_NOT_FILL),
        ({"size": [2, 3], "counts": "7"}, ShapeFault.RUNS_DO_NOT_FILL),
        ({"size": [2, 3], "counts": "\u00e9"}, ShapeFault.WRONG_NUMBERS),
        ({"size": [200_000, 200_000], "counts": [7]}, ShapeFault.RUNS_DO_NOT_FILL),
    ],
)
def test_stated_masks_that_are_none_are_refused(value: dict[str, object], fault: ShapeFault) -> None:
    with pytest.raises(BadShape) as refused:
        MaskGeometry().read(value)
    assert refused.value.fault is fault


def test_masks_of_one_image_are_as_alike_turned_as_not() -> None:
    first, second = Mask.from_pixels(np.eye(5, dtype=bool)), Mask.from_pixels(np.tri(5, dtype=bool))
    turned = [MaskGeometry().read(Mask.from_pixels(mask.to_pixels().T).to_coco()) for mask in (first, second)]
    assert mask_iou(*turned) == mask_iou(first, second)
    assert MaskGeometry().read(MaskGeometry().written(turned[0])).edges.tolist() == turned[0].edges.tolist()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.data(), shape=st.tuples(st.integers(1, 6), st.integers(1, 6)))
def test_overlap_of_runs_is_that_of_pixels(data: st.DataObject, shape: tuple[int, int]) -> None:
    first, second = (data.draw(arrays(bool, shape)) for _ in range(2))
    one, other = Mask.from_pixels(first), Mask.from_pixels(second)
    union = (first | second).sum()
    assert shared_area(one, other) == (first & second).sum()
    assert mask_iou(one, other) == pytest.approx((first & second).sum() / union if union else 1.0)


@pytest.mark.parametrize(
    ("runs", "fault"),
    [
        ([1, 2], ShapeFault.RUNS_DO_NOT_FILL),
        ([], ShapeFault.RUNS_DO_NOT_FILL),
        ([7, -1], ShapeFault.WRONG_NUMBERS),
        ([1.5, 4.5], ShapeFault.WRONG_NUMBERS),
        (["a"], ShapeFault.WRONG_NUMBERS),
        ([[6]], ShapeFault.WRONG_NUMBERS),
        ([float("nan")], ShapeFault.WRONG_NUMBERS),
    ],
)
def test_runs_that_describe_no_mask_are_refused(runs: list[float], fault: ShapeFault) -> None:
    with pytest.raises(BadShape) as refused:
        MaskGeometry(height=2, width=3).read(runs)
    assert refused.value.fault is fault


def test_masks_of_images_of_different_size_are_not_alike() -> None:
    assert mask_iou(Mask.from_runs([0, 6], height=2, width=3), Mask.from_runs([0, 6], height=3, width=2)) == 0.0
