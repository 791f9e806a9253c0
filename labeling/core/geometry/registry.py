"""Every kind of shape by its name."""

from __future__ import annotations

from labeling.core.geometry.base import Geometry
from labeling.core.geometry.boxes import BoxGeometry
from labeling.core.geometry.cuboids_2d import Cuboid2dGeometry
from labeling.core.geometry.cuboids_3d import Cuboid3dGeometry
from labeling.core.geometry.ellipses import EllipseGeometry
from labeling.core.geometry.keypoints import KeypointGeometry
from labeling.core.geometry.masks import MaskGeometry
from labeling.core.geometry.points import PointGeometry
from labeling.core.geometry.polygons import PolygonGeometry
from labeling.core.geometry.polylines import PolylineGeometry
from labeling.core.geometry.rotated_boxes import RotatedBoxGeometry

GEOMETRIES: dict[str, type[Geometry]] = {
    geometry.name: geometry
    for geometry in (
        BoxGeometry,
        RotatedBoxGeometry,
        PolygonGeometry,
        PolylineGeometry,
        KeypointGeometry,
        PointGeometry,
        EllipseGeometry,
        MaskGeometry,
        Cuboid2dGeometry,
        Cuboid3dGeometry,
    )
}
