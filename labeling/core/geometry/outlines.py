"""Areas with any outline, as shapely polygons: what polygons, rotated boxes and ellipses have in common."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from labeling.core.geometry.base import FloatArray, Frame, Shapes

# Half the number of corners by which a curve is drawn.
N_CURVE = 32


def repaired(outline: BaseGeometry) -> BaseGeometry:
    """Return the area that an outline encloses, crossings of its own edge put right; lines and points dropped."""
    if outline.is_valid:
        return outline
    # The other way to make an area valid takes a minute where an outline of 300 corners crosses itself at random.
    valid = shapely.make_valid(outline, method="structure", keep_collapsed=False)
    areas = [part for part in _flat(valid) if isinstance(part, shapely.Polygon)]
    return areas[0] if len(areas) == 1 else shapely.MultiPolygon(areas)


def _flat(geometry: BaseGeometry) -> list[BaseGeometry]:
    """Return the parts of a geometry, and of collections in it."""
    return [part for whole in shapely.get_parts(geometry) for part in shapely.get_parts(whole)]


def cut_to_frame(outline: BaseGeometry, frame: Frame) -> BaseGeometry:
    """Return the part of an area that lies in the image."""
    return shapely.intersection(outline, shapely.box(0.0, 0.0, frame.width, frame.height))


def outline_bounds(outlines: Shapes) -> FloatArray:
    """Return (n, 4) x1, y1, x2, y2."""
    bounds: FloatArray = shapely.bounds(outlines).reshape(-1, 4)
    return bounds


def outline_iou(first: Shapes, second: Shapes) -> FloatArray:
    """Return (n,) intersection over union of pairs of valid areas; 0 where there is no area."""
    if not len(first):
        return np.zeros(0)
    shared: FloatArray = shapely.area(shapely.intersection(first, second))
    union = shapely.area(first) + shapely.area(second) - shared
    iou = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0.0)
    return np.clip(iou, 0.0, 1.0)


def turned(corners: FloatArray, centre: FloatArray, degrees: NDArray[np.float64]) -> FloatArray:
    """Return (n, k, 2) corners around (n, 2) centres, turned by (n,) degrees, clockwise as y points down."""
    angle = np.radians(degrees)
    cosine, sine = np.cos(angle)[:, None], np.sin(angle)[:, None]
    x, y = corners[..., 0], corners[..., 1]
    return np.stack([x * cosine - y * sine, x * sine + y * cosine], axis=-1) + centre[:, None, :]


def crowding(low: FloatArray, high: FloatArray, owner: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return (n,) how many others of the same owner lie beside each box, along x or y, whichever are fewer.

    Looking for crossings in an outline costs about as much as the boxes of its edges are crowded; most outlines are
    hardly so, and combs very much.

    Parameters
    ----------
    low, high : (n, 2) corners of each box.
    owner : (n,) ascending numbers from 0.
    """
    n_boxes = np.bincount(owner)
    first = np.cumsum(n_boxes) - n_boxes
    # Owners are moved so far apart that one order is enough for all.
    apart = owner * (float(high.max(initial=0.0) - low.min(initial=0.0)) + 1.0)
    beside = []
    for axis in (0, 1):
        lows, highs = low[:, axis] + apart, high[:, axis] + apart
        n_before = np.searchsorted(np.sort(highs), lows) - first[owner]
        n_begun = np.searchsorted(np.sort(lows), highs, side="right") - first[owner]
        beside.append(n_begun - n_before - 1)
    fewest: NDArray[np.int64] = np.minimum(*beside)
    return fewest
