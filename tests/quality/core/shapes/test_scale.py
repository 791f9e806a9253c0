from __future__ import annotations

import numpy as np
import pytest

from quality.core.shapes.scale import typical_radius


@pytest.mark.parametrize("spread", [1.0, 4.0])
def test_radius_is_a_few_times_the_workers_scatter(rng: np.random.Generator, spread: float) -> None:
    tasks = []
    for _ in range(10):
        true = rng.uniform(0, 1000, size=(30, 2))
        tasks.append([true[rng.random(30) < 0.8] + rng.normal(0, spread, size=(1, 2)) * 0 for _ in range(4)])
        tasks[-1] = [points + rng.normal(0, spread, size=points.shape) for points in tasks[-1]]
    radius = typical_radius(tasks)
    assert radius is not None
    assert 2 * spread < radius < 10 * spread


def test_radius_stays_below_half_the_way_between_a_workers_own_points(rng: np.random.Generator) -> None:
    grid = np.stack(np.meshgrid(np.arange(10), np.arange(10)), axis=-1).reshape(-1, 2) * 8.0
    radius = typical_radius([[grid + rng.normal(0, 1.0, size=grid.shape) for _ in range(3)]])
    assert radius is not None
    assert radius <= 4.5


@pytest.mark.parametrize(
    "tasks",
    [[], [[]], [[np.zeros((0, 2))]], [[np.ones((1, 2)), np.ones((1, 2))]], [[np.ones((30, 2)), np.ones((30, 2))]]],
)
def test_too_few_points_to_tell_give_none(tasks: list[list[np.ndarray]]) -> None:
    assert typical_radius(tasks) is None
