"""Shapes of a fixed number of coordinates that each mean one thing: boxes, points, drawn cuboids."""

from __future__ import annotations

import numpy as np

from labeling.core.geometry.base import FloatArray, Shapes
from quality.core.labels import IntArray


def coordinate_median(shapes: Shapes) -> FloatArray:
    """Return the median of each coordinate; of two shapes that is the mean.

    From three on it ignores one gross error; what holds in order in every shape (x1 < x2) holds in it.
    """
    n_shapes = len(shapes)
    ordered = np.sort(shapes, axis=0)
    # Half the sum of the middle two is the median, and of one or two shapes the mean.
    fused: FloatArray = (ordered[(n_shapes - 1) // 2] + ordered[n_shapes // 2]) / 2.0
    return fused


def coordinate_medians(shapes: Shapes, members: IntArray, sizes: IntArray) -> FloatArray:
    """Return (n_groups, ...) the `coordinate_median` of each group; arguments as of `fuse_groups`."""
    fused = np.empty((len(sizes), *shapes.shape[1:]))
    starts = np.cumsum(sizes) - sizes
    for size in np.unique(sizes).tolist():
        groups = np.flatnonzero(sizes == size)
        ordered = np.sort(shapes[members[starts[groups, None] + np.arange(size)]], axis=1)
        fused[groups] = (ordered[:, (size - 1) // 2] + ordered[:, size // 2]) / 2.0
    return fused
