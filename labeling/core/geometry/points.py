"""Points [x, y] in pixels; how near is near depends on what they mark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from labeling.core.geometry.base import FloatArray, Frame, Geometry, Shapes, as_numbers, plain_numbers
from labeling.core.geometry.faults import ShapeFault


@dataclass(frozen=True)
class PointGeometry(Geometry):
    """Points whose similarity falls evenly from 1 to 0 at twice the radius.

    Parameters
    ----------
    radius : distance in pixels at which two points are half alike.

    Raises
    ------
    ValueError
        The radius is not positive.
    """

    name = "point"
    radius: float = 5.0

    def __post_init__(self) -> None:
        if not 0.0 < self.radius < np.inf:
            raise ValueError("the radius must be positive")

    def read(self, value: Any) -> FloatArray:
        """Return (2,) numbers."""
        return as_numbers(value, (2,), what="[x, y]")

    def plain(self, shape: FloatArray) -> Any:
        """Return two numbers."""
        return plain_numbers(shape)

    def fault(self, shape: FloatArray) -> ShapeFault | None:
        """Return NOT_FINITE for a point that lies nowhere."""
        return None if np.isfinite(shape).all() else ShapeFault.NOT_FINITE

    def cut(self, shape: FloatArray, frame: Frame) -> FloatArray:
        """Return the point, nowhere if it lies outside the image by more than the radius."""
        nearest = np.clip(shape, 0.0, [frame.width, frame.height])
        return nearest if np.hypot(*(nearest - shape)) <= self.radius else np.full(2, np.nan)

    def bounds(self, shapes: Shapes) -> FloatArray:
        """Return (n, 4) squares as far as the similarity reaches."""
        return np.concatenate([shapes - self.radius, shapes + self.radius], axis=1)

    def similarity(self, first: Shapes, second: Shapes) -> FloatArray:
        """Return (n,) 1 - distance / (2 radius), at least 0."""
        return np.maximum(1.0 - point_distance(first, second) / (2.0 * self.radius), 0.0)

    def collect(self, shapes: Any) -> Shapes:
        """Return (n, 2)."""
        return np.reshape(np.asarray(shapes, dtype=np.float64), (-1, 2))


def point_distance(first: FloatArray, second: FloatArray) -> FloatArray:
    """Return (n,) distances in pixels between pairs of points."""
    apart = first - second
    return np.hypot(apart[..., 0], apart[..., 1])
