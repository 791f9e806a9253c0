"""Whatever is killed, nothing stays behind and the rest goes on."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import select
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from marketplace.launcher.account import server_account
from marketplace.launcher.leftovers import INSTANCE_VARIABLE
from tests.launcher.conftest import CheckoutOf
from tests.launcher.people import Drop, Person
from tests.launcher.started import TIMEOUT_S, Started, alive, eventually, hold, launch


def test_killed_launcher_takes_its_processes_along(person: Person, checkout_of: CheckoutOf) -> None:
    checkout = checkout_of(person)
    with hold(person, checkout) as started:
        env = started.held_env()
        started.popen.kill()
        started.popen.wait()
        assert started.left_behind() == []
    with hold(person, checkout) as again:
        taken_over = again.held_env()
        assert taken_over["PLENUM_INSTANCE"] == env["PLENUM_INSTANCE"]
        with psycopg.connect(taken_over["DATABASE_URL"]) as database:
            assert database.execute("SELECT 1").fetchone() == (1,)
        assert again.finish() == 0


def test_next_start_ends_what_a_killed_one_left_and_only_that(
    myself: Person, stranger: Person, checkout_of: CheckoutOf
) -> None:
    checkout = checkout_of(myself)
    with hold(myself, checkout) as started:
        instance = Path(started.held_env()["PLENUM_INSTANCE"])
        started.finish()
    marked = {INSTANCE_VARIABLE: str(instance)}
    account = server_account()
    assert account is not None
    servers: Drop = {"user": account.uid, "group": account.gid, "extra_groups": []}
    with (
        _sleeper(marked, {}) as left,
        _sleeper(marked, servers) as left_server,
        _sleeper({}, servers) as other,
        _sleeper(marked, stranger.drop) as foreign,
    ):
        # The number in the stale file now belongs to a process of the servers' account that is no server.
        (instance / "pgdata" / "postmaster.pid").write_text(f"{other.pid}\n{instance}/pgdata\n")
        with hold(myself, checkout) as again:
            again.held_env()
            assert left.wait(TIMEOUT_S) == left_server.wait(TIMEOUT_S) == -signal.SIGKILL
            assert alive([other.pid, foreign.pid]) == [other.pid, foreign.pid]
            assert again.finish() == 0


@contextlib.contextmanager
def _sleeper(env: dict[str, str], drop: Drop) -> Iterator[subprocess.Popen[bytes]]:
    popen = subprocess.Popen(("sleep", "600"), env={"PATH": os.defpath, **env}, cwd="/", **drop)
    try:
        yield popen
    finally:
        popen.kill()
        popen.wait()


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_stop_signal_leaves_nothing_behind(signum: int, code: int, myself: Person, checkout_of: CheckoutOf) -> None:
    with hold(myself, checkout_of(myself), "--throwaway") as started:
        instance = Path(started.held_env()["PLENUM_INSTANCE"])
        started.popen.send_signal(signum)
        assert started.wait() == code
        assert started.left_behind() == []
        assert not instance.exists()


def test_stop_while_the_servers_start_leaves_nothing_behind(myself: Person, checkout_of: CheckoutOf) -> None:
    with hold(myself, checkout_of(myself), "--throwaway") as started:
        eventually(lambda: any("initdb" in _name(pid) or "postgres" in _name(pid) for pid in started.look()))
        started.popen.terminate()
        assert started.wait() == 143
        assert started.left_behind() == []
    assert started.popen.returncode == 143


def test_ctrl_c_at_the_terminal_reaches_the_command_once(myself: Person, checkout_of: CheckoutOf) -> None:
    """The terminal signals the whole group; a launcher that passed the signal on would interrupt the command twice."""
    count = (
        "import signal, sys; n = [0]\n"
        "def hit(*_):\n    n[0] += 1; print('hit', flush=True)\n"
        "signal.signal(signal.SIGINT, hit); print('ready', flush=True)\n"
        "for line in sys.stdin: break\n"
        "sys.exit(40 + n[0])"
    )
    arguments = ("-m", "marketplace.launcher", "exec", "--throwaway", "--", myself.python, "-c", count)
    env = {**myself.env(), "PYTHONWARNINGS": "ignore"}
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(checkout_of(myself))
        os.execve(myself.python, (myself.python, *arguments), env)  # noqa: S606 (the child half of a fork)
    try:
        _read_until(terminal, b"ready")
        os.write(terminal, b"\x03")
        _read_until(terminal, b"hit")
        os.write(terminal, b"end\n")
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 41
    finally:
        os.close(terminal)


def _read_until(terminal: int, wanted: bytes) -> None:
    text = b""
    while wanted not in text:
        assert select.select([terminal], [], [], TIMEOUT_S)[0], text
        text += os.read(terminal, 1024)


def test_killed_servers_come_back_on_their_ports(person: Person, checkout_of: CheckoutOf) -> None:
    with hold(person, checkout_of(person), "--throwaway") as started:
        env = started.held_env()
        pids = json.loads(Path(env["PLENUM_PROCESSES_FILE"]).read_text(encoding="utf-8"))
        assert pids["launcher"] == started.popen.pid
        with psycopg.connect(env["DATABASE_URL"], autocommit=True) as database:
            database.execute("CREATE TABLE fact AS SELECT 7 AS n")
        broker = redis.Redis.from_url(env["REDIS_URL"])
        with contextlib.closing(broker):
            broker.set("hint", "lost")
            os.kill(pids["valkey"], signal.SIGKILL)
            os.kill(pids["postgres"], signal.SIGKILL)
            eventually(lambda: broker.get("hint") is None)
        eventually(lambda: _fact(env["DATABASE_URL"]) == (7,))
        now = started.pids()
        assert now["valkey"] != pids["valkey"]
        assert now["postgres"] != pids["postgres"]
        started.look()
        assert started.finish() == 0
        assert started.left_behind() == []
        assert f"valkey (process {pids['valkey']}) was ended by SIGKILL; it is started again." in started.stderr


def _fact(url: str) -> object:
    with psycopg.connect(url) as database:
        return database.execute("SELECT n FROM fact").fetchone()


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace").split("\0")[0]
    except OSError:
        return ""


def test_what_a_command_forgot_is_ended(myself: Person, checkout_of: CheckoutOf) -> None:
    forget = (
        "import subprocess; child = subprocess.Popen(['sleep', '600'], start_new_session=True);"
        "print(child.pid, flush=True)"
    )
    with Started(myself, checkout_of(myself), "exec", "--throwaway", "--", myself.python, "-c", forget) as started:
        forgotten = int(started.line())
        assert started.wait() == 0
        assert alive([forgotten]) == []


def test_exit_code_of_the_command_is_ours(myself: Person, checkout_of: CheckoutOf) -> None:
    checkout = checkout_of(myself)
    begin = time.monotonic()
    assert launch(myself, checkout, "exec", "--throwaway", "--", "sh", "-c", "exit 7") == (7, "")
    assert launch(myself, checkout, "exec", "--throwaway", "--", "sh", "-c", "kill -9 $$") == (137, "")
    code, said = launch(myself, checkout, "exec", "--throwaway", "--", "no-such-program")
    assert (code, said) == (1, "plenum: no-such-program cannot be run: no such file or directory.\n")
    assert time.monotonic() - begin < TIMEOUT_S
