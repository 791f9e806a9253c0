"""Upright cuboids in space: [cx, cy, cz, length, width, height, yaw], metres and radians."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely

from labeling.core.geometry.base import BadShape, FloatArray, Frame, Geometry, Shapes, as_numbers, plain_numbers
from labeling.core.geometry.faults import ShapeFault
from labeling.core.geometry.outlines import outline_bounds
from labeling.core.geometry.rotated_boxes import box_outlines


def footprints(cuboids: FloatArray) -> Shapes:
    """Return (n,) the areas that (n, 7) cuboids stand on, seen from above."""
    columns = [cuboids[:, 0], cuboids[:, 1], cuboids[:, 3], cuboids[:, 4], np.degrees(cuboids[:, 6])]
    return box_outlines(np.stack(columns, axis=1))


def numbers_of(cuboid: Mapping[str, Any]) -> list[float]:
    """Return the seven numbers of a cuboid as answers hold it; where it leans, only its heading is kept.

    Raises
    ------
    BadShape
        A member is missing.
    """
    try:
        return [*cuboid["center"], *cuboid["size"], cuboid["yaw"]]
    except (KeyError, TypeError) as error:
        raise BadShape(ShapeFault.WRONG_NUMBERS, "center, size and yaw expected") from error


def cuboid_of(numbers: Sequence[float]) -> dict[str, Any]:
    """Return a cuboid as answers hold it."""
    return {"center": list(numbers[:3]), "size": list(numbers[3:6]), "yaw": numbers[6]}


class Cuboid3dGeometry(Geometry):
    """Cuboids that stand upright and may be turned around the vertical."""

    name = "cuboid_3d"

    def read(self, value: Any) -> FloatArray:
        """Return (7,) numbers, of seven or of the object that answers hold."""
        numbers = numbers_of(value) if isinstance(value, dict) else value
        return as_numbers(numbers, (7,), what="[cx, cy, cz, length, width, height, yaw]")

    def plain(self, shape: FloatArray) -> Any:
        """Return seven numbers."""
        return plain_numbers(shape)

    def written(self, shape: FloatArray) -> Any:
        """Return centre, size and yaw."""
        return cuboid_of(plain_numbers(shape))

    def fault(self, shape: FloatArray) -> ShapeFault | None:
        """Return NO_SIZE for a side of no length."""
        sized = (shape[3:6] > 0.0).all() and footprints(shape[None])[0].area * shape[5] > 0.0
        return None if sized else ShapeFault.NO_SIZE

    def cut(self, shape: FloatArray, frame: Frame) -> FloatArray:
        """Return the cuboid as it is: a point cloud has no frame."""
        return shape

    def bounds(self, shapes: Shapes) -> FloatArray:
        """Return (n, 4) seen from above."""
        return outline_bounds(footprints(shapes))

    def similarity(self, first: Shapes, second: Shapes) -> FloatArray:
        """Return (n,) intersection over union of the volumes."""
        if not len(first):
            return np.zeros(0)
        one, other = footprints(first), footprints(second)
        low = np.maximum(first[:, 2] - first[:, 5] / 2, second[:, 2] - second[:, 5] / 2)
        high = np.minimum(first[:, 2] + first[:, 5] / 2, second[:, 2] + second[:, 5] / 2)
        shared = shapely.area(shapely.intersection(one, other)) * np.maximum(high - low, 0.0)
        union = shapely.area(one) * first[:, 5] + shapely.area(other) * second[:, 5] - shared
        iou = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0.0)
        alike: FloatArray = np.clip(iou, 0.0, 1.0)
        return alike

    def collect(self, shapes: Any) -> Shapes:
        """Return (n, 7)."""
        return np.reshape(np.asarray(shapes, dtype=np.float64), (-1, 7))
