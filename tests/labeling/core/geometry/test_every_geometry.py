"""What must hold of every kind of shape, and figures worked by hand."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.core.geometry.base import BadShape, Frame, Geometry
from labeling.core.geometry.faults import ShapeFault
from labeling.core.geometry.registry import GEOMETRIES
from tests.quality.core.shapes.drawing import SIDE, VALUES, geometry_of, readable

KINDS = sorted(GEOMETRIES)
SQUARE = [[0, 0], [10, 0], [10, 10], [0, 10]]


def similarity(geometry: Geometry, first: Any, second: Any) -> float:
    one, other = (geometry.collect([geometry.read(value)]) for value in (first, second))
    return float(geometry.similarity(one, other)[0])


@pytest.mark.parametrize(
    ("kind", "first", "second", "expected"),
    [
        ("box", [0, 0, 10, 10], [5, 0, 15, 10], 1 / 3),
        ("rotated_box", [5, 5, 10, 10, 0], [5, 5, 10, 10, 90], 1.0),
        ("rotated_box", [5, 5, 20, 10, 0], [5, 5, 10, 20, 90], 1.0),
        ("rotated_box", [0, 0, 10, 10, 0], [5, 0, 10, 10, 0], 1 / 3),
        ("polygon", SQUARE, [[5, 0], [15, 0], [15, 10], [5, 10]], 1 / 3),
        ("polygon", [[0, 0], [10, 10], [10, 0], [0, 10]], SQUARE, 0.5),
        ("polyline", [[0, 0], [100, 0]], [[100, 4], [0, 4]], 0.8),
        ("point", [0, 0], [3, 4], 0.5),
        ("point", [0, 0], [30, 4], 0.0),
        ("ellipse", [0, 0, 10, 5, 0], [0, 0, 5, 10, 90], 1.0),
        ("ellipse", [0, 0, 10, 10, 0], [0, 0, 5, 5, 0], 0.25),
        ("keypoints", [[0, 0, 2], [10, 10, 2]], [[0, 0, 2], [10, 10, 0]], 0.5),
        ("keypoints", [[0, 0, 2]], [[0, 0, 2], [10, 10, 2]], 0.0),
        ("cuboid_3d", [0, 0, 0, 4, 2, 2, 0], [0, 0, 1, 4, 2, 2, math.pi], 1 / 3),
        ("cuboid_2d", [*SQUARE, *SQUARE], [*SQUARE, *SQUARE], 1.0),
    ],
)
def test_similarity_worked_by_hand(kind: str, first: Any, second: Any, expected: float) -> None:
    assert similarity(GEOMETRIES[kind](), first, second) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("kind", "value", "fault"),
    [
        ("box", [0, 0, 1], ShapeFault.WRONG_NUMBERS),
        ("box", [0, 0, "x", 1], ShapeFault.WRONG_NUMBERS),
        ("box", [0, 0, math.nan, 1], ShapeFault.NOT_FINITE),
        ("box", [0, 0, 1e300, 1], ShapeFault.NOT_FINITE),
        ("polygon", [[0, 0], [1, 1]], ShapeFault.TOO_FEW_POINTS),
        ("polygon", [[0, 0, 0], [1, 1, 1], [2, 2, 2]], ShapeFault.WRONG_NUMBERS),
        ("polyline", [], ShapeFault.TOO_FEW_POINTS),
        ("point", None, ShapeFault.NOT_FINITE),
        ("keypoints", {"x": 1}, ShapeFault.WRONG_NUMBERS),
        ("cuboid_2d", SQUARE, ShapeFault.WRONG_NUMBERS),
    ],
)
def test_what_is_no_shape_is_refused(kind: str, value: Any, fault: ShapeFault) -> None:
    with pytest.raises(BadShape) as refused:
        GEOMETRIES[kind]().read(value)
    if value is not None:
        assert refused.value.fault is fault


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("box", [5, 5, 5, 9]),
        ("rotated_box", [5, 5, 0, 9, 30]),
        ("polygon", [[0, 0], [5, 5], [10, 10]]),
        ("polyline", [[3, 3], [3, 3]]),
        ("ellipse", [5, 5, -1, 9, 30]),
        ("mask", [SIDE * SIDE]),
        ("cuboid_2d", [[1, 1]] * 8),
        ("cuboid_3d", [0, 0, 0, 1, 1, 0, 0]),
    ],
)
def test_shape_without_size_is_known_for_one(kind: str, value: Any) -> None:
    geometry = geometry_of(kind)
    assert geometry.fault(geometry.read(value)) is ShapeFault.NO_SIZE


def test_skeleton_without_a_placed_joint_shows_nothing() -> None:
    geometry = GEOMETRIES["keypoints"]()
    assert geometry.fault(geometry.read([[1, 1, 0]])) is ShapeFault.NOTHING_VISIBLE


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("box", [-5, -5, 10, 10], [0, 0, 10, 10]),
        ("polyline", [[-5, 5], [5, 5]], [[0, 5], [5, 5]]),
        ("point", [41, 20], [40, 20]),
        ("keypoints", [[1, 1, 2], [50, 1, 2]], [[1, 1, 2], [0, 0, 0]]),
        ("rotated_box", [0, 0, 9, 9, 45], [0, 0, 9, 9, 45]),
    ],
)
def test_what_overhangs_is_cut_where_a_part_of_it_is_the_same_kind(kind: str, value: Any, expected: Any) -> None:
    geometry = geometry_of(kind)
    assert geometry.plain(geometry.cut(geometry.read(value), Frame(SIDE, SIDE))) == expected


def test_polygon_is_cut_at_the_edge() -> None:
    geometry = GEOMETRIES["polygon"]()
    cut = geometry.cut(geometry.read([[-10, 0], [10, 0], [10, 10], [-10, 10]]), Frame(SIDE, SIDE))
    assert (cut.area, cut.bounds) == (100.0, (0.0, 0.0, 10.0, 10.0))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind not in {"mask", "cuboid_3d"}])
def test_shape_far_outside_the_image_is_left_without_use(kind: str) -> None:
    geometry = geometry_of(kind)
    far = {
        "box": [900, 900, 910, 910],
        "rotated_box": [900, 900, 5, 5, 0],
        "polygon": [[900, 900], [910, 900], [900, 910]],
        "polyline": [[900, 900], [910, 900]],
        "keypoints": [[900, 900, 2]],
        "point": [900, 900],
        "ellipse": [900, 900, 5, 5, 0],
        "cuboid_2d": [[900 + x, 900 + y] for x in (0, 9) for y in (0, 9)] * 2,
    }[kind]
    assert geometry.fault(geometry.cut(geometry.read(far), Frame(SIDE, SIDE))) is not None


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30, deadline=None, derandomize=True)
@given(data=st.data())
def test_similarity_is_a_similarity(kind: str, data: st.DataObject) -> None:
    geometry = geometry_of(kind)
    read = readable(geometry, data.draw(st.lists(VALUES[kind], min_size=1, max_size=4)))
    usable = [shape for shape in read if geometry.fault(shape) is None]
    shapes = geometry.collect(usable)
    matrix = geometry.similarity_matrix(shapes, shapes)
    assert matrix.shape == (len(usable), len(usable))
    assert ((matrix >= 0.0) & (matrix <= 1.0)).all()
    assert matrix == pytest.approx(matrix.T, abs=1e-6)
    # Shapes thinner than the arithmetic of an overlay resolves are like nothing, themselves included.
    bounds = geometry.bounds(shapes) if usable else np.zeros((0, 4))
    thick = (bounds[:, 2:] - bounds[:, :2] > 0.01).all(axis=1)
    if kind not in {"polygon", "cuboid_2d", "cuboid_3d", "rotated_box", "ellipse"}:
        assert np.diag(matrix)[thick] == pytest.approx(1.0)
    first, second = np.divmod(np.arange(matrix.size), max(len(usable), 1))
    assert geometry.similarity(shapes[first], shapes[second]) == pytest.approx(matrix[first, second], abs=1e-9)
