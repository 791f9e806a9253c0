"""KITTI's velodyne files: x, y, z, reflectance as 32-bit floats and nothing else."""

import numpy as np

from labeling.core.pointclouds.base import PointCloud, PointCloudFault, kept


def read_kitti(data: bytes) -> PointCloud:
    """Return the cloud of a `.bin` file."""
    if len(data) % 16:
        raise PointCloudFault("The size is no multiple of 16 bytes.")
    points = np.frombuffer(data, dtype="<f4").reshape(-1, 4)
    return kept(points[:, :3], points[:, 3])
