"""The service's processes are started, kept running and ended; here with a small service of the same shape."""

from __future__ import annotations

import json
import os
import signal
import urllib.request
from pathlib import Path

import pytest

from marketplace.launcher.ports import free_port
from tests.launcher.conftest import new_checkout
from tests.launcher.people import Person
from tests.launcher.started import Started, alive, eventually

MANAGE = """
import json, os, signal, sys
command, arguments = sys.argv[1], sys.argv[2:]
if command == "migrate":
    sys.exit(os.environ.get("BREAK") == "migrate")
if command == "relay":
    if os.environ.get("BREAK") == "relay":
        sys.exit("the relay cannot start")
    signal.pause()
print(json.dumps([command, arguments, os.environ["PLENUM_PROCESSES_FILE"]]), flush=True)
if command == "demo":
    sys.exit(int(sys.stdin.readline()))
"""
ASGI = """
async def application(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200 if scope["path"] == "/healthz" else 404})
        await send({"type": "http.response.body", "body": str(__import__("os").getpid()).encode()})
"""
CELERY = """
import os
from celery import Celery
app = Celery("small", broker=os.environ["REDIS_URL"])
"""


@pytest.fixture(scope="module")
def service(myself: Person, ground: Path) -> Path:
    checkout = new_checkout(ground, myself)
    for name, text in (("manage.py", MANAGE), ("marketplace/asgi.py", ASGI), ("marketplace/celery.py", CELERY)):
        (checkout / name).write_text(text, encoding="utf-8")
    return checkout


def _start(myself: Person, service: Path, *arguments: str, **env: str) -> tuple[Started, list[str], dict[str, int]]:
    started = Started(myself, service, *arguments, env={"PYTHONPATH": "", **env})
    try:
        _, given, processes = json.loads(started.line())
    except AssertionError:
        started.__exit__()
        raise
    started.look()
    return started, given, json.loads(Path(processes).read_text(encoding="utf-8"))


def _answer(url: str) -> bytes:
    with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:  # noqa: S310 (our own address)
        body: bytes = answer.read()
        return body


def test_demo_restarts_the_killed_and_ends_all_with_the_code_of_its_command(myself: Person, service: Path) -> None:
    started, given, pids = _start(myself, service, "demo", "--crowd", "crowds/x", "--report", "/reports/r.json")
    with started:
        assert given[:-1] == [
            *("--output", "exports/demo", "--crowd", str(service / "crowds/x"), "--report", "/reports/r.json", "--url")
        ]
        assert pids.keys() == {"launcher", "postgres", "valkey", "web", "worker", "beat", "relay"}
        first = _answer(given[-1])
        for name in ("web", "worker"):
            os.kill(pids[name], signal.SIGKILL)
        eventually(lambda: not {"web", "worker"} - started.pids().keys() and started.pids()["web"] != pids["web"])
        eventually(lambda: _answer(given[-1]) != first)
        assert started.pids()["worker"] != pids["worker"]
        started.look()
        assert started.popen.stdin is not None
        started.popen.stdin.write("3\n")
        assert started.finish() == 3
        assert started.left_behind() == []
        assert "The demo failed; the logs are in " in started.stderr


def test_run_serves_until_ctrl_c(myself: Person, service: Path) -> None:
    port = free_port()
    started, given, _ = _start(myself, service, "run", "--port", str(port))
    with started:
        assert given == ["--url", f"http://127.0.0.1:{port}"]
        eventually(lambda: "Ctrl-C stops" in started.stderr)
        assert _answer(given[1]).isdigit()
        started.look()
        started.popen.send_signal(signal.SIGINT)
        assert started.wait() == 0
        assert started.left_behind() == []


def test_killed_launcher_takes_the_grandchildren_along(myself: Person, service: Path) -> None:
    started, _, pids = _start(myself, service, "demo")
    with started:
        assert len(alive(sorted(started.look()))) > len(pids)  # the children of web and worker too
        started.popen.kill()
        started.popen.wait()
        assert started.left_behind() == []


@pytest.mark.parametrize(
    ("part", "sentence"), [("migrate", "migrate ended with code 1."), ("relay", "relay ended with code 1.")]
)
def test_process_that_cannot_start_is_named_with_its_log(
    part: str, sentence: str, myself: Person, service: Path
) -> None:
    with Started(myself, service, "demo", env={"PYTHONPATH": "", "BREAK": part}) as started:
        assert started.wait() == 1
        waits, failed = started.stderr.splitlines()[:2]
        assert waits == "plenum: Bringing the database up to date; a new one takes half a minute."
        assert failed.startswith(f"plenum: {sentence}")
        assert part != "relay" or "the relay cannot start" in started.stderr
