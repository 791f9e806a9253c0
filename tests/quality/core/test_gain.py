from __future__ import annotations

import numpy as np
import pytest

from quality.core.gain import (
    expected_accuracy,
    gain_of_task,
    gain_per_answer,
    gains,
    information_between,
    information_of_tasks,
    is_worth_an_answer,
)

COIN_OF_80 = np.array([[0.8, 0.2], [0.2, 0.8]])


def test_information_of_a_coin_worked_by_hand() -> None:
    found = information_between(COIN_OF_80, np.array([0, 1, 0]), np.array([1, 0, 0]))
    assert found == pytest.approx([0.6 * np.log(4), 0.6 * np.log(4), 0.0])


def test_information_is_between_the_two_likeliest_classes() -> None:
    confusion = np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0.0, 0.0, 1.0]])
    found = information_of_tasks(np.array([[0.6, 0.4, 0.0], [0.6, 0.0, 0.4]]), confusion)
    assert found[0] == pytest.approx(0.0)
    assert found[1] > 5.0


def test_single_class_has_nothing_to_tell_apart() -> None:
    assert information_of_tasks(np.ones((2, 1)), np.ones((1, 1))).tolist() == [0.0, 0.0]
    assert gain_of_task(np.ones(1), np.ones((1, 1)), n_left=5) == pytest.approx(0.0, abs=1e-6)


def test_expected_accuracy_of_a_toss_up_worked_by_hand() -> None:
    # From even odds, after evidence of 2 nats with a spread of 2: the chance that a normal is above -1.
    found = expected_accuracy(np.array([0.5]), np.array([0.5]), 4)
    assert found == pytest.approx([0.841345], abs=1e-5)


def test_expected_accuracy_agrees_with_simulated_answers(rng: np.random.Generator) -> None:
    """Normal log-odds stand for those of real answers: seven votes of 65 % workers, from a belief of 0.6."""
    step, n_more, n = np.log(0.65 / 0.35), 7, 200_000
    truth = rng.random(n) < 0.6
    votes = rng.binomial(n_more, np.where(truth, 0.65, 0.35))
    odds = np.log(0.6 / 0.4) + (2 * votes - n_more) * step
    simulated = ((odds > 0) == truth).mean()
    confusion = np.array([[0.65, 0.35], [0.35, 0.65]])
    information = information_between(confusion, np.array([0]), np.array([1]))
    assert expected_accuracy(np.array([0.6]), information, n_more)[0] == pytest.approx(simulated, abs=0.02)


def test_more_answers_never_gain_less_and_none_gain_nothing() -> None:
    confidence = np.linspace(0.3, 1.0, 30)
    found = gains(confidence, np.full(30, 0.4), n_left=np.full(30, 5))
    assert (np.diff(found, axis=1) >= 0).all()
    assert (found[:, 4:] == found[:, 4:5]).all()
    assert (gains(confidence, np.full(30, 0.4), n_left=np.zeros(30, dtype=np.int64)) == 0).all()
    assert (found[-1] <= 1e-6).all()


def test_doubt_that_answers_can_settle_is_worth_more_than_doubt_they_cannot() -> None:
    left = np.array([8, 8, 8])
    found = gain_per_answer(np.array([0.6, 0.6, 0.99]), np.array([0.8, 0.001, 0.8]), n_left=left)
    assert found[0] > 0.02
    assert found[1] < 0.01
    assert found[2] < 0.002


def test_several_answers_gain_where_a_single_one_cannot_turn_the_conclusion() -> None:
    """A vote of an 80 % worker never turns a belief of 0.9, so that the gain of one answer looked at alone is zero."""
    assert gain_of_task(np.array([0.9, 0.1]), COIN_OF_80, n_left=6) > 0.005


@pytest.mark.parametrize("n_left", [0, 1, 5, 40])
def test_what_is_worth_an_answer_is_what_gains_enough_by_one(n_left: int, rng: np.random.Generator) -> None:
    confidence, information = rng.uniform(0.2, 1.0, 500), rng.exponential(0.3, 500)
    gain = gain_per_answer(confidence, information, n_left=np.full(500, n_left))
    for least_gain in (1e-9, 0.001, 0.02, 0.2, float(gain.max()) or 0.1):
        found = is_worth_an_answer(confidence, information, least_gain, n_left=n_left)
        assert (found == (gain >= least_gain)).all()
