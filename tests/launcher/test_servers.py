"""The servers come up for everybody, from anywhere, and go away."""

from __future__ import annotations

import contextlib
import socket
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis

from tests.launcher.conftest import CheckoutOf, new_checkout
from tests.launcher.people import Person
from tests.launcher.started import hold, launch


def _works(env: dict[str, str]) -> None:
    with psycopg.connect(env["DATABASE_URL"], autocommit=True) as database:
        database.execute("CREATE TABLE fact (n int)")
        database.execute("CREATE DATABASE beside")
    with contextlib.closing(redis.Redis.from_url(env["REDIS_URL"])) as broker:
        assert broker.set("k", "v")


@pytest.mark.parametrize("mode", [0o755, 0o700], ids=["open folder", "closed folder"])
def test_servers_work_and_leave_nothing_behind(person: Person, mode: int, checkout_of: CheckoutOf) -> None:
    with hold(person, checkout_of(person, mode=mode), "--throwaway") as started:
        env = started.held_env()
        _works(env)
        assert len(started.seen) >= 4
        assert started.finish() == 0
        assert started.left_behind() == []
        assert not Path(env["PLENUM_INSTANCE"]).exists()


def test_servers_refuse_whoever_lacks_the_password(myself: Person, checkout_of: CheckoutOf) -> None:
    with hold(myself, checkout_of(myself), "--throwaway") as started:
        env = started.held_env()
        database, broker = urlsplit(env["DATABASE_URL"]), urlsplit(env["REDIS_URL"])
        for user in ("plenum", "postgres"):
            with pytest.raises(psycopg.OperationalError, match=r"authentication|pg_hba"):
                psycopg.connect(f"postgresql://{user}:guess@127.0.0.1:{database.port}/plenum")
        with socket.create_connection(("127.0.0.1", broker.port or 0)) as link:
            link.sendall(b"PING\r\n")
            assert link.recv(100).startswith(b"-NOAUTH")
        arguments = [Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8") for pid in started.pids().values()]
        assert not any(
            secret in text for text in arguments for secret in (database.password, broker.password) if secret
        )


@pytest.mark.parametrize("n_checkouts", [1, 2])
def test_two_runs_at_once_do_not_meet(person: Person, n_checkouts: int, checkout_of: CheckoutOf) -> None:
    checkouts = [checkout_of(person, mode=mode) for mode in (0o700, 0o755)[:n_checkouts]]
    with hold(person, checkouts[0], "--throwaway") as one, hold(person, checkouts[-1], "--throwaway") as other:
        envs = [one.held_env(), other.held_env()]
        for env in envs:
            _works(env)
        assert envs[0]["DATABASE_URL"] != envs[1]["DATABASE_URL"]
        assert one.finish() == other.finish() == 0
        assert one.left_behind() == other.left_behind() == []


def test_kept_data_is_there_next_time_and_for_commands_beside_a_run(person: Person, ground: Path) -> None:
    checkout = new_checkout(ground, person, mode=0o700)
    with hold(person, checkout) as first:
        env = first.held_env()
        _works(env)
        code, said = launch(
            person, checkout, "exec", "--", "sh", "-c", "echo $DATABASE_URL $PLENUM_SECRET_KEY >&2; exit 3"
        )
        assert (code, said) == (3, f"{env['DATABASE_URL']} {env['PLENUM_SECRET_KEY']}\n")  # beside the first
        first.finish()
    with hold(person, checkout) as second:
        again = second.held_env()
        assert again["PLENUM_SECRET_KEY"] == env["PLENUM_SECRET_KEY"]
        with psycopg.connect(again["DATABASE_URL"]) as database:
            assert database.execute("SELECT count(*) FROM fact").fetchone() == (0,)
            assert database.execute("SHOW fsync").fetchone() == ("on",)
            assert database.execute("SHOW data_checksums").fetchone() == ("on",)


def test_servers_of_your_own_are_used(myself: Person, checkout_of: CheckoutOf) -> None:
    theirs = {"DATABASE_URL": "postgresql://db.example/x", "REDIS_URL": "redis://broker.example"}
    check = 'import os; raise SystemExit(f\'{os.environ["DATABASE_URL"]} {os.environ["REDIS_URL"]}\')'
    code, said = launch(
        myself, checkout_of(myself), "exec", "--throwaway", "--", myself.python, "-c", check, env=theirs
    )
    assert (code, said) == (1, f"{theirs['DATABASE_URL']} {theirs['REDIS_URL']}\n")


def test_clean_removes_the_kept_data_but_not_under_a_running_command(myself: Person, ground: Path) -> None:
    checkout = new_checkout(ground, myself)
    with hold(myself, checkout) as started:
        state = Path(started.held_env()["PLENUM_INSTANCE"]).parent
        assert launch(myself, checkout, "clean")[0] == 1
        started.finish()
    assert launch(myself, checkout, "clean") == (0, "")
    assert [entry.name for entry in state.iterdir()] == ["gate"]
