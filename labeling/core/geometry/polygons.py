"""Polygons in pixels, held as valid shapely areas: one ring of [x, y], or parts of rings, outer first; not closed."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
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
from labeling.core.geometry.outlines import cut_to_frame, outline_bounds, outline_iou, repaired


class PolygonGeometry(Geometry):
    """Areas with straight edges; an outline that crosses itself counts as the area it encloses."""

    name = "polygon"

    def read(self, value: Any) -> BaseGeometry:
        """Return a valid area; what is given is one ring of at least three corners, or parts of such rings."""
        if _is_nested(value):
            parts = [_part(rings) for rings in value]
            return repaired(parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts))
        return repaired(shapely.Polygon(_ring(value)))

    def plain(self, shape: BaseGeometry) -> Any:
        """Return one ring where that is all there is to the area, else its parts as `written` has them."""
        parts = self.written(shape)
        return parts[0][0] if len(parts) == 1 and len(parts[0]) == 1 else parts

    def written(self, shape: BaseGeometry) -> Any:
        """Return parts of rings, each in its one way to be written; both in order."""
        # Parts without an area are points, lines, or nothing at all.
        return sorted(_written_part(part) for part in shapely.get_parts(shape) if part.area > 0.0)

    def order(self, shapes: Shapes) -> NDArray[np.int64]:
        """Return (n,) the numbers of the shapes in the order of what is written of them."""
        keys = [self.written(shape) for shape in shapes]
        return np.array(sorted(range(len(keys)), key=lambda number: keys[number]), dtype=np.int64)

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


def _is_nested(value: Any) -> bool:
    """Return whether a value is parts of rings and no ring."""
    for _ in range(3):
        if not isinstance(value, list | tuple) or not value:
            return False
        value = value[0]
    return isinstance(value, list | tuple)


def _part(rings: Any) -> shapely.Polygon:
    if not isinstance(rings, list | tuple) or not rings:
        raise BadShape(ShapeFault.TOO_FEW_POINTS, "a part of a polygon has an outer ring")
    outer, *holes = map(_ring, rings)
    return shapely.Polygon(outer, holes)


def _ring(value: Any) -> FloatArray:
    corners = as_numbers(value, (-1, 2), what="a list of [x, y]")
    if len(corners) < 3:
        raise BadShape(ShapeFault.TOO_FEW_POINTS, "a polygon has at least three corners")
    return corners


def _written_part(part: shapely.Polygon) -> list[list[list[float]]]:
    holes = sorted(_in_order(hole, clockwise=False) for hole in part.interiors)
    return [_in_order(part.exterior, clockwise=True), *holes]


def _in_order(ring: shapely.LinearRing, *, clockwise: bool) -> list[list[float]]:
    """Return a ring's corners from its first by x, then y; clockwise is as seen, y pointing down."""
    corners: list[list[float]] = plain_numbers(np.asarray(ring.coords)[:-1, :2])
    if ring.is_ccw != clockwise:  # shapely looks with y pointing up
        corners.reverse()
    first = corners.index(min(corners))
    return corners[first:] + corners[:first]
