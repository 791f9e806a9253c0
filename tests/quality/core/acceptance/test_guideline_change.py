from __future__ import annotations

import numpy as np
import pytest

from quality.core.acceptance.guideline_change import affordable, expected_change, rank_for_reasking

# car stays, truck is split 70/30 into truck and van, bike is removed (now: other).
TRANSITION = np.array([[1.0, 0.0, 0.0, 0.0], [0.0, 0.7, 0.3, 0.0], [0.0, 0.0, 0.0, 1.0]])
CARRIED = np.array([0, 1, -1])


def test_only_what_the_change_moves_counts() -> None:
    posterior = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.5, 0.5, 0.0]])
    np.testing.assert_allclose(expected_change(posterior, TRANSITION, carried=CARRIED), [0.0, 0.3, 1.0, 0.15])


def test_a_renaming_asks_for_nothing_however_doubtful_the_labels() -> None:
    posterior = np.full((4, 3), 1 / 3)
    renamed = np.eye(3)[[1, 2, 0]]
    p_change = expected_change(posterior, renamed, carried=np.array([1, 2, 0]))
    assert len(rank_for_reasking(p_change, cost=np.ones(4)).task) == 0


def test_ranking_is_by_change_per_cost_and_stops_at_the_budget() -> None:
    cost = np.array([1.0, 1.0, 4.0, 1.0])
    reasks = rank_for_reasking(np.array([0.0, 0.3, 0.9, 0.15]), cost=cost)
    assert reasks.task.tolist() == [1, 2, 3]
    np.testing.assert_allclose(reasks.gain_per_cost, [0.3, 0.225, 0.15])
    assert affordable(reasks, cost=cost, budget=5.5).tolist() == [1, 2]
    assert affordable(reasks, cost=cost, budget=0.5).tolist() == []


def test_shapes_and_shares_that_do_not_fit_are_refused() -> None:
    posterior = np.array([[1.0, 0.0, 0.0]])
    with pytest.raises(ValueError, match="same old classes"):
        expected_change(posterior[:, :2], TRANSITION, carried=CARRIED)
    with pytest.raises(ValueError, match="sum to 1"):
        expected_change(posterior, TRANSITION * 0.5, carried=CARRIED)
    with pytest.raises(ValueError, match="new classes"):
        expected_change(posterior, TRANSITION, carried=np.array([0, 1, 4]))
    with pytest.raises(ValueError, match="positive cost"):
        rank_for_reasking(np.array([0.1]), cost=np.array([0.0]))
