"""Ellipses [cx, cy, rx, ry, degrees]: centre and half axes in pixels, turned clockwise (y points down)."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from labeling.core.geometry.base import FloatArray, Frame, Geometry, Shapes, as_numbers, plain_numbers
from labeling.core.geometry.faults import ShapeFault
from labeling.core.geometry.outlines import N_CURVE, outline_bounds, outline_iou, turned

_ANGLES = np.arange(2 * N_CURVE) * (np.pi / N_CURVE)
_CIRCLE = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)


def ellipse_outlines(ellipses: FloatArray) -> Shapes:
    """Return (n,) shapely polygons of 64 corners of (n, 5) ellipses."""
    corners = turned(_CIRCLE[None] * ellipses[:, None, 2:4], ellipses[:, :2], ellipses[:, 4])
    return np.asarray(shapely.polygons(corners), dtype=object)


class EllipseGeometry(Geometry):
    """Ellipses; a half turn, or a quarter turn with the axes swapped, is the same ellipse."""

    name = "ellipse"

    def read(self, value: Any) -> FloatArray:
        """Return (5,) numbers."""
        return as_numbers(value, (5,), what="[cx, cy, rx, ry, degrees]")

    def plain(self, shape: FloatArray) -> Any:
        """Return five numbers."""
        return plain_numbers(shape)

    def fault(self, shape: FloatArray) -> ShapeFault | None:
        """Return NO_SIZE for an axis of no length."""
        sized = shape[2] > 0.0 and shape[3] > 0.0 and ellipse_outlines(shape[None])[0].area > 0.0
        return None if sized else ShapeFault.NO_SIZE

    def cut(self, shape: FloatArray, frame: Frame) -> FloatArray:
        """Return the ellipse as it is: cut at an edge it would be none; one wholly outside loses its size."""
        inside = ellipse_outlines(shape[None])[0].intersects(shapely.box(0.0, 0.0, frame.width, frame.height))
        return shape if inside else shape * np.array([1.0, 1.0, 0.0, 0.0, 1.0])

    def bounds(self, shapes: Shapes) -> FloatArray:
        """Return (n, 4)."""
        return outline_bounds(ellipse_outlines(shapes))

    def similarity(self, first: Shapes, second: Shapes) -> FloatArray:
        """Return (n,) intersection over union."""
        return outline_iou(ellipse_outlines(first), ellipse_outlines(second))

    def collect(self, shapes: Any) -> Shapes:
        """Return (n, 5)."""
        return np.reshape(np.asarray(shapes, dtype=np.float64), (-1, 5))
