"""Turns of workers, and who is woken by what."""

from __future__ import annotations

from marketplace.management.driving.rota import Rota


def parked(rota: Rota, *workers: str) -> Rota:
    """Let workers look for tasks in vain."""
    rota.woken()
    for worker in workers:
        assert rota.begin(worker)
        rota.end(worker, found_work=False)
    assert rota.woken() == []
    return rota


def test_everybody_begins_in_order_of_arrival() -> None:
    rota = Rota({"ben": ["t"], "ann": ["t"]})
    assert rota.woken() == ["ben", "ann"]
    assert rota.woken() == []


def test_whoever_found_work_looks_again() -> None:
    rota = Rota({"ann": ["t", "u"]})
    rota.woken()
    rota.begin("ann")
    rota.did("ann", "t")
    rota.end("ann", found_work=True)
    assert rota.woken() == ["ann"]


def test_hint_wakes_only_as_many_as_are_wanted_and_able() -> None:
    rota = parked(Rota({"ann": ["u"], "ben": ["t"], "cyd": ["t"], "dan": ["t"]}), "ann", "ben", "cyd", "dan")
    rota.hint("t", n_wanted=2)
    assert rota.woken() == ["ben", "cyd"]
    rota.hint("t")
    assert rota.woken() == ["dan"]


def test_worker_who_did_a_task_is_not_woken_for_it() -> None:
    rota = Rota({"ann": ["t", "u"], "ben": ["t"]})
    rota.woken()
    rota.begin("ann")
    rota.did("ann", "t")
    rota.end("ann", found_work=False)
    rota.begin("ben")
    rota.end("ben", found_work=False)
    rota.hint("t", n_wanted=5)
    assert rota.woken() == ["ben"]


def test_hint_during_a_turn_is_not_lost() -> None:
    rota = Rota({"ann": ["t"]})
    rota.woken()
    rota.begin("ann")
    rota.hint("t")
    rota.end("ann", found_work=False)
    assert rota.woken() == ["ann"]
    assert rota.begin("ann")
    rota.end("ann", found_work=False)
    assert rota.woken() == []


def test_retired_task_wakes_nobody_and_leaves_nothing_to_do() -> None:
    rota = parked(Rota({"ann": ["t"]}), "ann")
    rota.retired("t")
    rota.hint("t")
    rota.hint_all()
    assert rota.woken() == []
    assert not rota.begin("ann")
    assert rota.is_idle


def test_hint_for_an_unknown_task_is_ignored() -> None:
    rota = parked(Rota({"ann": ["t"]}), "ann")
    rota.hint("unknown")
    rota.retired("unknown")
    assert rota.woken() == []


def test_sweep_wakes_all_who_wait() -> None:
    rota = parked(Rota({"ann": ["t"], "ben": ["u"], "cyd": ["t"]}), "ann", "ben", "cyd")
    assert rota.is_idle
    rota.did("ben", "u")
    rota.hint_all()
    assert rota.woken() == ["ann", "cyd"]
    assert not rota.is_idle


def test_whoever_walks_away_does_not_come_back() -> None:
    rota = Rota({"ann": ["t"], "ben": ["t"]})
    rota.woken()
    rota.begin("ann")
    rota.leave("ann")
    rota.end("ann", found_work=True)
    rota.begin("ben")
    rota.end("ben", found_work=False)
    rota.hint("t", n_wanted=2)
    assert rota.woken() == ["ben"]
