"""Points and polylines across the borders of tiles."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from labeling.core.annotations.numbers import rounded
from labeling.core.geometry.base import FloatArray
from labeling.core.geometry.polylines import PolylineGeometry
from labeling.core.splitting.stitching.outlines import BEND_PX
from labeling.core.splitting.stitching.seam import Bounds, Seam
from labeling.core.splitting.tile import Rect

# Two workers' clicks on one thing are hardly farther apart; an assumption.
SAME_POINT_PX = 5.0


class PointSeam(Seam[tuple[float, float]]):
    """Points; the same where two tiles have one within a few pixels."""

    def read(self, value: Any) -> tuple[float, float]:
        """Return the two numbers."""
        x, y = value
        return x, y

    def written(self, shape: tuple[float, float]) -> Any:
        """Return the two numbers."""
        return [rounded(number) for number in shape]

    def bounds(self, shape: tuple[float, float]) -> Bounds:
        """Return a box of no size."""
        return *shape, *shape

    def centre(self, shape: tuple[float, float]) -> tuple[float, float]:
        """Return the point."""
        return shape

    def clip(self, shape: tuple[float, float], rect: Rect | Bounds) -> tuple[float, float] | None:
        """Return the point where it is in the rectangle."""
        x1, y1, x2, y2 = rect
        return shape if x1 <= shape[0] <= x2 and y1 <= shape[1] <= y2 else None

    def alike(self, first: tuple[float, float], second: tuple[float, float], zone: Rect) -> float:
        """Return 1 at no distance, falling evenly to 0.5 at the distance of two clicks."""
        apart = np.hypot(first[0] - second[0], first[1] - second[1])
        return float(max(0.0, 1.0 - apart / (2 * SAME_POINT_PX)))

    def join(self, pieces: Sequence[tuple[tuple[float, float], Rect]]) -> tuple[float, float]:
        """Return the point in the middle."""
        x, y = np.mean([shape for shape, _ in pieces], axis=0)
        return float(x), float(y)


class PolylineSeam(Seam[FloatArray]):
    """Lines; joined end to end, each tile giving what lies in its core."""

    _geometry = PolylineGeometry()

    def read(self, value: Any) -> FloatArray:
        """Return (n, 2) points."""
        return self._geometry.read(value)

    def written(self, shape: FloatArray) -> Any:
        """Return lists of two numbers."""
        return [[rounded(float(x)), rounded(float(y))] for x, y in shape]

    def bounds(self, shape: FloatArray) -> Bounds:
        """Return the box around it."""
        (x1, y1), (x2, y2) = shape.min(axis=0), shape.max(axis=0)
        return float(x1), float(y1), float(x2), float(y2)

    def centre(self, shape: FloatArray) -> tuple[float, float]:
        """Return the place halfway along."""
        halfway = shapely.line_interpolate_point(shapely.LineString(shape), 0.5, normalized=True)
        return float(halfway.x), float(halfway.y)

    def touches(self, shape: FloatArray, rect: Rect) -> bool:
        """Return whether some of the line is in the rectangle."""
        return bool(shapely.intersects(shapely.LineString(shape), shapely.box(*rect)))

    def clip(self, shape: FloatArray, rect: Rect | Bounds) -> FloatArray | None:
        """Return the longest stretch in the rectangle."""
        return max(_stretches(shape, rect), key=_length, default=None)

    def alike(self, first: FloatArray, second: FloatArray, zone: Rect) -> float:
        """Return 1 for no mean distance in the zone, falling evenly."""
        one, other = self.clip(first, zone), self.clip(second, zone)
        if one is None or other is None:
            return 0.0
        return float(self._geometry.similarity(*(self._geometry.collect([line]) for line in (one, other)))[0])

    def join(self, pieces: Sequence[tuple[FloatArray, Rect]]) -> FloatArray:
        """Return the line through what each tile has in its core, from end to nearest end."""
        parts = [part for shape, core in pieces for part in _stretches(shape, core)]
        if not parts:  # only in margins: then it is short, and any of them is it
            return max((shape for shape, _ in pieces), key=_length)
        line = parts.pop(0)
        while parts:
            place, at_front, flipped = _nearest(line, parts)
            part = parts.pop(place)
            part = part[::-1] if flipped else part
            line = np.concatenate([part, line] if at_front else [line, part])
        return np.asarray(shapely.get_coordinates(shapely.simplify(shapely.LineString(line), BEND_PX)))


def _stretches(line: FloatArray, rect: Rect | Bounds) -> list[FloatArray]:
    """Return the pieces of a line in a rectangle, in its direction."""
    inside = shapely.intersection(shapely.LineString(line), shapely.box(*rect))
    merged = shapely.line_merge(inside) if inside.geom_type == "MultiLineString" else inside
    whole = shapely.LineString(line)
    found = []
    for part in shapely.get_parts(merged):
        points = shapely.get_coordinates(part)
        if len(points) < 2:
            continue
        first, second = (whole.project(shapely.Point(points[place])) for place in (0, 1))
        found.append(points if first <= second else points[::-1])
    return found


def _nearest(line: FloatArray, parts: Sequence[FloatArray]) -> tuple[int, bool, bool]:
    """Return which part has an end nearest to one of the line's, whether at its front, and whether to turn it."""
    ends = np.array([[part[0], part[-1]] for part in parts])
    to_front, to_back = (np.linalg.norm(ends - end, axis=2) for end in (line[0], line[-1]))
    # To the front goes a part by its last point, to the back by its first.
    ways = np.stack([to_front[:, 1], to_front[:, 0], to_back[:, 0], to_back[:, 1]], axis=1)
    place, way = divmod(int(ways.argmin()), 4)
    return place, way < 2, way in (1, 3)


def _length(line: FloatArray) -> float:
    return float(np.hypot(*np.diff(line, axis=0).T).sum())
