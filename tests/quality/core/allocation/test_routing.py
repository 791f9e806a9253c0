from __future__ import annotations

import numpy as np
import pytest

from quality.core.allocation.routing import answer_information, gold_chance, rank_tasks
from quality.core.labels import FloatArray

POSTERIOR = np.array([[0.5, 0.5], [0.8, 0.2], [0.99, 0.01]])


def coin(accuracy: float) -> FloatArray:
    return np.array([[accuracy, 1 - accuracy], [1 - accuracy, accuracy]])


def test_information_of_an_answer_worked_by_hand() -> None:
    doubt = -(0.9 * np.log(0.9) + 0.1 * np.log(0.1))
    assert answer_information(POSTERIOR[:1], coin(0.9)) == pytest.approx([np.log(2) - doubt])


def test_guessing_and_certainty_tell_nothing() -> None:
    assert answer_information(POSTERIOR, coin(0.5)) == pytest.approx(np.zeros(3))
    assert answer_information(np.array([[1.0, 0.0]]), coin(0.9)) == pytest.approx([0.0], abs=1e-9)


def test_hard_tasks_go_to_the_better_worker_and_settled_ones_to_the_weaker() -> None:
    assert rank_tasks(POSTERIOR, worker=coin(0.95), crowd=coin(0.8)).tolist() == [0, 1, 2]
    assert rank_tasks(POSTERIOR, worker=coin(0.65), crowd=coin(0.8)).tolist() == [2, 1, 0]


def test_average_worker_gets_what_there_is_most_to_tell_about() -> None:
    assert rank_tasks(POSTERIOR[::-1], worker=coin(0.8), crowd=coin(0.8)).tolist() == [2, 1, 0]


def test_worker_gets_the_tasks_whose_classes_that_worker_tells_apart() -> None:
    crowd = np.array([[0.6, 0.3, 0.1], [0.3, 0.6, 0.1], [0.1, 0.1, 0.8]])
    expert = np.array([[0.9, 0.0, 0.1], [0.0, 0.9, 0.1], [0.1, 0.1, 0.8]])
    posterior = np.array([[0.5, 0.0, 0.5], [0.5, 0.5, 0.0]])
    assert rank_tasks(posterior, worker=expert, crowd=crowd).tolist() == [1, 0]


def test_gold_comes_most_to_the_unknown_and_least_to_the_well_known() -> None:
    assert gold_chance(0, 0) == pytest.approx(0.3)
    assert gold_chance(14, 1) == pytest.approx(0.05, abs=0.01)
    assert gold_chance(100, 20) == pytest.approx(0.05)
    chances = [gold_chance(9 * n / 10, n / 10) for n in range(0, 60, 5)]
    assert chances == sorted(chances, reverse=True)


def test_doubtful_worker_is_tested_longer_than_a_good_one() -> None:
    assert gold_chance(12, 8) > gold_chance(18, 2)


@pytest.mark.parametrize(("right", "wrong", "usual", "most"), [(-1, 0, 0.1, 0.3), (0, 0, 0.4, 0.3), (0, 0, 0.1, 1.1)])
def test_senseless_arguments_are_refused(right: float, wrong: float, usual: float, most: float) -> None:
    with pytest.raises(ValueError, match="must"):
        gold_chance(right, wrong, usual=usual, most=most)
