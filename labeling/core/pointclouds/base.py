"""The form of a point cloud that is kept: x, y, z in metres and intensity, little-endian 32-bit floats."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_POINTS = 500_000
# More than any sensor sees: such coordinates are those of a map, and 32 bits about its origin would lose centimetres.
_NEAR_M = 10_000
_FARTHEST_M = 1e9
_SEED = 20_260_101


class PointCloudFault(Exception):
    """The bytes are no point cloud of the format; the argument is one sentence for a person."""


@dataclass(frozen=True)
class PointCloud:
    """Points as they are kept.

    Attributes
    ----------
    points : (n, 4) float32: x, y, z, intensity; finite, in the order of the file.
    n_original : points of the file.
    origin : x, y, z in the file of what is 0, 0, 0 here; all 0 but for clouds that lie far from the file's origin.
    """

    points: NDArray[np.float32]
    n_original: int
    origin: tuple[float, float, float]

    @property
    def bounds(self) -> list[float]:
        """Return the least and the greatest x, y, z."""
        xyz = self.points[:, :3]
        return [float(value) for value in (*xyz.min(axis=0), *xyz.max(axis=0))]

    def to_bytes(self) -> bytes:
        """Return the file: 16 bytes a point."""
        return self.points.astype("<f4").tobytes()


def kept(xyz: NDArray[np.floating], intensity: NDArray[np.generic] | None) -> PointCloud:
    """Return the finite points, at most 500,000 of them drawn evenly, about an origin near them.

    Raises
    ------
    PointCloudFault
        None is left, or the coordinates are too large, or the cloud too wide, for metres.
    """
    points = np.zeros((len(xyz), 4), dtype=np.float64)
    points[:, :3] = xyz
    if intensity is not None:
        points[:, 3] = intensity
    points = points[np.isfinite(points).all(axis=1)]
    if not len(points):
        raise PointCloudFault("The cloud has no points.")
    origin = _origin(points[:, :3])
    points[:, :3] -= origin
    n_original = len(points)
    if n_original > MAX_POINTS:
        chosen = np.random.default_rng(_SEED).choice(n_original, MAX_POINTS, replace=False, shuffle=False)
        points = points[np.sort(chosen)]
    with np.errstate(over="ignore"):
        narrow = points.astype(np.float32)
    narrow[~np.isfinite(narrow)] = 0  # an intensity beyond 32 bits
    return PointCloud(points=narrow, n_original=n_original, origin=(origin[0], origin[1], origin[2]))


def _origin(xyz: NDArray[np.float64]) -> list[float]:
    farthest = float(np.abs(xyz).max())
    if farthest <= _NEAR_M:
        return [0.0, 0.0, 0.0]
    least = np.floor(xyz.min(axis=0))
    if farthest > _FARTHEST_M or float((xyz.max(axis=0) - least).max()) > 2 * _NEAR_M:
        raise PointCloudFault(f"The points are more than {2 * _NEAR_M // 1000} km apart.")
    return [float(value) for value in least]
