"""Which reader a file is for."""

from collections.abc import Callable

from labeling.core.pointclouds.base import PointCloud, PointCloudFault
from labeling.core.pointclouds.kitti import read_kitti
from labeling.core.pointclouds.las import read_las
from labeling.core.pointclouds.pcd import read_pcd
from labeling.core.pointclouds.ply import read_ply

_READERS: dict[str, Callable[[bytes], PointCloud]] = {
    ".bin": read_kitti,
    ".pcd": read_pcd,
    ".ply": read_ply,
    ".las": read_las,
}
SUFFIXES = tuple(_READERS)


def read_point_cloud(data: bytes, *, name: str) -> PointCloud:
    """Return the cloud of a file, by the ending of its name.

    Raises
    ------
    PointCloudFault
        The bytes are none of that format, or no cloud that can be kept.
    """
    suffix = name[name.rfind(".") :].lower()
    if suffix not in _READERS:
        raise PointCloudFault(f"A point cloud's name ends in {', '.join(SUFFIXES)}.")
    return _READERS[suffix](data)
