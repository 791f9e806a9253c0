"""Shapes with an angle: rotated boxes, ellipses, and cuboids that stand upright."""

from __future__ import annotations

import numpy as np

from labeling.core.geometry.base import FloatArray, Shapes
from quality.core.shapes.fusion.medians import coordinate_median


def fuse_turned(shapes: Shapes) -> FloatArray:
    """Return the median centre and sides and the mean angle of (n, 5) shapes [cx, cy, a, b, degrees].

    A half turn, and a quarter turn with both sides swapped, give the same shape: each is first brought to the form
    nearest to the others' common angle. Angles come back in -90..90.
    """
    if len(shapes) == 1:
        return np.asarray(shapes[0], dtype=np.float64)
    angle = _common_angle(shapes[:, 4], fold=90.0)
    quarters = np.round((shapes[:, 4] - angle) / 90.0)
    alike = shapes.copy()
    swapped = quarters % 2 == 1
    alike[swapped, 2], alike[swapped, 3] = shapes[swapped, 3], shapes[swapped, 2]
    alike[:, 4] = shapes[:, 4] - 90.0 * quarters - angle
    # Sides of nearly square shapes may be swapped at random; then the angle decides, as it should.
    fused = coordinate_median(alike)
    fused[4] = _folded(fused[4] + angle, 180.0)
    return fused


def fuse_upright(shapes: Shapes) -> FloatArray:
    """Return the median centre and sides and the mean yaw of (n, 7) cuboids, radians.

    Length and width swapped, and front taken for back, are put right first; the heading is that of most.
    """
    if len(shapes) == 1:
        return np.asarray(shapes[0], dtype=np.float64)
    flat = np.stack([*shapes.T[[0, 1, 3, 4]], np.degrees(shapes[:, 6])], axis=1)
    plane = fuse_turned(flat)
    heading = np.cos(shapes[:, 6] - np.radians(plane[4]))
    backwards = (heading < -np.sqrt(0.5)).sum() > (heading > np.sqrt(0.5)).sum()
    yaw = np.radians(_folded(plane[4] + 180.0 * backwards, 360.0))
    heights = coordinate_median(shapes[:, [2, 5]])
    return np.array([plane[0], plane[1], heights[0], plane[2], plane[3], heights[1], yaw])


def _common_angle(degrees: FloatArray, *, fold: float) -> float:
    """Return the mean direction of angles that repeat after `fold` degrees; of opposite ones the first in order."""
    turn = 2.0 * np.pi / fold
    east, north = np.cos(degrees * turn).sum(), np.sin(degrees * turn).sum()
    if np.hypot(east, north) < 1e-9 * len(degrees):
        return float(np.min(degrees % fold))
    return float(np.arctan2(north, east) / turn)


def _folded(degrees: float, period: float) -> float:
    """Return the angle within half a period of 0."""
    return float((degrees + period / 2.0) % period - period / 2.0)
