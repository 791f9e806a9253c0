"""Every kind of shape that can be joined, by the member that holds it."""

from typing import Any

from labeling.core.splitting.stitching.lines import PointSeam, PolylineSeam
from labeling.core.splitting.stitching.outlines import BoxSeam, PolygonSeam, RotatedBoxSeam
from labeling.core.splitting.stitching.pixels import MaskSeam
from labeling.core.splitting.stitching.seam import Seam

SEAMS: dict[str, Seam[Any]] = {
    "box": BoxSeam(),
    "rotated_box": RotatedBoxSeam(),
    "polygon": PolygonSeam(),
    "polyline": PolylineSeam(),
    "point": PointSeam(),
    "mask": MaskSeam(),
}
