from __future__ import annotations

import numpy as np
import pytest

from quality.core.shapes.clustering import cluster_shapes


def groups_of(similarity: list[list[float]], worker: list[int], *, min_similarity: float = 0.3) -> list[list[int]]:
    groups = cluster_shapes(np.array(similarity), np.array(worker), min_similarity=min_similarity)
    return [group.tolist() for group in groups]


def test_average_linkage_worked_by_hand() -> None:
    # 0 and 1 join at .8; shape 2 is then at (.5 + .2) / 2 = .35 from them and joins too, though it is at .2 from 1.
    similarity = [[1, 0.8, 0.5], [0.8, 1, 0.2], [0.5, 0.2, 1]]
    assert groups_of(similarity, [0, 1, 2]) == [[0, 1, 2]]
    assert groups_of(similarity, [0, 1, 2], min_similarity=0.36) == [[0, 1], [2]]


def test_two_shapes_of_one_worker_are_never_together() -> None:
    similarity = [[1, 0.9, 0.8], [0.9, 1, 0.7], [0.8, 0.7, 1]]
    assert groups_of(similarity, [0, 0, 1]) == [[0, 2], [1]]


def test_worker_of_a_joined_group_bars_its_other_shapes() -> None:
    # 0 (worker a) joins 1 (b); 2 is b's second shape and nearest to 0, and must stay alone.
    similarity = [[1, 0.9, 0.85], [0.9, 1, 0.5], [0.85, 0.5, 1]]
    assert groups_of(similarity, [0, 1, 1]) == [[0, 1], [2]]


def test_similarity_at_the_threshold_joins() -> None:
    assert groups_of([[1, 0.3], [0.3, 1]], [0, 1]) == [[0, 1]]
    assert groups_of([[1, 0.29], [0.29, 1]], [0, 1]) == [[0], [1]]


def test_no_shapes_make_no_groups() -> None:
    assert cluster_shapes(np.zeros((0, 0)), np.zeros(0, dtype=np.int64)) == []


def test_every_shape_is_in_exactly_one_group_of_different_workers(rng: np.random.Generator) -> None:
    n_shapes = 40
    half = np.triu(rng.random((n_shapes, n_shapes)) * (rng.random((n_shapes, n_shapes)) < 0.2), 1)
    worker = rng.integers(5, size=n_shapes)
    groups = cluster_shapes(half + half.T + np.eye(n_shapes), worker)
    assert sorted(np.concatenate(groups).tolist()) == list(range(n_shapes))
    assert all(len(set(worker[group].tolist())) == len(group) for group in groups)
    assert max(len(group) for group in groups) > 1


@pytest.mark.parametrize("seed", range(3))
def test_renumbering_shapes_and_workers_changes_nothing(seed: int) -> None:
    rng = np.random.default_rng(seed)
    half = np.triu(rng.random((15, 15)), 1)
    similarity, worker = half + half.T + np.eye(15), rng.integers(4, size=15)
    shapes, workers = rng.permutation(15), rng.permutation(4)
    plain = {frozenset(group.tolist()) for group in cluster_shapes(similarity, worker)}
    renumbered = cluster_shapes(similarity[np.ix_(shapes, shapes)], workers[worker[shapes]])
    assert {frozenset(shapes[group].tolist()) for group in renumbered} == plain
