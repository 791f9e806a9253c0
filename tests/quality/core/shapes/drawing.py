"""Hypothesis strategies for shapes of every kind, sound and degenerate, and simulated crowds of each."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st

from labeling.core.geometry.base import BadShape, Geometry
from labeling.core.geometry.masks import MaskGeometry
from labeling.core.geometry.registry import GEOMETRIES

SIDE = 40
# Few distinct places, so that shapes coincide, touch, and have no size; some far outside the image.
PLACE = st.one_of(st.sampled_from([0.0, 5.0, 10.0, 20.0, 40.0]), st.sampled_from([-7.5, 1e-9, 33.3, 55.0, 1e6]))
POINT = st.tuples(PLACE, PLACE)
ANGLE = st.sampled_from([0.0, 45.0, 90.0, -90.0, 180.0, 359.0, 12.3])
VISIBILITY = st.sampled_from([0.0, 1.0, 2.0])
RUNS = st.lists(st.integers(0, SIDE), max_size=6).map(
    lambda runs: [*runs, SIDE * SIDE - sum(runs)] if sum(runs) <= SIDE * SIDE else [SIDE * SIDE]
)

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "box": st.tuples(PLACE, PLACE, PLACE, PLACE),
    "rotated_box": st.tuples(PLACE, PLACE, PLACE, PLACE, ANGLE),
    "polygon": st.lists(POINT, min_size=3, max_size=6),
    "polyline": st.lists(POINT, min_size=2, max_size=5),
    "keypoints": st.lists(st.tuples(PLACE, PLACE, VISIBILITY), min_size=1, max_size=4),
    "point": POINT,
    "ellipse": st.tuples(PLACE, PLACE, PLACE, PLACE, ANGLE),
    "mask": RUNS,
    "cuboid_2d": st.lists(POINT, min_size=8, max_size=8),
    "cuboid_3d": st.tuples(PLACE, PLACE, PLACE, PLACE, PLACE, PLACE, ANGLE.map(np.radians)),
}


def geometry_of(kind: str) -> Geometry:
    """Return the geometry under test; masks are of a small square image."""
    return MaskGeometry(height=SIDE, width=SIDE) if kind == "mask" else GEOMETRIES[kind]()


def readable(geometry: Geometry, values: list[Any]) -> list[Any]:
    """Return the shapes of those values that can be read."""
    shapes = []
    for value in values:
        try:
            shapes.append(geometry.read(value))
        except BadShape:
            continue
    return shapes


def usual_shape(kind: str, rng: np.random.Generator, centre: np.ndarray, noise: float) -> Any:
    """Return plain numbers of an ordinary shape about 16 pixels wide around a centre, each number off by the noise."""
    x, y = centre
    square = np.array([[-8, -8], [8, -8], [8, 8], [-8, 8]])

    def off(*numbers: Any) -> np.ndarray:
        exact = np.array(numbers, dtype=float)
        return exact + rng.normal(0, noise, size=exact.shape)

    if kind == "mask":
        rows, columns = np.mgrid[:SIDE, :SIDE]
        radius = 8 + rng.normal(0, noise)
        inside = np.hypot(rows - y, columns - x) < radius
        edges = np.flatnonzero(np.diff(np.concatenate([[0], inside.ravel().astype(int), [0]])))
        return np.diff(np.concatenate([[0], edges, [SIDE * SIDE]])).astype(int).tolist()
    numbers: dict[str, Any] = {
        "box": lambda: off(x - 8, y - 8, x + 8, y + 8),
        "rotated_box": lambda: off(x, y, 16, 8, 30),
        "polygon": lambda: off(*(square + centre)),
        "polyline": lambda: off([x - 8, y], [x, y + 4], [x + 8, y]),
        "keypoints": lambda: np.column_stack([off(*(square + centre)), [2, 2, 1, 2]]),
        "point": lambda: off(x, y),
        "ellipse": lambda: off(x, y, 8, 4, 30),
        "cuboid_2d": lambda: off(*(square + centre), *(square + centre + 4)),
        "cuboid_3d": lambda: np.append(off(x, y, 2, 16, 8, 6), 0.5 + rng.normal(0, 0.05)),
    }
    return numbers[kind]().tolist()
