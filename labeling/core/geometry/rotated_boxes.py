"""Rotated boxes [cx, cy, width, height, degrees]: centre and sides in pixels, turned clockwise (y points down)."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from labeling.core.geometry.base import FloatArray, Frame, Geometry, Shapes, as_numbers, plain_numbers
from labeling.core.geometry.faults import ShapeFault
from labeling.core.geometry.outlines import outline_bounds, outline_iou, turned

_CORNERS = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])


def box_outlines(boxes: FloatArray) -> Shapes:
    """Return (n,) shapely polygons of (n, 5) rotated boxes."""
    corners = _CORNERS[None] * boxes[:, None, 2:4]
    return np.asarray(shapely.polygons(turned(corners, boxes[:, :2], boxes[:, 4])), dtype=object)


class RotatedBoxGeometry(Geometry):
    """Boxes that may stand at any angle; a half turn, or a quarter turn with the sides swapped, is the same box."""

    name = "rotated_box"

    def read(self, value: Any) -> FloatArray:
        """Return (5,) numbers."""
        return as_numbers(value, (5,), what="[cx, cy, width, height, degrees]")

    def plain(self, shape: FloatArray) -> Any:
        """Return five numbers."""
        return plain_numbers(shape)

    def fault(self, shape: FloatArray) -> ShapeFault | None:
        """Return NO_SIZE for a side of no length."""
        sized = shape[2] > 0.0 and shape[3] > 0.0 and box_outlines(shape[None])[0].area > 0.0
        return None if sized else ShapeFault.NO_SIZE

    def cut(self, shape: FloatArray, frame: Frame) -> FloatArray:
        """Return the box as it is: cut at an edge it would be none; one wholly outside loses its size."""
        inside = box_outlines(shape[None])[0].intersects(shapely.box(0.0, 0.0, frame.width, frame.height))
        return shape if inside else shape * np.array([1.0, 1.0, 0.0, 0.0, 1.0])

    def bounds(self, shapes: Shapes) -> FloatArray:
        """Return (n, 4)."""
        return outline_bounds(box_outlines(shapes))

    def similarity(self, first: Shapes, second: Shapes) -> FloatArray:
        """Return (n,) intersection over union."""
        return outline_iou(box_outlines(first), box_outlines(second))

    def collect(self, shapes: Any) -> Shapes:
        """Return (n, 5)."""
        return np.reshape(np.asarray(shapes, dtype=np.float64), (-1, 5))
