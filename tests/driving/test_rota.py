"""Turns of workers, and who is woken by what."""

from __future__ import annotations

from marketplace.management.driving.rota import Rota


def rota_of(tasks_of: dict[str, list[str]], *, wanted: int = 1) -> Rota:
    """Return the turns of workers on tasks that all want so many answers."""
    return Rota(tasks_of, wanted={task: wanted for tasks in tasks_of.values() for task in tasks})


def parked(tasks_of: dict[str, list[str]]) -> Rota:
    """Return workers who wait, as no task wants anything yet."""
    rota = rota_of(tasks_of, wanted=0)
    for worker in rota.woken():
        assert not rota.begin(worker)
    assert rota.woken() == []
    assert rota.is_idle
    return rota


def test_everybody_begins_in_order_of_arrival() -> None:
    rota = rota_of({"ben": ["t"], "ann": ["t"]})
    assert rota.woken() == ["ben", "ann"]
    assert rota.woken() == []


def test_whoever_found_work_looks_again() -> None:
    rota = rota_of({"ann": ["t", "u"]})
    rota.woken()
    assert rota.begin("ann") == 2
    rota.took("t")
    rota.did("ann", "t")
    rota.end("ann", found_work=True)
    assert rota.woken() == ["ann"]
    assert rota.begin("ann") == 1


def test_nobody_begins_where_all_places_are_taken() -> None:
    rota = rota_of({"ann": ["t"], "ben": ["t"], "cyd": ["t"]}, wanted=2)
    assert rota.woken() == ["ann", "ben", "cyd"]
    for worker in ("ann", "ben"):
        assert rota.begin(worker)
        rota.took("t")
    assert not rota.begin("cyd")


def test_as_many_are_woken_as_a_task_has_places() -> None:
    rota = parked({"ann": ["u"], "ben": ["t"], "cyd": ["t"], "dan": ["t"]})
    rota.wants("t", 2)
    assert rota.woken() == ["ben", "cyd"]
    for worker in ("ben", "cyd"):
        rota.begin(worker)
        rota.took("t")
    rota.wants("t", 3)
    assert rota.woken() == ["dan"]


def test_place_given_back_wakes_somebody() -> None:
    rota = rota_of({"ann": ["t"], "ben": ["t"]})
    rota.woken()
    rota.begin("ann")
    rota.took("t")
    assert not rota.begin("ben")
    rota.did("ann", "t")
    rota.gave_back("t")
    assert rota.woken() == ["ben"]


def test_worker_who_did_a_task_is_not_woken_for_it() -> None:
    rota = rota_of({"ann": ["t"], "ben": ["t"]})
    rota.woken()
    rota.begin("ann")
    rota.took("t")
    rota.did("ann", "t")
    rota.end("ann", found_work=True)
    assert not rota.begin("ben")
    rota.wants("t", 5)
    assert rota.woken() == ["ben"]


def test_place_that_comes_free_during_a_turn_is_not_lost() -> None:
    rota = rota_of({"ann": ["t"]})
    rota.woken()
    rota.begin("ann")
    rota.wants("t", 2)
    rota.end("ann", found_work=False)
    assert rota.woken() == ["ann"]
    rota.begin("ann")
    rota.end("ann", found_work=False)
    assert rota.woken() == []


def test_retired_task_wakes_nobody_and_leaves_nothing_to_do() -> None:
    rota = parked({"ann": ["t"]})
    rota.retired("t")
    rota.gave_back("t")
    assert rota.woken() == []
    assert not rota.begin("ann")
    assert rota.is_idle


def test_reopened_task_wakes_who_had_nothing_left() -> None:
    rota = parked({"ann": ["t"], "ben": ["t"]})
    rota.did("ben", "t")
    rota.retired("t")
    assert not rota.begin("ann")
    rota.reopened("t", 1)
    assert rota.woken() == ["ann"]
    assert rota.begin("ann") == 1


def test_unknown_task_is_ignored() -> None:
    rota = parked({"ann": ["t"]})
    rota.wants("unknown", 1)
    rota.retired("unknown")
    assert rota.woken() == []


def test_count_is_put_right_by_what_the_service_says() -> None:
    rota = rota_of({"ann": ["t", "u"], "ben": ["u"]})
    rota.woken()
    rota.begin("ann")
    for task in ("t", "u"):  # and then walks away
        rota.took(task)
    rota.leave("ann")
    assert not rota.begin("ben")
    assert rota.is_idle
    rota.settle({"t": (1, 0), "u": (1, 0)})
    assert rota.woken() == ["ben"]
    assert not rota.is_idle


def test_whoever_walks_away_does_not_come_back() -> None:
    rota = rota_of({"ann": ["t"], "ben": ["t"]})
    rota.woken()
    rota.begin("ann")
    rota.leave("ann")
    rota.end("ann", found_work=True)
    rota.wants("t", 2)
    assert rota.begin("ben")
    assert rota.woken() == []
