"""How shapes of each kind become one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from labeling.core.geometry.base import Shapes
from quality.core.labels import IntArray
from quality.core.shapes.fusion.keypoints import fuse_keypoints
from quality.core.shapes.fusion.masks import fuse_masks
from quality.core.shapes.fusion.medians import coordinate_median, coordinate_medians
from quality.core.shapes.fusion.polygons import fuse_polygons
from quality.core.shapes.fusion.polylines import fuse_polylines
from quality.core.shapes.fusion.turned import fuse_turned, fuse_upright

FUSIONS: dict[str, Callable[[Shapes], Any]] = {
    "box": coordinate_median,
    "rotated_box": fuse_turned,
    "polygon": fuse_polygons,
    "polyline": fuse_polylines,
    "keypoints": fuse_keypoints,
    "point": coordinate_median,
    "ellipse": fuse_turned,
    "mask": lambda masks: fuse_masks(masks.tolist()).mask,
    "cuboid_2d": coordinate_median,
    "cuboid_3d": fuse_upright,
}


def fuse_groups(kind: str, shapes: Shapes, members: IntArray, sizes: IntArray) -> list[Any]:
    """Return the fused shape of each group.

    Parameters
    ----------
    members : shape numbers, one group after the other.
    sizes : (n_groups,) how many members each group has, at least one.
    """
    fuse = FUSIONS[kind]
    if fuse is coordinate_median:
        return list(coordinate_medians(shapes, members, sizes))
    return [fuse(shapes[group]) for group in np.split(members, np.cumsum(sizes)[:-1])] if len(sizes) else []
