"""Boxes, rotated boxes and polygons across the borders of tiles."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from labeling.core.annotations.numbers import rounded
from labeling.core.geometry.base import FloatArray
from labeling.core.geometry.outlines import repaired
from labeling.core.geometry.polygons import PolygonGeometry
from labeling.core.geometry.rotated_boxes import box_outlines
from labeling.core.splitting.stitching.seam import Bounds, Seam
from labeling.core.splitting.tile import Rect

# As shapes are written: what is nearer is one place, and bends by less are none.
GRID_PX = 1e-3
BEND_PX = 2 * GRID_PX
# Of areas and lengths that rounding has left.
NOTHING = 1e-6


class BoxSeam(Seam[Bounds]):
    """Upright boxes; joined, the box around all pieces."""

    def read(self, value: Any) -> Bounds:
        """Return the four numbers."""
        x1, y1, x2, y2 = value
        return x1, y1, x2, y2

    def written(self, shape: Bounds) -> Any:
        """Return the four numbers."""
        return [rounded(number) for number in shape]

    def bounds(self, shape: Bounds) -> Bounds:
        """Return the box itself."""
        return shape

    def centre(self, shape: Bounds) -> tuple[float, float]:
        """Return the middle."""
        return (shape[0] + shape[2]) / 2, (shape[1] + shape[3]) / 2

    def clip(self, shape: Bounds, rect: Rect | Bounds) -> Bounds | None:
        """Return the part in the rectangle."""
        x1, y1 = max(shape[0], rect[0]), max(shape[1], rect[1])
        x2, y2 = min(shape[2], rect[2]), min(shape[3], rect[3])
        return (x1, y1, x2, y2) if x1 < x2 and y1 < y2 else None

    def alike(self, first: Bounds, second: Bounds, zone: Rect) -> float:
        """Return intersection over union in the zone."""
        one, other = self.clip(first, zone), self.clip(second, zone)
        if one is None or other is None:
            return 0.0
        width = min(one[2], other[2]) - max(one[0], other[0])
        height = min(one[3], other[3]) - max(one[1], other[1])
        shared = max(0.0, width) * max(0.0, height)
        return shared / (_area(one) + _area(other) - shared)

    def join(self, pieces: Sequence[tuple[Bounds, Rect]]) -> Bounds:
        """Return the box around all pieces."""
        x1, y1, x2, y2 = zip(*(shape for shape, _ in pieces), strict=True)
        return min(x1), min(y1), max(x2), max(y2)


class PolygonSeam(Seam[BaseGeometry]):
    """Areas with straight edges; joined, their union."""

    _geometry = PolygonGeometry()

    def read(self, value: Any) -> BaseGeometry:
        """Return the area."""
        return self._geometry.read(value)

    def written(self, shape: BaseGeometry) -> Any:
        """Return parts of rings."""
        return self._geometry.written(shape)

    def bounds(self, shape: BaseGeometry) -> Bounds:
        """Return the box around it."""
        x1, y1, x2, y2 = shape.bounds
        return x1, y1, x2, y2

    def centre(self, shape: BaseGeometry) -> tuple[float, float]:
        """Return the centre of mass."""
        return shape.centroid.x, shape.centroid.y

    def clip(self, shape: BaseGeometry, rect: Rect | Bounds) -> BaseGeometry | None:
        """Return the part in the rectangle."""
        part = repaired(shapely.intersection(shape, shapely.box(*rect)))
        areas = [each for each in shapely.get_parts(part) if each.area > NOTHING]
        if not areas:
            return None
        return areas[0] if len(areas) == 1 else shapely.MultiPolygon(areas)

    def alike(self, first: BaseGeometry, second: BaseGeometry, zone: Rect) -> float:
        """Return intersection over union in the zone."""
        one, other = self.clip(first, zone), self.clip(second, zone)
        return 0.0 if one is None or other is None else _iou(one, other)

    def touches(self, shape: BaseGeometry, rect: Rect) -> bool:
        """Return whether some of the area is in the rectangle."""
        return bool(shapely.intersects(shape, shapely.box(*rect)))

    def join(self, pieces: Sequence[tuple[BaseGeometry, Rect]]) -> BaseGeometry:
        """Return the union, without the corners that borders have left on straight edges."""
        union = shapely.union_all([shape for shape, _ in pieces], grid_size=GRID_PX)
        return repaired(shapely.simplify(union, BEND_PX))


class RotatedBoxSeam(Seam[FloatArray]):
    """Rotated boxes; joined, the box around all pieces that is turned as the largest of them is."""

    def read(self, value: Any) -> FloatArray:
        """Return the five numbers."""
        return np.asarray(value, dtype=np.float64)

    def written(self, shape: FloatArray) -> Any:
        """Return the five numbers, the longer side first."""
        cx, cy, width, height, degrees = (float(number) for number in shape)
        if width < height:
            width, height, degrees = height, width, degrees + 90.0
        turn = rounded(degrees % (90.0 if rounded(width) == rounded(height) else 180.0))
        return [rounded(cx), rounded(cy), rounded(width), rounded(height), 0.0 if turn >= 180.0 else turn]

    def bounds(self, shape: FloatArray) -> Bounds:
        """Return the upright box around it."""
        x1, y1, x2, y2 = _outline(shape).bounds
        return x1, y1, x2, y2

    def centre(self, shape: FloatArray) -> tuple[float, float]:
        """Return the middle."""
        return float(shape[0]), float(shape[1])

    def touches(self, shape: FloatArray, rect: Rect) -> bool:
        """Return whether some of the box is in the rectangle."""
        return bool(shapely.intersects(_outline(shape), shapely.box(*rect)))

    def clip(self, shape: FloatArray, rect: Rect | Bounds) -> FloatArray | None:
        """Return the box, turned alike, around the part in the rectangle."""
        part = shapely.intersection(_outline(shape), shapely.box(*rect))
        return None if part.area <= NOTHING else _around([part], degrees=float(shape[4]))

    def alike(self, first: FloatArray, second: FloatArray, zone: Rect) -> float:
        """Return intersection over union in the zone."""
        one, other = (shapely.intersection(_outline(shape), shapely.box(*zone)) for shape in (first, second))
        return 0.0 if not one.area or not other.area else _iou(one, other)

    def join(self, pieces: Sequence[tuple[FloatArray, Rect]]) -> FloatArray:
        """Return the box around all pieces."""
        largest = max((shape for shape, _ in pieces), key=lambda shape: float(shape[2] * shape[3]))
        return _around([_outline(shape) for shape, _ in pieces], degrees=float(largest[4]))


def _outline(box: FloatArray) -> BaseGeometry:
    outline: BaseGeometry = box_outlines(box[None])[0]
    return outline


def _around(outlines: Sequence[BaseGeometry], *, degrees: float) -> FloatArray:
    """Return the rotated box of this turn around outlines."""
    angle = np.radians(degrees)
    axes = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    along = np.concatenate([shapely.get_coordinates(outline) for outline in outlines]) @ axes.T
    low, high = along.min(axis=0), along.max(axis=0)
    return np.array([*((low + high) / 2 @ axes), *(high - low), degrees])


def _area(box: Bounds) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _iou(one: BaseGeometry, other: BaseGeometry) -> float:
    shared = float(shapely.intersection(one, other).area)
    return shared / (one.area + other.area - shared)
