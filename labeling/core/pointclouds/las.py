"""LAS 1.0 to 1.4, not compressed.

Source: ASPRS LAS specification 1.4 R15.
"""

import struct

import numpy as np

from labeling.core.pointclouds.base import PointCloud, PointCloudFault, kept
from labeling.core.pointclouds.tables import MAX_ROWS

_HEADER_BYTES = 227
_HEADER_BYTES_1_4 = 255
_POINT = [("x", "<i4"), ("y", "<i4"), ("z", "<i4"), ("intensity", "<u2")]
_POINT_BYTES = 14
_COMPRESSED = 0x80


def read_las(data: bytes) -> PointCloud:
    """Return the cloud of a `.las` file."""
    if len(data) < _HEADER_BYTES or data[:4] != b"LASF":
        raise PointCloudFault("This is no LAS file.")
    (offset,) = struct.unpack_from("<I", data, 96)
    form, width, n_points = struct.unpack_from("<BHI", data, 104)
    if form & _COMPRESSED:
        raise PointCloudFault("LAZ is not read; send the file uncompressed.")
    if n_points == 0 and data[25] >= 4 and len(data) >= _HEADER_BYTES_1_4:
        (n_points,) = struct.unpack_from("<Q", data, 247)
    if not 0 < n_points <= MAX_ROWS:
        raise PointCloudFault(f"A cloud has 1 to {MAX_ROWS} points.")
    if width < _POINT_BYTES or offset + n_points * width > len(data):
        raise PointCloudFault(f"The file says {n_points} points and ends before.")
    names, types = zip(*_POINT, strict=True)
    row = np.dtype({"names": names, "formats": types, "offsets": [0, 4, 8, 12], "itemsize": width})
    table = np.frombuffer(data, dtype=row, count=n_points, offset=offset)
    scales = np.array(struct.unpack_from("<3d", data, 131))
    shifts = np.array(struct.unpack_from("<3d", data, 155))
    with np.errstate(over="ignore", invalid="ignore"):
        xyz = np.stack([table[axis] for axis in "xyz"], axis=1) * scales + shifts
    return kept(xyz, table["intensity"])
