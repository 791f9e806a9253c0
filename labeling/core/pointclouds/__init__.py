"""Point clouds as files: read, bounded, and written in the one form that is kept."""

from labeling.core.pointclouds.base import MAX_POINTS, PointCloud, PointCloudFault
from labeling.core.pointclouds.reading import SUFFIXES, read_point_cloud

__all__ = ["MAX_POINTS", "SUFFIXES", "PointCloud", "PointCloudFault", "read_point_cloud"]
