from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from quality.core.calibration.temperature import (
    DEFAULT_PRIOR,
    Temperature,
    TemperaturePrior,
    conclusion_credit,
    fit_temperature,
    tempered,
)
from quality.core.labels import FloatArray, IntArray

VAGUE = TemperaturePrior(median=1.0, spread=3.0)
BELIEFS = arrays(np.float64, (4, 3), elements=st.floats(1e-6, 1.0)).map(lambda rows: rows / rows.sum(axis=1)[:, None])


def forecasts(rng: np.random.Generator, *, n_tasks: int, temperature: float) -> tuple[FloatArray, IntArray]:
    """Return beliefs that are too sure by the temperature, and truths."""
    honest = rng.dirichlet(np.full(3, 0.5), size=n_tasks)
    truth = (rng.random(n_tasks)[:, None] > honest.cumsum(axis=1)).sum(axis=1).clip(max=2)
    return tempered(honest, 1 / temperature), truth


def test_tempered_belief_worked_by_hand() -> None:
    assert tempered(np.array([[0.9, 0.1]]), 2.0) == pytest.approx(np.array([[0.75, 0.25]]))


@given(posterior=BELIEFS, temperature=st.floats(0.05, 50.0))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_tempering_keeps_the_order_of_classes(*, posterior: FloatArray, temperature: float) -> None:
    flat = tempered(posterior, temperature)
    assert flat.sum(axis=1) == pytest.approx(1.0)
    assert ((flat >= 0) & (flat <= 1)).all()
    for before, after in zip(posterior, flat, strict=True):
        assert (np.diff(after[np.argsort(before)]) >= -1e-12).all()
        assert after[before.argmax()] == after.max()


def test_tempering_is_monotone_in_the_temperature(rng: np.random.Generator) -> None:
    posterior = rng.dirichlet(np.ones(4), size=20)
    by_value = np.array([tempered(posterior, value).max(axis=1) for value in (0.5, 1.0, 2.0, 8.0)])
    assert (np.diff(by_value, axis=0) <= 1e-12).all()


def test_certainty_and_ties_stay_what_they_are() -> None:
    assert tempered(np.array([[1.0, 0.0], [0.5, 0.5]]), 3.0).tolist() == [[1.0, 0.0], [0.5, 0.5]]
    assert tempered(np.zeros((2, 0)), 3.0).shape == (2, 0)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_temperature_is_recovered_from_plenty_of_gold(rng: np.random.Generator, temperature: float) -> None:
    posterior, truth = forecasts(rng, n_tasks=4_000, temperature=temperature)
    found = fit_temperature(posterior, truth, prior=VAGUE)
    assert found.low < temperature < found.high
    assert found.value == pytest.approx(temperature, rel=0.15)
    assert (found.n_gold, found.is_calibrated) == (4_000, True)


def test_little_gold_moves_the_prior_little(rng: np.random.Generator) -> None:
    posterior, truth = forecasts(rng, n_tasks=2_000, temperature=6.0)
    none, much = (fit_temperature(posterior[:n], truth[:n]).value for n in (0, 2_000))
    little = [fit_temperature(posterior[at : at + 10], truth[at : at + 10]).value for at in range(0, 200, 10)]
    assert none == pytest.approx(DEFAULT_PRIOR.median, rel=0.01)
    assert none + 0.3 < np.mean(little) < much - 1.5
    assert much == pytest.approx(6.0, rel=0.15)


def test_without_gold_nothing_is_calibrated() -> None:
    found = fit_temperature(np.zeros((0, 2)), np.zeros(0, dtype=np.int64))
    assert not found.is_calibrated
    assert found.low < DEFAULT_PRIOR.median < found.high


def test_all_gold_right_or_all_wrong_gives_a_finite_temperature() -> None:
    sure = np.array([[0.999, 0.001]] * 50)
    right, wrong = (fit_temperature(sure, np.full(50, truth)).value for truth in (0, 1))
    assert 0.1 < right < DEFAULT_PRIOR.median < wrong < 50.0


def test_temperature_comes_back_from_json() -> None:
    found = Temperature(value=2.0, low=1.5, high=2.5, n_gold=40)
    assert Temperature.from_json(found.to_json()) == found


def test_credit_of_ties_and_of_classes_that_do_not_exist() -> None:
    posterior = np.array([[0.7, 0.3], [0.5, 0.5], [0.5, 0.5], [0.7, 0.3], [0.7, 0.3]])
    assert conclusion_credit(posterior, np.array([0, 0, 1, 1, -2])).tolist() == [1.0, 0.5, 0.5, 0.0, 0.0]
    assert conclusion_credit(np.zeros((1, 0)), np.array([-2])).tolist() == [0.0]


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan")])
def test_senseless_temperature_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        tempered(np.array([[0.5, 0.5]]), value)


def test_senseless_arguments_are_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        TemperaturePrior(spread=0.0)
    with pytest.raises(ValueError, match="length"):
        fit_temperature(np.ones((2, 2)) / 2, np.zeros(1, dtype=np.int64))
