from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from quality.core.calibration.isotonic import fit_isotonic

PAIRS = st.lists(st.tuples(st.integers(50, 100), st.sampled_from([0.0, 0.5, 1.0])), min_size=1, max_size=40)


def test_pools_worked_by_hand() -> None:
    curve = fit_isotonic(np.array([0.6, 0.7, 0.8, 0.9]), np.array([0.0, 1.0, 0.0, 1.0]))
    # 0.7 and 0.8 violate the order and are pooled; half a success and half a failure are added to each pool.
    assert curve.belief == pytest.approx([0.6, 0.75, 0.9])
    assert curve.chance == pytest.approx([0.25, 0.5, 0.75])
    assert curve.calibrated(np.array([0.1, 0.75, 0.825, 1.0])) == pytest.approx([0.25, 0.5, 0.625, 0.75])


@given(pairs=PAIRS)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_curve_rises_and_stays_a_chance(*, pairs: list[tuple[int, float]]) -> None:
    confidence, credit = (np.array(column, dtype=float) for column in zip(*pairs, strict=True))
    found = fit_isotonic(confidence / 100, credit).calibrated(np.linspace(0, 1, 51))
    assert (np.diff(found) >= -1e-12).all()
    assert ((found > 0) & (found < 1)).all()


def test_curve_agrees_with_scikit_learn_where_pools_are_large(rng: np.random.Generator) -> None:
    confidence = rng.uniform(0.5, 1.0, size=20_000)
    credit = (rng.random(20_000) < confidence**3).astype(float)
    theirs = IsotonicRegression().fit(confidence, credit)
    middle = np.linspace(0.55, 0.95, 20)
    differences = np.abs(fit_isotonic(confidence, credit).calibrated(middle) - theirs.predict(middle))
    assert differences.mean() < 0.01
    assert differences.max() < 0.05


def test_without_gold_beliefs_are_left_as_they_are() -> None:
    curve = fit_isotonic(np.zeros(0), np.zeros(0))
    assert curve.calibrated(np.array([0.3, 0.8])).tolist() == [0.3, 0.8]


def test_lengths_must_agree() -> None:
    with pytest.raises(ValueError, match="length"):
        fit_isotonic(np.zeros(2), np.zeros(1))
