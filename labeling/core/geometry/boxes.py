"""Axis-parallel boxes [x1, y1, x2, y2] in pixels, the origin at the top left of the image."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

Boxes = NDArray[np.float64]


class BoxFault(StrEnum):
    """Say what is wrong with a box."""

    NOT_FOUR_NUMBERS = "not_four_numbers"
    NOT_FINITE = "not_finite"
    NO_SIZE = "no_size"
    OUTSIDE_IMAGE = "outside_image"


def as_boxes(boxes: ArrayLike) -> Boxes:
    """Return (n, 4) float boxes; an empty list becomes (0, 4).

    Raises
    ------
    ValueError
        A box has not exactly four numbers.
    """
    array = np.asarray(boxes, dtype=np.float64)
    if array.size == 0:
        return np.zeros((0, 4))
    if array.ndim != 2 or array.shape[1] != 4:
        raise ValueError("boxes must be of shape (n, 4)")
    return array


def box_fault(box: Sequence[float], *, width: float, height: float) -> BoxFault | None:
    """Return the first fault of one box in an image of width x height pixels, or None.

    A box may touch the image's edge; x1 < x2 and y1 < y2 must hold strictly.
    """
    if len(box) != 4:
        return BoxFault.NOT_FOUR_NUMBERS
    if not np.isfinite(box).all():
        return BoxFault.NOT_FINITE
    x1, y1, x2, y2 = box
    if x1 >= x2 or y1 >= y2:
        return BoxFault.NO_SIZE
    if x1 < 0 or y1 < 0 or x2 > width or y2 > height:
        return BoxFault.OUTSIDE_IMAGE
    return None


def has_size(boxes: Boxes) -> NDArray[np.bool_]:
    """Return (n,) whether each box is finite with x1 < x2 and y1 < y2, and its area is a positive number."""
    finite = np.isfinite(boxes).all(axis=1)
    ordered = (boxes[:, 0] < boxes[:, 2]) & (boxes[:, 1] < boxes[:, 3])
    sized = finite & ordered
    # Sides may be positive and their product yet underflow to 0 or overflow, which no IoU survives.
    product = area(np.where(sized[:, None], boxes, 0.0))
    return sized & (product > 0.0) & np.isfinite(product)


def area(boxes: Boxes) -> NDArray[np.float64]:
    """Return (n,) areas in square pixels; 0 for a box without size."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        sides = np.maximum(boxes[:, 2:] - boxes[:, :2], 0.0)
        areas: NDArray[np.float64] = sides[:, 0] * sides[:, 1]
    return areas


def clip(boxes: Boxes, *, width: float, height: float) -> Boxes:
    """Return the boxes cut to the image; one wholly outside is left without size, NaN stays."""
    return np.clip(boxes, 0.0, np.array([width, height, width, height], dtype=np.float64))


def iou_matrix(first: Boxes, second: Boxes) -> NDArray[np.float64]:
    """Return (n, m) intersection over union of every pair.

    Parameters
    ----------
    first, second : (n, 4) and (m, 4) finite boxes.

    Returns
    -------
    (n, m) in 0..1; 0 where the union has no area, so that a box without size matches nothing, not even itself.
    """
    low = np.maximum(first[:, None, :2], second[None, :, :2])
    high = np.minimum(first[:, None, 2:], second[None, :, 2:])
    sides = np.maximum(high - low, 0.0)
    with np.errstate(under="ignore", over="ignore", invalid="ignore"):
        shared = sides[..., 0] * sides[..., 1]
        union = area(first)[:, None] + area(second)[None, :] - shared
        usable = (union > 0.0) & np.isfinite(union)
        iou: NDArray[np.float64] = np.divide(shared, union, out=np.zeros_like(shared), where=usable)
    np.minimum(iou, 1.0, out=iou)
    return iou
