"""Polygons: one ring of [x, y] corners in pixels, not closed, held as valid shapely areas."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from labeling.core.geometry.base import (
    BadShape,
    FloatArray,
    Frame,
    Geometry,
    Shapes,
    as_numbers,
    plain_numbers,
)
from labeling.core.geometry.faults import ShapeFault
from labeling.core.geometry.outlines import cut_to_frame, largest_part, outline_bounds, outline_iou, repaired


class PolygonGeometry(Geometry):
    """Areas with straight edges; an outline that crosses itself counts as the area it encloses."""

    name = "polygon"

    def read(self, value: Any) -> BaseGeometry:
        """Return a valid area of at least three corners."""
        corners = as_numbers(value, (-1, 2), what="a list of [x, y]")
        if len(corners) < 3:
            raise BadShape(ShapeFault.TOO_FEW_POINTS, "a polygon has at least three corners")
        return repaired(shapely.Polygon(corners))

    def plain(self, shape: BaseGeometry) -> Any:
        """Return the outer ring of the largest part, its first corner not repeated."""
        return plain_numbers(np.asarray(largest_part(shape).exterior.coords)[:-1, :2])

    def fault(self, shape: BaseGeometry) -> ShapeFault | None:
        """Return NO_SIZE for an area of nothing."""
        return None if shape.area > 0.0 else ShapeFault.NO_SIZE

    def cut(self, shape: BaseGeometry, frame: Frame) -> BaseGeometry:
        """Return the part inside the image; a polygon wholly inside stays as it was drawn."""
        x1, y1, x2, y2 = shape.bounds if not shape.is_empty else (0.0, 0.0, 0.0, 0.0)
        if x1 >= 0.0 and y1 >= 0.0 and x2 <= frame.width and y2 <= frame.height:
            return shape
        return repaired(cut_to_frame(shape, frame))

    def bounds(self, shapes: Shapes) -> FloatArray:
        """Return (n, 4)."""
        return outline_bounds(shapes)

    def similarity(self, first: Shapes, second: Shapes) -> FloatArray:
        """Return (n,) intersection over union."""
        return outline_iou(first, second)
