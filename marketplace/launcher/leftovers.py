"""Find and end the processes that an earlier, killed launcher left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

from marketplace.launcher.account import server_account

_PROC = Path("/proc")
_GRACE_S = 5.0
# Every process of an instance carries this in its environment, whatever its name and whoever started it.
INSTANCE_VARIABLE = "PLENUM_INSTANCE"


def end_leftovers(instance: Path) -> list[int]:
    """End all processes of a dead instance by their pids, and return these.

    PostgreSQL's own are asked with SIGQUIT first: its postmaster then ends every backend and frees the shared memory.
    """
    found = sorted(_processes_of(instance))
    for pid in found:
        _send(pid, signal.SIGQUIT if _is_postgres(pid) else signal.SIGKILL)
    deadline = time.monotonic() + _GRACE_S
    while (alive := [pid for pid in found if _belongs(pid, instance)]) and time.monotonic() < deadline:
        time.sleep(0.02)
    for pid in alive:
        _send(pid, signal.SIGKILL)
    return found


def _processes_of(instance: Path) -> Iterator[int]:
    """Yield the pids of the instance's processes, never our own or those that started us."""
    if not _PROC.is_dir():
        return  # macOS: the watchdog has ended them
    ours = set(_ancestors())
    for entry in _PROC.iterdir():
        if entry.name.isdigit() and int(entry.name) not in ours and _belongs(int(entry.name), instance):
            yield int(entry.name)


def _belongs(pid: int, instance: Path) -> bool:
    """Tell whether a live process is of this instance: of our account or the servers', and marked with its folder."""
    account = server_account()
    allowed = {os.geteuid(), account.uid if account else os.geteuid()}
    try:
        if (_PROC / str(pid)).stat().st_uid not in allowed:
            return False
        environment = (_PROC / str(pid) / "environ").read_bytes().split(b"\0")
        arguments = (_PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False  # gone, a zombie, or not ours to look at
    # PostgreSQL's backends write their title over both; they end with their postmaster.
    return f"{INSTANCE_VARIABLE}={instance}".encode() in environment or str(instance / "pgdata").encode() in arguments


def _is_postgres(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return b"postgres" in (_PROC / str(pid) / "cmdline").read_bytes().split(b"\0")[0]
    return False


def _ancestors() -> Iterator[int]:
    pid = os.getpid()
    while pid > 0:
        yield pid
        try:
            # The name in parentheses may hold spaces; the parent is the second field after it.
            pid = int((_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            return


def _send(pid: int, signum: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signum)
