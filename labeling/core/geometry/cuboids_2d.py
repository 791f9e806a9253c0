"""Cuboids drawn in an image: eight [x, y] corners in pixels, in the order of the tool that drew them."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from labeling.core.geometry.base import FloatArray, Frame, Geometry, Shapes, as_numbers, plain_numbers
from labeling.core.geometry.faults import ShapeFault
from labeling.core.geometry.outlines import outline_bounds, outline_iou


def silhouettes(cuboids: FloatArray) -> Shapes:
    """Return (n,) the area each of (n, 8, 2) cuboids covers in the image."""
    return np.asarray(shapely.convex_hull(shapely.multipoints(cuboids)), dtype=object)


class Cuboid2dGeometry(Geometry):
    """Cuboids seen in perspective, alike as far as both their outlines and their corners agree."""

    name = "cuboid_2d"

    def read(self, value: Any) -> FloatArray:
        """Return (8, 2)."""
        return as_numbers(value, (8, 2), what="eight [x, y]")

    def plain(self, shape: FloatArray) -> Any:
        """Return eight lists of two numbers."""
        return plain_numbers(shape)

    def fault(self, shape: FloatArray) -> ShapeFault | None:
        """Return NO_SIZE for a cuboid that covers nothing."""
        return None if silhouettes(shape[None])[0].area > 0.0 else ShapeFault.NO_SIZE

    def cut(self, shape: FloatArray, frame: Frame) -> FloatArray:
        """Return the cuboid as it is: its hidden corners may lie anywhere; one wholly outside loses its size."""
        inside = silhouettes(shape[None])[0].intersects(shapely.box(0.0, 0.0, frame.width, frame.height))
        return shape if inside else np.zeros_like(shape)

    def bounds(self, shapes: Shapes) -> FloatArray:
        """Return (n, 4)."""
        return outline_bounds(silhouettes(shapes))

    def similarity(self, first: Shapes, second: Shapes) -> FloatArray:
        """Return (n,) IoU of the outlines, less by the corners' mean distance as a share of their size."""
        iou = outline_iou(silhouettes(first), silhouettes(second))
        apart = np.hypot(*np.moveaxis(first - second, -1, 0)).mean(axis=1)
        size = np.sqrt((np.ptp(first, axis=1).max(axis=1)) * (np.ptp(second, axis=1).max(axis=1)))
        share = np.divide(apart, size, out=np.ones_like(apart), where=size > 0.0)
        alike: FloatArray = iou * np.maximum(1.0 - share, 0.0)
        return alike

    def collect(self, shapes: Any) -> Shapes:
        """Return (n, 8, 2)."""
        return np.reshape(np.asarray(shapes, dtype=np.float64), (-1, 8, 2))
