from __future__ import annotations

import pytest

from quality.core.allocation.routing import Record, gold_chance, patience_s, poorer_workers


def test_who_is_behind_the_usual_worker_leaves_hard_tasks_to_others() -> None:
    records = {"ann": Record(0.1, 50), "ben": Record(-0.01, 50), "cem": Record(-0.3, 50)}
    assert poorer_workers(records) == {"ben", "cem"}


def test_who_is_hardly_measured_leaves_nothing_and_is_no_reason_to() -> None:
    assert poorer_workers({"ann": Record(0.1, 50), "new": Record(-0.3, 9)}) == frozenset()
    assert poorer_workers({"new": Record(0.3, 9), "cem": Record(-0.3, 50)}) == frozenset()


def test_where_nobody_better_is_at_work_nobody_waits() -> None:
    assert poorer_workers({"ben": Record(-0.01, 50), "cem": Record(-0.3, 50)}) == frozenset()
    assert poorer_workers({}) == frozenset()


def test_patience_is_what_the_better_workers_need_and_ends() -> None:
    assert patience_s(10, [60.0, 30.0, 10.0]) == 200
    assert patience_s(10_000, [60.0, 30.0, 10.0]) == 600
    assert patience_s(0, [60.0]) == patience_s(5, []) == 0


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
