from __future__ import annotations

import numpy as np
import pytest

from quality.core.calibration.reliability import reliability


def test_figures_worked_by_hand(rng: np.random.Generator) -> None:
    found = reliability(np.array([0.9, 0.6, 0.9, 0.6]), np.array([1.0, 1.0, 0.0, 1.0]), rng=rng, n_bins=2)
    assert found is not None
    assert [each.confidence for each in found.bins] == pytest.approx([0.6, 0.9])
    assert [(each.n_tasks, each.accuracy) for each in found.bins] == [(2, 1.0), (2, 0.5)]
    assert found.calibration_error == pytest.approx(0.4)
    assert found.mean_confidence == pytest.approx(0.75)
    assert found.accuracy == 0.75
    assert found.brier == pytest.approx((0.01 + 0.81 + 0.16 + 0.16) / 4)
    assert found.log_loss == pytest.approx(-(np.log(0.9) + np.log(0.1) + 2 * np.log(0.6)) / 4)


def test_error_of_calibrated_forecasts_is_all_chance(rng: np.random.Generator) -> None:
    confidence = rng.uniform(0.5, 1.0, size=(100, 300))
    found = [reliability(row, (rng.random(300) < row).astype(float), rng=rng, n_simulations=50) for row in confidence]
    excess = [each.calibration_error - each.chance_error for each in found if each]
    assert np.mean([each.chance_error for each in found if each]) > 0.03
    assert abs(np.mean(excess)) < 0.003
    assert min(each.debiased_error for each in found if each) == 0.0


def test_overconfidence_shows_undiminished(rng: np.random.Generator) -> None:
    found = reliability(np.full(2_000, 0.99), (rng.random(2_000) < 0.6).astype(float), rng=rng)
    assert found is not None
    assert found.debiased_error == pytest.approx(0.39, abs=0.04)


def test_order_of_tasks_changes_nothing(rng: np.random.Generator) -> None:
    confidence = rng.integers(5, 11, size=95) / 10
    credit = (rng.random(95) < 0.7).astype(float)
    order = rng.permutation(95)
    one, other = (
        reliability(confidence[rows], credit[rows], rng=np.random.default_rng(3)) for rows in (np.arange(95), order)
    )
    assert one is not None
    assert other is not None
    assert one.calibration_error == pytest.approx(other.calibration_error)
    assert one.chance_error == pytest.approx(other.chance_error)


@pytest.mark.parametrize("n_tasks", [1, 3, 10, 11])
def test_bins_hold_all_tasks_and_none_is_empty(rng: np.random.Generator, n_tasks: int) -> None:
    found = reliability(rng.random(n_tasks), np.ones(n_tasks), rng=rng)
    assert found is not None
    assert sum(each.n_tasks for each in found.bins) == n_tasks
    assert min(each.n_tasks for each in found.bins) >= 1


def test_no_tasks_have_no_reliability(rng: np.random.Generator) -> None:
    assert reliability(np.zeros(0), np.zeros(0), rng=rng) is None


@pytest.mark.parametrize(
    ("confidence", "credit", "n_bins"), [([0.5], [], 10), ([1.2], [1.0], 10), ([0.5], [-1.0], 10), ([0.5], [1.0], 0)]
)
def test_senseless_arguments_are_refused(
    rng: np.random.Generator, confidence: list[float], credit: list[float], n_bins: int
) -> None:
    with pytest.raises(ValueError, match="must"):
        reliability(np.array(confidence), np.array(credit), rng=rng, n_bins=n_bins)
