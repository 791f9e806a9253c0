"""Polylines: at least two [x, y] in pixels; the direction in which one was drawn means nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

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

# Points compared along a line; a lane of 1,000 pixels is then looked at every 31.
N_COMPARED = 32


@dataclass(frozen=True)
class PolylineGeometry(Geometry):
    """Lines whose similarity falls evenly with the mean distance between them.

    Parameters
    ----------
    tolerance : mean distance in pixels at which two lines are half alike.

    Raises
    ------
    ValueError
        The tolerance is not positive.
    """

    name = "polyline"
    tolerance: float = 10.0

    def __post_init__(self) -> None:
        if not 0.0 < self.tolerance < np.inf:
            raise ValueError("the tolerance must be positive")

    def read(self, value: Any) -> FloatArray:
        """Return (n, 2) points."""
        points = as_numbers(value, (-1, 2), what="a list of [x, y]")
        if len(points) < 2:
            raise BadShape(ShapeFault.TOO_FEW_POINTS, "a polyline has at least two points")
        return points

    def plain(self, shape: FloatArray) -> Any:
        """Return lists of two numbers."""
        return plain_numbers(shape)

    def fault(self, shape: FloatArray) -> ShapeFault | None:
        """Return NO_SIZE for a line of no length."""
        return None if len(shape) > 1 and length(shape) > 0.0 else ShapeFault.NO_SIZE

    def cut(self, shape: FloatArray, frame: Frame) -> FloatArray:
        """Return the longest stretch inside the image; a line wholly inside stays as it was drawn."""
        if (shape >= 0.0).all() and (shape <= [frame.width, frame.height]).all():
            return shape
        inside = shapely.intersection(shapely.LineString(shape), shapely.box(0, 0, frame.width, frame.height))
        merged = shapely.line_merge(inside) if inside.geom_type == "MultiLineString" else inside
        lines = [part for part in shapely.get_parts(merged) if part.geom_type == "LineString"]
        longest = max(lines, key=lambda line: (line.length, line.bounds), default=None)
        return np.zeros((0, 2)) if longest is None else np.asarray(longest.coords)

    def bounds(self, shapes: Shapes) -> FloatArray:
        """Return (n, 4), grown by the tolerance."""
        limits = [(*line.min(axis=0) - self.tolerance, *line.max(axis=0) + self.tolerance) for line in shapes]
        return np.reshape(np.array(limits, dtype=np.float64), (-1, 4))

    def similarity(self, first: Shapes, second: Shapes) -> FloatArray:
        """Return (n,) 1 - mean distance / (2 tolerance), at least 0."""
        apart = [mean_distance(one, other) for one, other in zip(first, second, strict=True)]
        return np.maximum(1.0 - np.array(apart, dtype=np.float64) / (2.0 * self.tolerance), 0.0)


def length(line: FloatArray) -> float:
    """Return the length of (n, 2) points in pixels."""
    return float(np.hypot(*np.diff(line, axis=0).T).sum())


def resampled(line: FloatArray, n_points: int = N_COMPARED) -> FloatArray:
    """Return (n_points, 2) points at even steps along the line, both ends among them."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    wanted = np.linspace(0.0, along[-1], n_points)
    return np.stack([np.interp(wanted, along, line[:, 0]), np.interp(wanted, along, line[:, 1])], axis=1)


def mean_distance(first: FloatArray, second: FloatArray) -> float:
    """Return the mean distance in pixels from points along either line to the other, the mean of both ways."""
    there = shapely.distance(shapely.points(resampled(first)), shapely.LineString(second)).mean()
    back = shapely.distance(shapely.points(resampled(second)), shapely.LineString(first)).mean()
    return float((there + back) / 2.0)
