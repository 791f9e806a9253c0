"""Whatever is killed while a crowd works, the replay ends and no promise is broken."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis

from marketplace.launcher.ports import free_port
from tests.e2e.conftest import BrokenIn
from tests.e2e.crowds import write_crowd
from tests.e2e.programs import STARTS_WITHIN_S, Launcher, Program, foreign_env
from tests.e2e.watching import Stand, Watch

logger = logging.getLogger(__name__)

# Where nothing else runs it is back after one to four seconds, and at work after at most ten more: what a killed
# process had taken on is due again then.
RESTARTED_WITHIN_S = 120.0
RECOVERED_WITHIN_S = 180.0
REPLAYED_WITHIN_S = 300.0
PROMISES = ("over_collected", "unbalanced_transfers", "events_lost", "events_repeated")

pytestmark = pytest.mark.timeout(900)


@dataclass(frozen=True)
class Victim:
    """One of the service's processes: how it is killed, and what shows from one look to a later one that it works."""

    name: str
    kill: Callable[[Launcher, str], int]
    goes_on: Callable[[Stand, Stand], bool]


def _deliveries(before: Stand, now: Stand) -> bool:
    """Tell whether more was delivered than there was to deliver."""
    return now.n_done > before.n_deliveries


def _answers(before: Stand, now: Stand) -> bool:
    return now.n_answers > before.n_answers


WORKER = Victim("worker", Launcher.kill_group, _deliveries)
VALKEY = Victim("valkey", Launcher.kill_process, _deliveries)
RELAY = Victim("relay", Launcher.kill_process, _deliveries)
WEB = Victim("web", Launcher.kill_process, _answers)
POSTGRES = Victim("postgres", Launcher.kill_process, _answers)


@dataclass(frozen=True)
class Scene:
    """A replay under way: the program whose end would end it, the service, and its database."""

    program: Program
    service: Launcher
    watch: Watch

    def until_answered(self, n_answers: int) -> None:
        """Wait until the job has so many answers, and see that it is not over."""
        stand = self.program.until(
            lambda: self._stand(lambda stand: stand.n_answers >= n_answers or stand.is_over),
            what=f"{n_answers} answers were given",
            within_s=REPLAYED_WITHIN_S,
        )
        assert not stand.is_over, f"The job was over too soon.\n{self.program.account}"

    def strike(self, victim: Victim) -> None:
        """Kill a process while the job is open, and wait until its work goes on under another pid."""
        began_at = time.monotonic()
        old_pid = victim.kill(self.service, victim.name)
        self.service.until_restarted(victim.name, old_pid=old_pid, within_s=RESTARTED_WITHIN_S)
        restarted_s = time.monotonic() - began_at
        before = self._wait_for(lambda _: True, what=f"the database answered after {victim.name} was killed")
        self._wait_for(
            lambda now: now.is_over or victim.goes_on(before, now),
            what=f"the work went on after {victim.name} was killed",
        )
        logger.info("%s: again there after %.1f s, at work after %.1f s", victim.name, restarted_s, _since(began_at))

    def _wait_for(self, holds: Callable[[Stand], bool], *, what: str) -> Stand:
        return self.program.until(lambda: self._stand(holds), what=what, within_s=RECOVERED_WITHIN_S)

    def _stand(self, holds: Callable[[Stand], bool]) -> Stand | None:
        stand = self.watch.stand()
        return stand if stand is not None and holds(stand) else None


def test_demo_outlives_its_worker_and_an_emptied_broker_in_one_replay(
    tmp_path: Path, broken_invariants: BrokenIn
) -> None:
    crowd = write_crowd(tmp_path / "crowd", n_tasks=30, n_workers=12, n_answers=8)
    report = tmp_path / "report.json"
    os.mkfifo(report)  # until somebody reads it the demo does not end, and its database is there to be looked at
    arguments = ("demo", "--crowd", crowd, "--report", report)
    with Launcher(*arguments, log=tmp_path / "demo.log") as demo:
        env = demo.service_env()
        with Watch(env["DATABASE_URL"], "Replay of crowd") as watch:
            scene = Scene(demo, demo, watch)
            scene.until_answered(30)  # half of what the tasks want at the least
            scene.strike(WORKER)
            scene.until_answered(61)  # more than that: beliefs have asked for it
            with _data_lost(env["REDIS_URL"]):
                scene.strike(VALKEY)
        demo.until(lambda: "Checks " in demo.output, what="the replay was over", within_s=REPLAYED_WITHIN_S)
        assert broken_invariants(env["DATABASE_URL"]) == {}
        _assert_kept(_read_pipe(report, demo))
        assert demo.wait(within_s=STARTS_WITHIN_S) == 0, demo.account


@pytest.fixture(scope="module")
def service(state_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Launcher, str]]:
    """Serve as `make run` does, on data of its own, which outlives every replay; return it with its address."""
    port = free_port()
    log = tmp_path_factory.mktemp("run") / "run.log"
    with Launcher("run", "--port", str(port), log=log, PLENUM_STATE_HOME=str(state_home)) as launcher:
        launcher.until(lambda: "Ctrl-C stops" in launcher.output, what="it served", within_s=STARTS_WITHIN_S)
        yield launcher, f"http://127.0.0.1:{port}"


@pytest.mark.parametrize("victim", [WORKER, VALKEY, RELAY, WEB, POSTGRES], ids=lambda victim: victim.name)
def test_replay_outlives(
    victim: Victim, service: tuple[Launcher, str], tmp_path: Path, broken_invariants: BrokenIn
) -> None:
    launcher, url = service
    env = launcher.service_env()
    crowd = write_crowd(tmp_path / f"without-{victim.name}", n_tasks=12, n_workers=8, n_answers=6)
    n_batches = _n_batches(launcher)
    with _replay(crowd, url, tmp_path) as replay, Watch(env["DATABASE_URL"], f"Replay of {crowd.name}") as watch:
        scene = Scene(replay, launcher, watch)
        scene.until_answered(12)  # half of what the tasks want at the least
        with _data_lost(env["REDIS_URL"]) if victim is VALKEY else contextlib.nullcontext():
            scene.strike(victim)
        assert replay.wait(within_s=REPLAYED_WITHIN_S) == 0, f"{replay.account}\n{launcher.account}"
    _assert_kept(json.loads((tmp_path / "report.json").read_bytes()))
    assert broken_invariants(env["DATABASE_URL"]) == {}
    assert _n_batches(launcher) > n_batches, f"The worker did nothing of the work.\n{launcher.account}"


def _replay(crowd: Path, url: str, folder: Path) -> Program:
    places = ("--json", folder / "report.json", "--output", folder / "labels")
    arguments = ("-m", "marketplace.management", "replay", crowd, "--url", url, *places)
    return Program(*arguments, log=folder / "replay.log", env=foreign_env())


def _n_batches(launcher: Launcher) -> int:
    """Return how many batches of deliveries Celery has done, by its own log."""
    return sum("Task live.deliver_" in line and "succeeded" in line for line in _lines(launcher.log_of("worker")))


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8", errors="replace").splitlines()


@contextlib.contextmanager
def _data_lost(redis_url: str) -> Iterator[None]:
    """See that what the broker held before the block is gone after it."""
    with contextlib.closing(redis.Redis.from_url(redis_url)) as broker:
        broker.set("held", "until it is killed")
        yield
    with contextlib.closing(redis.Redis.from_url(redis_url)) as broker:
        assert broker.get("held") is None


def _read_pipe(path: Path, program: Program) -> Any:
    """Read what a program writes into a named pipe, as long as the program lives."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    text = b""

    def is_whole() -> bool:
        nonlocal text
        with contextlib.suppress(BlockingIOError):
            text += os.read(descriptor, 65536)
        return text.endswith(b"}\n")

    try:
        program.until(is_whole, what="it wrote its report", within_s=STARTS_WITHIN_S)
    finally:
        os.close(descriptor)
    return json.loads(text)


def _assert_kept(report: dict[str, Any]) -> None:
    assert {name: report[name] for name in PROMISES} == dict.fromkeys(PROMISES, 0)


def _since(moment: float) -> float:
    return time.monotonic() - moment
