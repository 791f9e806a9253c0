"""Keypoints of a skeleton: [x, y, visibility] a joint, in pixels; 0 not there, 1 hidden, 2 visible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from labeling.core.geometry.base import FloatArray, Frame, Geometry, Shapes, as_numbers, plain_numbers
from labeling.core.geometry.faults import ShapeFault

ABSENT = 0.0


@dataclass(frozen=True)
class KeypointGeometry(Geometry):
    """Skeletons compared joint by joint, by the object keypoint similarity.

    Parameters
    ----------
    spread : tolerance of a joint as a share of the skeleton's size (the COCO people's joints have .05 to .21).
    spreads : tolerances joint by joint, of skeletons with as many joints.

    Source: object keypoint similarity of the COCO keypoint task; a joint that only one of two has counts 0.

    Raises
    ------
    ValueError
        A spread is not positive.
    """

    name = "keypoints"
    spread: float = 0.1
    spreads: Mapping[int, Sequence[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        spreads = (self.spread, *(spread for each in self.spreads.values() for spread in each))
        if not all(0.0 < spread < np.inf for spread in spreads):
            raise ValueError("the spread must be positive")

    def read(self, value: Any) -> FloatArray:
        """Return (n_joints, 3)."""
        return as_numbers(value, (-1, 3), what="a list of [x, y, visibility]")

    def plain(self, shape: FloatArray) -> Any:
        """Return lists of three numbers."""
        return plain_numbers(shape)

    def written(self, shape: FloatArray) -> Any:
        """Return lists of x, y and a whole number."""
        return [[x, y, round(visibility)] for x, y, visibility in plain_numbers(shape)]

    def fault(self, shape: FloatArray) -> ShapeFault | None:
        """Return NOTHING_VISIBLE for a skeleton without a placed joint."""
        return None if (shape[:, 2] > ABSENT).any() else ShapeFault.NOTHING_VISIBLE

    def cut(self, shape: FloatArray, frame: Frame) -> FloatArray:
        """Return the skeleton with the joints outside the image marked as not there."""
        beyond = (shape[:, :2] < 0.0) | (shape[:, :2] > [frame.width, frame.height])
        return np.where(beyond.any(axis=1, keepdims=True), 0.0, shape)

    def bounds(self, shapes: Shapes) -> FloatArray:
        """Return (n, 4), grown by as far as the similarity reaches."""
        limits = []
        for joints in shapes:
            placed = joints[joints[:, 2] > ABSENT, :2]
            reach = 3.0 * max(self.spreads.get(len(joints), (self.spread,))) * skeleton_size(joints)
            limits.append((*placed.min(axis=0) - reach, *placed.max(axis=0) + reach))
        return np.reshape(np.array(limits, dtype=np.float64), (-1, 4))

    def similarity(self, first: Shapes, second: Shapes) -> FloatArray:
        """Return (n,) object keypoint similarity; 0 between skeletons of different numbers of joints."""
        pairs = zip(first, second, strict=True)
        return np.array([self._similarity(one, other) for one, other in pairs], dtype=np.float64)

    def _similarity(self, one: FloatArray, other: FloatArray) -> float:
        if len(one) != len(other):
            return 0.0
        there, here = one[:, 2] > ABSENT, other[:, 2] > ABSENT
        apart = ((one[:, :2] - other[:, :2]) ** 2).sum(axis=1)
        # Each skeleton's size in turn, so that neither of the two is the measure of the other.
        spread = np.asarray(self.spreads.get(len(one), self.spread), dtype=np.float64)
        scale = (spread * np.sqrt(skeleton_size(one) * skeleton_size(other))) ** 2
        near = np.where(there & here, np.exp(-apart / (2.0 * scale)), 0.0)
        either = int((there | here).sum())
        return float(near.sum() / either) if either else 0.0


def skeleton_size(joints: FloatArray) -> float:
    """Return the root of the area around the placed joints in pixels, at least 1; flat ones count by their length."""
    placed = joints[joints[:, 2] > ABSENT, :2]
    sides = np.ptp(placed, axis=0) if len(placed) else np.zeros(2)
    return float(max(np.sqrt(sides[0] * sides[1]), 0.25 * sides.max(), 1.0))
