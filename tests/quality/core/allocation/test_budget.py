from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.core.allocation.budget import allocate
from quality.core.gain import gains

TASKS = st.lists(st.tuples(st.floats(0.3, 1.0), st.floats(0.0, 2.0), st.integers(0, 6)), min_size=1, max_size=12)


@given(tasks=TASKS, budget=st.integers(0, 40))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_budget_and_room_are_kept(*, tasks: list[tuple[float, float, int]], budget: int) -> None:
    confidence, information, n_left = (np.array(column) for column in zip(*tasks, strict=True))
    given_out = allocate(confidence, information, n_left=n_left, budget=budget)
    assert given_out.sum() <= budget
    assert ((given_out >= 0) & (given_out <= n_left)).all()


def test_answers_go_to_doubt_that_they_can_settle() -> None:
    confidence, information = np.array([0.6, 0.6, 0.999]), np.array([0.8, 1e-5, 0.8])
    found = allocate(confidence, information, n_left=np.full(3, 10), budget=6)
    assert found.tolist() == [6, 0, 0]


def test_greedy_is_as_good_as_the_best_of_all_splits(rng: np.random.Generator) -> None:
    """Two tasks, every split tried; greed along the hull may lose a stretch that the budget cuts, and no more."""
    for _ in range(20):
        confidence, information = rng.uniform(0.5, 0.95, size=2), rng.uniform(0.1, 1.5, size=2)
        curves = np.concatenate([np.zeros((2, 1)), gains(confidence, information, n_left=np.full(2, 8))], axis=1)
        found = allocate(confidence, information, n_left=np.full(2, 8), budget=8)
        best = max(curves[0, k] + curves[1, 8 - k] for k in range(9))
        assert curves[0, found[0]] + curves[1, found[1]] >= best - 0.02


def test_dear_answers_wait() -> None:
    confidence, information, left = np.array([0.6, 0.6]), np.array([0.8, 0.8]), np.array([3, 3])
    found = allocate(confidence, information, n_left=left, budget=3, cost=np.array([5.0, 1.0]))
    assert found.tolist() == [0, 3]


def test_numbers_of_tasks_decide_only_ties(rng: np.random.Generator) -> None:
    confidence, information = rng.uniform(0.5, 0.99, size=10), rng.uniform(0.1, 1.0, size=10)
    left, order = rng.integers(1, 6, size=10), rng.permutation(10)
    found = allocate(confidence, information, n_left=left, budget=12)
    other = allocate(confidence[order], information[order], n_left=left[order], budget=12)
    assert other.tolist() == found[order].tolist()


def test_no_tasks_take_no_answers() -> None:
    none = np.zeros(0)
    assert len(allocate(none, none, n_left=np.zeros(0, dtype=np.int64), budget=5)) == 0


@pytest.mark.parametrize(("budget", "left", "cost"), [(-1, 1, 1.0), (1, -1, 1.0), (1, 1, 0.0)])
def test_senseless_arguments_are_refused(budget: int, left: int, cost: float) -> None:
    with pytest.raises(ValueError, match="must"):
        allocate(np.array([0.6]), np.array([0.5]), n_left=np.array([left]), budget=budget, cost=np.array([cost]))
