"""The line in the middle of several."""

from __future__ import annotations

import numpy as np

from labeling.core.geometry.base import FloatArray, Shapes
from labeling.core.geometry.polylines import resampled
from quality.core.shapes.fusion.medians import coordinate_median

N_POINTS = 64


def fuse_polylines(shapes: Shapes) -> FloatArray:
    """Return (64, 2) medians of points at even steps; of one line the line itself.

    Every line is first turned to run the way of the most typical one.
    """
    if len(shapes) == 1:
        return np.asarray(shapes[0], dtype=np.float64)
    lines = np.stack([resampled(np.asarray(line, dtype=np.float64), N_POINTS) for line in shapes])
    there = np.hypot(*np.moveaxis(lines[:, None] - lines[None], -1, 0)).mean(axis=2)
    back = np.hypot(*np.moveaxis(lines[:, None] - lines[None, :, ::-1], -1, 0)).mean(axis=2)
    typical = int(np.argmin(np.minimum(there, back).sum(axis=1)))
    against = back[typical] < there[typical]
    oriented = np.where(against[:, None, None], lines[:, ::-1], lines)
    return coordinate_median(oriented)
