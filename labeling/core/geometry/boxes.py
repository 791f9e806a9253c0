"""Axis-parallel boxes [x1, y1, x2, y2] in pixels, the origin at the top left of the image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labeling.core.geometry.base import FloatArray, Frame, Geometry, Shapes, as_numbers, plain_numbers
from labeling.core.geometry.faults import ShapeFault

Boxes = NDArray[np.float64]
BoxFault = ShapeFault


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


def pair_iou(first: Boxes, second: Boxes) -> NDArray[np.float64]:
    """Return (n,) intersection over union of (n, 4) pairs, as `iou_matrix` has it."""
    low = np.maximum(first[:, :2], second[:, :2])
    sides = np.maximum(np.minimum(first[:, 2:], second[:, 2:]) - low, 0.0)
    with np.errstate(under="ignore", over="ignore", invalid="ignore"):
        shared = sides[:, 0] * sides[:, 1]
        union = area(first) + area(second) - shared
        usable = (union > 0.0) & np.isfinite(union)
        iou: NDArray[np.float64] = np.divide(shared, union, out=np.zeros_like(shared), where=usable)
    return np.minimum(iou, 1.0)


class BoxGeometry(Geometry):
    """Axis-parallel boxes."""

    name = "box"

    def read(self, value: Any) -> FloatArray:
        """Return (4,) numbers."""
        return as_numbers(value, (4,), what="[x1, y1, x2, y2]")

    def plain(self, shape: FloatArray) -> Any:
        """Return four numbers."""
        return plain_numbers(shape)

    def fault(self, shape: FloatArray) -> ShapeFault | None:
        """Return NO_SIZE for a box without an area."""
        return None if has_size(shape[None])[0] else ShapeFault.NO_SIZE

    def cut(self, shape: FloatArray, frame: Frame) -> FloatArray:
        """Return the part inside the image."""
        return clip(shape, width=frame.width, height=frame.height)

    def cut_all(self, shapes: Shapes, frame: Frame | None) -> tuple[Shapes, NDArray[np.bool_]]:
        """Return all boxes cut to the image, and (n,) which have a size."""
        cut = shapes if frame is None else clip(shapes, width=frame.width, height=frame.height)
        return cut, has_size(cut)

    def bounds(self, shapes: Shapes) -> FloatArray:
        """Return the boxes themselves."""
        return shapes

    def similarity(self, first: Shapes, second: Shapes) -> FloatArray:
        """Return (n,) intersection over union."""
        return pair_iou(first, second)

    def collect(self, shapes: Any) -> Shapes:
        """Return (n, 4)."""
        return as_boxes(shapes)
