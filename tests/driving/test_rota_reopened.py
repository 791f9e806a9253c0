"""Turns of workers when a task that was done with wants answers again."""

from __future__ import annotations

from marketplace.management.driving.rota import Rota


def _rota(tasks_of: dict[str, list[str]]) -> Rota:
    return Rota(tasks_of, wanted={task: 1 for tasks in tasks_of.values() for task in tasks})


def _rest(rota: Rota, *workers: str) -> None:
    """Let workers look for tasks in vain; those with nothing left are gone."""
    for worker in workers:
        if rota.begin(worker):
            rota.end(worker, found_work=False)
    rota.woken()


def test_a_reopened_task_wakes_one_who_has_not_done_it() -> None:
    rota = _rota({"ann": ["t"], "ben": ["t"], "cyd": ["t"]})
    rota.did("ann", "t")
    rota.retired("t")
    _rest(rota, "ann", "ben", "cyd")
    assert rota.is_idle
    rota.reopened("t", 1)
    assert rota.woken() == ["ben"]
    assert rota.begin("ben")


def test_who_had_gone_for_want_of_work_can_be_woken_later_too() -> None:
    rota = _rota({"ann": ["t"], "ben": ["t"]})
    rota.retired("t")
    _rest(rota, "ann", "ben")
    rota.reopened("t", 1)
    assert rota.woken() == ["ann"]
    rota.wants("t", 2)
    assert rota.woken() == ["ben"]


def test_who_walked_away_is_not_called_back() -> None:
    rota = _rota({"ann": ["t"], "ben": ["t"]})
    rota.retired("t")
    rota.leave("ann")
    _rest(rota, "ben")
    rota.reopened("t", 1)
    assert rota.woken() == ["ben"]
    assert not rota.begin("ann")


def test_who_walked_away_before_it_was_retired_is_not_called_back_either() -> None:
    rota = _rota({"ann": ["t"], "ben": ["t"]})
    rota.leave("ann")
    rota.retired("t")
    _rest(rota, "ben")
    rota.reopened("t", 1)
    rota.wants("t", 5)
    assert rota.woken() == ["ben"]


def test_who_is_at_work_looks_again_afterwards() -> None:
    rota = _rota({"ann": ["t", "u"]})
    rota.woken()
    rota.retired("t")
    rota.begin("ann")
    rota.reopened("t", 1)
    rota.did("ann", "u")
    rota.end("ann", found_work=False)
    assert rota.woken() == ["ann"]
    assert rota.begin("ann")


def test_a_task_can_be_retired_and_reopened_again() -> None:
    rota = _rota({"ann": ["t"], "ben": ["t"]})
    for _ in range(2):
        rota.retired("t")
        _rest(rota, "ann", "ben")
        assert rota.woken() == []
        rota.reopened("t", 1)
        assert rota.woken() == ["ann"]
    rota.begin("ann")
    rota.did("ann", "t")
    rota.retired("t")
    rota.reopened("t", 1)
    assert rota.woken() == ["ben"]


def test_a_task_that_nobody_can_do_is_reopened_for_nobody() -> None:
    rota = _rota({"ann": ["u"]})
    _rest(rota, "ann")
    rota.reopened("t", 1)
    assert rota.woken() == []
    assert rota.is_idle


def test_who_answered_after_it_was_retired_is_not_asked_again() -> None:
    rota = _rota({"ann": ["t"], "ben": ["t"]})
    rota.woken()
    rota.begin("ann")
    rota.took("t")
    rota.retired("t")
    rota.did("ann", "t")
    rota.end("ann", found_work=True)
    _rest(rota, "ben")
    rota.reopened("t", 2)
    assert rota.woken() == ["ben"]


def test_whoever_asks_in_vain_is_asked_last_the_next_time() -> None:
    rota = _rota({"ann": ["t"], "ben": ["t"]})
    rota.settle({"t": (1, 1)})
    _rest(rota, "ann", "ben")
    for expected in ("ann", "ben", "ann"):
        rota.settle({"t": (1, 0)})
        assert rota.woken() == [expected]
        rota.begin(expected)
        rota.end(expected, found_work=False)
