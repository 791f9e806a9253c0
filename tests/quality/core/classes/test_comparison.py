from __future__ import annotations

import numpy as np
import pytest

from quality.core.classes.beliefs import TaskBeliefs
from quality.core.classes.comparison import compare


def beliefs(*rows: tuple[float, ...]) -> TaskBeliefs:
    return TaskBeliefs(posterior=np.array(rows), n_iter=1, converged=True)


def test_figures_by_hand() -> None:
    found = compare(beliefs((0.9, 0.1), (0.5, 0.5), (0.2, 0.8), (0.6, 0.4)), np.array([0, 1, 0, -1]))
    assert found is not None
    assert found.n_tasks == 3
    assert found.n_tied == 1
    assert found.accuracy == pytest.approx(1 / 3)
    assert found.tie_credited == pytest.approx(0.5)
    assert found.mean_confidence == pytest.approx((0.9 + 0.5 + 0.8) / 3)
    assert found.calibration_error == pytest.approx((0.1 + 0.0 + 0.8) / 3)


def test_tasks_of_one_confidence_share_their_credit_between_bins() -> None:
    posterior = np.tile([0.75, 0.25], (400, 1))
    gold = np.array([0, 0, 0, 1] * 100)
    found = compare(TaskBeliefs(posterior=posterior, n_iter=1, converged=True), np.sort(gold))
    assert found is not None
    assert found.calibration_error == pytest.approx(0.0)
    assert len(found.reliability) == 10


def test_class_that_nobody_gave_counts_as_wrong_and_no_gold_is_no_comparison() -> None:
    found = compare(beliefs((0.9, 0.1)), np.array([-2]))
    assert found is not None
    assert found.accuracy == 0.0
    assert compare(beliefs((0.9, 0.1)), np.array([-1])) is None
