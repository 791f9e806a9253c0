"""Shapes in the forms that several formats ask for: outlines, bounds, areas, pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Point = Sequence[float]
Ring = Sequence[Point]
N_ELLIPSE_CORNERS = 64


def polygon_parts(polygon: Any) -> list[list[list[list[float]]]]:
    """Return parts of rings of points, outer ring first, of either way in which a polygon may be written."""
    if polygon and polygon[0] and not isinstance(polygon[0][0], list | tuple):
        return [[polygon]]
    return list(polygon)


def rotated_corners(rotated_box: Sequence[float]) -> list[list[float]]:
    """Return the four corners, clockwise as seen from the one that is top left before the turn."""
    cx, cy, width, height, degrees = rotated_box
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    sides = ((-width / 2, -height / 2), (width / 2, -height / 2), (width / 2, height / 2), (-width / 2, height / 2))
    return [[cx + dx * cos - dy * sin, cy + dx * sin + dy * cos] for dx, dy in sides]


def ellipse_corners(ellipse: Sequence[float], *, n_corners: int = N_ELLIPSE_CORNERS) -> list[list[float]]:
    """Return a polygon with its corners on the ellipse."""
    cx, cy, rx, ry, degrees = ellipse
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    corners = []
    for number in range(n_corners):
        turn = 2 * math.pi * number / n_corners
        dx, dy = rx * math.cos(turn), ry * math.sin(turn)
        corners.append([cx + dx * cos - dy * sin, cy + dx * sin + dy * cos])
    return corners


def outlines(member: str, shape: Any) -> list[list[list[list[float]]]]:
    """Return the area of a shape as parts of rings, or nothing where it has none; of a mask see `masks`."""
    if member == "box":
        x1, y1, x2, y2 = shape
        return [[[[x1, y1], [x2, y1], [x2, y2], [x1, y2]]]]
    if member == "rotated_box":
        return [[rotated_corners(shape)]]
    if member == "ellipse":
        return [[ellipse_corners(shape)]]
    if member == "polygon":
        return polygon_parts(shape)
    return []


def bounds(member: str, shape: Any) -> list[float]:
    """Return x1, y1, x2, y2 around a shape of the plane; of a mask see `masks`."""
    if member == "box":
        return list(shape)
    if member == "ellipse":
        return _ellipse_bounds(shape)
    points = _points(member, shape)
    xs, ys = [point[0] for point in points], [point[1] for point in points]
    return [min(xs), min(ys), max(xs), max(ys)] if points else [0.0, 0.0, 0.0, 0.0]


def _ellipse_bounds(ellipse: Sequence[float]) -> list[float]:
    cx, cy, rx, ry, degrees = ellipse
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    reach_x, reach_y = math.hypot(rx * cos, ry * sin), math.hypot(rx * sin, ry * cos)
    return [cx - reach_x, cy - reach_y, cx + reach_x, cy + reach_y]


def _points(member: str, shape: Any) -> Sequence[Point]:
    if member == "polygon":
        return [point for part in polygon_parts(shape) for point in part[0]]
    if member == "rotated_box":
        return rotated_corners(shape)
    if member == "point":
        return [shape]
    if member == "keypoints":
        return [point for point in shape if point[2] > 0]
    if member in {"polyline", "cuboid_2d"}:
        return list(shape)
    raise ValueError(f"{member} has no bounds in the image")


def area(parts: Sequence[Sequence[Ring]]) -> float:
    """Return the area of parts of rings, that of the holes taken off."""
    return sum(ring_area(part[0]) - sum(ring_area(hole) for hole in part[1:]) for part in parts)


def ring_area(ring: Ring) -> float:
    """Return the area that a ring encloses, whichever way it turns."""
    return abs(signed_area(ring))


def signed_area(ring: Ring) -> float:
    """Return the area that a ring encloses, above 0 where it turns clockwise as seen."""
    points: NDArray[np.float64] = np.asarray(ring, dtype=np.float64)[:, :2]
    x, y = (points - points.mean(axis=0)).T  # near the origin, where products lose little
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2.0


def bridged(part: Sequence[Ring]) -> list[list[float]]:
    """Return one ring that goes round a part and into its holes and back, along bridges of no width.

    Each time the hole nearest to the ring is joined, by the shortest line between them, which so crosses nothing.
    """
    ring = [list(point[:2]) for point in part[0]]
    # A hole is gone round the other way than the ring, so that fillers of any rule leave it empty.
    turn = signed_area(ring)
    holes = [[list(point[:2]) for point in hole][:: -1 if turn * signed_area(hole) > 0 else 1] for hole in part[1:]]
    while holes:
        outline = shapely.LinearRing(ring)
        lines = [shapely.shortest_line(outline, shapely.LinearRing(hole)) for hole in holes]
        number = int(np.argmin([line.length for line in lines]))
        here, there = np.asarray(lines[number].coords)[:, :2].tolist()
        ring = _from(ring, here)
        ring = [*ring, here, *_from(holes.pop(number), there), there]
    return ring


def _from(ring: list[list[float]], point: list[float]) -> list[list[float]]:
    """Return the ring begun at a point on it, which is put in where it is no corner."""
    starts = np.asarray(ring)
    steps = np.roll(starts, -1, axis=0) - starts
    lengths = np.maximum((steps**2).sum(axis=1), np.finfo(float).tiny)
    share = np.clip(((point - starts) * steps).sum(axis=1) / lengths, 0.0, 1.0)
    away = ((starts + share[:, None] * steps - point) ** 2).sum(axis=1)
    edge = int(np.argmin(away))
    if share[edge] <= 0.0:
        return [*ring[edge:], *ring[:edge]]
    after = (edge + 1) % len(ring)
    rest = [*ring[after:], *ring[:after]]
    return rest if share[edge] >= 1.0 else [point, *rest]
