"""The area that most polygons cover, exact along their edges."""

from __future__ import annotations

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from labeling.core.geometry.base import Shapes
from labeling.core.geometry.outlines import outline_iou, repaired

SIMPLIFY_PX = 0.5


def fuse_polygons(shapes: Shapes) -> BaseGeometry:
    """Return what more than half of the areas cover; the most typical area where that is nothing.

    Parameters
    ----------
    shapes : n >= 1 valid areas. Of two, more than half is what both cover.

    Notes
    -----
    The plane is cut along all edges and each face is kept or left by a vote, so that nothing is lost to a raster.
    """
    if len(shapes) == 1:
        alone: BaseGeometry = shapes[0]
        return alone
    try:
        fused = _majority(shapes)
    except shapely.errors.GEOSException:
        # Edges that nearly coincide can defeat the overlay; a typical answer is then better than none.
        return medoid(shapes)
    return fused if fused.area > 0.0 else medoid(shapes)


def _majority(shapes: Shapes) -> BaseGeometry:
    lines = shapely.union_all(shapely.boundary(shapes))
    faces = shapely.get_parts(shapely.polygonize([lines]))
    inner = shapely.point_on_surface(faces)
    votes = shapely.contains(shapes[:, None], inner[None, :]).sum(axis=0)
    kept = shapely.union_all(faces[2 * votes > len(shapes)])
    plain = shapely.simplify(kept, SIMPLIFY_PX)
    return repaired(plain) if plain.area > 0.0 else repaired(kept)


def medoid(shapes: Shapes) -> BaseGeometry:
    """Return the area most like the others; of equal ones the first."""
    n_shapes = len(shapes)
    one, other = np.divmod(np.arange(n_shapes * n_shapes), n_shapes)
    try:
        alike = outline_iou(shapes[one], shapes[other]).reshape(n_shapes, n_shapes).sum(axis=1)
    except shapely.errors.GEOSException:
        alike = -np.abs(shapely.area(shapes) - np.median(shapely.area(shapes)))
    typical: BaseGeometry = shapes[int(np.argmax(alike))]
    return typical
