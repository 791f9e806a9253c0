from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.core.shapes.candidates import NEAREST_OF_CROWD, meeting_pairs

PLACE = st.one_of(st.integers(0, 6).map(float), st.sampled_from([1e-9, 1e9, -1e9, 2.5]))


def by_looking_at_all(bounds: np.ndarray, part: np.ndarray) -> list[tuple[int, int]]:
    n_shapes = len(bounds)
    return [
        (one, other)
        for one in range(n_shapes)
        for other in range(one + 1, n_shapes)
        if part[one] == part[other]
        and (bounds[one, :2] <= bounds[other, 2:]).all()
        and (bounds[other, :2] <= bounds[one, 2:]).all()
    ]


@settings(max_examples=150, deadline=None, derandomize=True)
@given(rows=st.lists(st.tuples(PLACE, PLACE, PLACE, PLACE, st.integers(0, 2)), max_size=12))
def test_pairs_are_those_that_meet(rows: list[tuple[float, ...]]) -> None:
    # Few shapes are looked at pair by pair; thirty copies in parts of their own take the way of many.
    array = np.array(rows, dtype=float).reshape(-1, 5)
    low, high = np.minimum(array[:, :2], array[:, 2:4]), np.maximum(array[:, :2], array[:, 2:4])
    bounds, part = np.concatenate([low, high], axis=1), array[:, 4].astype(int)
    expected = by_looking_at_all(bounds, part)
    one, other = meeting_pairs(bounds, part)
    assert list(zip(one.tolist(), other.tolist(), strict=True)) == expected
    many, parts = np.tile(bounds, (30, 1)), np.concatenate([part + 3 * copy for copy in range(30)])
    one, other = meeting_pairs(many, parts)
    first = one < len(bounds)
    assert list(zip(one[first].tolist(), other[first].tolist(), strict=True)) == expected
    assert len(one) == 30 * len(expected)


def test_many_small_shapes_and_one_huge_one(rng: np.random.Generator) -> None:
    corner = rng.uniform(0, 1000, size=(150, 2))
    bounds = np.concatenate([corner, corner + rng.uniform(1, 30, size=(150, 2))], axis=1)
    bounds[70] = [0, 0, 1000, 1000]
    part = np.zeros(150, dtype=int)
    one, other = meeting_pairs(bounds, part)
    assert list(zip(one.tolist(), other.tolist(), strict=True)) == by_looking_at_all(bounds, part)
    assert len(one) > 149


@pytest.mark.parametrize("n_shapes", [0, 1])
def test_fewer_than_two_shapes_make_no_pair(n_shapes: int) -> None:
    one, other = meeting_pairs(np.zeros((n_shapes, 4)), np.zeros(n_shapes, dtype=int))
    assert len(one) == len(other) == 0


@pytest.mark.parametrize("spread", [0.0, 5.0])
def test_crowd_on_one_spot_has_few_candidates_each(spread: float) -> None:
    rng = np.random.default_rng(1)
    corners = rng.uniform(0.0, spread, size=(2_000, 2))
    bounds = np.hstack([corners, corners + 50.0])
    part = np.repeat([0, 1], 1_000)
    one, other = meeting_pairs(bounds, part)
    assert 0 < len(one) <= (NEAREST_OF_CROWD + 1) * len(bounds)
    assert (one < other).all()
    assert (part[one] == part[other]).all()
    assert len(np.unique(np.concatenate([one, other]))) == len(bounds)


def test_of_many_shapes_on_one_spot_those_of_like_place_are_paired() -> None:
    n_each = 500
    bounds = np.tile([1.0, 2.0, 30.0, 40.0], (3 * n_each, 1))
    worker = np.repeat([0, 1, 2], n_each)
    one, other = meeting_pairs(bounds, np.zeros(3 * n_each, dtype=int), worker=worker)
    assert (one % n_each == other % n_each).all()
    assert len(one) == 3 * n_each
