"""How near is near: a share of the image for points and lines, the ontology's sigmas for joints."""

from typing import Any

import numpy as np
import pytest

from quality.core.shapes.kinds import LEAST_RADIUS, MOST_RADIUS, SHAPE_KINDS
from quality.core.terms import Scene, Terms
from tests.labeling.core.annotations.examples import EXAMPLES, HEIGHT, ONTOLOGY, WIDTH

TERMS = Terms.of(ONTOLOGY)
SMALL, LARGE, UNKNOWN = Scene(TERMS, 640, 480), Scene(TERMS, 6_400, 4_800), Scene(TERMS)


def likeness(kind: str, one: Any, other: Any, scene: Scene, *, terms: Terms = TERMS) -> float:
    chosen = SHAPE_KINDS[kind]
    geometry = chosen.geometry(terms)
    first, second = (geometry.collect([chosen.read(value, scene)]) for value in (one, other))
    return float(geometry.similarity(first, second)[0])


@pytest.mark.parametrize(("scene", "apart"), [(SMALL, 8.0), (LARGE, 80.0), (UNKNOWN, 10.0)])
def test_points_and_lines_are_half_alike_at_a_hundredth_of_the_diagonal(scene: Scene, apart: float) -> None:
    assert likeness("point", [100, 100], [100 + apart, 100], scene) == pytest.approx(0.5)
    line, beside = [[50, 100], [450, 100]], [[50, 100 + apart], [450, 100 + apart]]
    assert likeness("polyline", line, beside, scene) == pytest.approx(0.5)


def test_joints_have_the_tolerance_of_the_ontology_twice_its_sigma() -> None:
    box = [[0, 0, 2], [100, 100, 2]]
    near = [[0, 0, 2], [100, 110, 2]]
    # Sizes 100 and sqrt(100 x 110); off by 10 with a tolerance of .2 at one joint of two.
    expected = (1.0 + np.exp(-100.0 / (2.0 * 0.2**2 * 100.0 * np.sqrt(100.0 * 110.0)))) / 2.0
    assert likeness("keypoints", box, near, SMALL) == pytest.approx(expected)
    strict = Terms(classes=("car",), sigmas={"car": (0.01, 0.01)})
    assert likeness("keypoints", box, near, SMALL, terms=strict) < 0.6


def test_classes_of_as_many_joints_share_the_mean_of_their_sigmas() -> None:
    terms = Terms(classes=("car", "cat", "ant"), sigmas={"car": (0.1, 0.2), "cat": (0.3, 0.2), "ant": (0.5,)})
    geometry = SHAPE_KINDS["keypoints"].geometry(terms)
    assert geometry.spreads == {2: pytest.approx((0.4, 0.4)), 1: pytest.approx((1.0,))}  # type: ignore[attr-defined]


@pytest.mark.parametrize("kind", sorted(SHAPE_KINDS))
def test_a_shape_is_written_as_it_was_read(kind: str) -> None:
    chosen, scene = SHAPE_KINDS[kind], Scene(TERMS, WIDTH, HEIGHT)
    for value in _in_thousandths(EXAMPLES[kind].kept):
        # Shapes are told to a thousandth; a cuboid's heading is all that is kept of how it leans.
        told = chosen.plain(chosen.read(value, scene), scene)
        assert told == ({name: value[name] for name in told} if kind == "cuboid_3d" else value)


def _in_thousandths(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _in_thousandths(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_in_thousandths(each) for each in value]
    return round(value, 3) if isinstance(value, float) else value


def test_the_scale_of_points_is_learned_within_limits() -> None:
    rng = np.random.default_rng(0)
    chosen = SHAPE_KINDS["point"]

    def learned(noise: float) -> float | None:
        places = rng.uniform(0, 1_000, size=(30, 40, 2))
        return chosen.learned([[list(task + rng.normal(0, noise, (40, 2))) for _ in range(3)] for task in places])

    assert learned(0.01) == LEAST_RADIUS
    assert LEAST_RADIUS <= (learned(4.0) or 0.0) <= MOST_RADIUS
    assert chosen.learned([]) is None
