"""Start one process in its own session and end it with everything it started."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from marketplace.launcher.account import Account

_PR_SET_PDEATHSIG = 1
# Loaded here because the time between fork and exec is no time to load anything.
_PRCTL: Callable[..., int] | None = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


@dataclass(frozen=True)
class Spec:
    """What to run, and how to end it."""

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: Path
    log: Path
    stdin: str = ""
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    stop_timeout_s: float = 10.0
    # Sent to the process (by the kernel) and to its group (by the watchdog) when the launcher itself is killed.
    orphan_signal: signal.Signals = signal.SIGKILL
    before: Callable[[], None] | None = None
    # Processes of a higher tier use those of a lower one, and are stopped before them.
    tier: int = 0


class Process:
    """A started `Spec`; the leader of its own session and process group."""

    def __init__(self, spec: Spec) -> None:
        if spec.before:
            spec.before()
        self.spec = spec
        self.started_at = time.monotonic()
        self._popen = _spawn(spec)
        self.pid = self._popen.pid

    def poll(self) -> int | None:
        """Return the exit code once the process has ended; its group is ended before the pid is given back."""
        if self._popen.returncode is None and _has_ended(self._popen):
            # The unreaped leader keeps the group's number ours, so this cannot hit a stranger.
            self._signal_group(signal.SIGKILL)
            self._popen.wait()
        return self._popen.returncode

    def ask_to_stop(self) -> None:
        """Send the process, and only it, the signal it stops cleanly on."""
        if self.poll() is None:
            self._popen.send_signal(self.spec.stop_signal)

    def kill(self) -> None:
        """End the process and its group at once."""
        if self.poll() is None:
            self._signal_group(signal.SIGKILL)
            self._popen.wait()

    def _signal_group(self, signum: int) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signum)


def die_with_parent(signum: int) -> Callable[[], None]:
    """Return what a child runs before exec, so that the kernel ends it when the launcher is killed (Linux only)."""
    parent = os.getpid()

    def before_exec() -> None:
        if _PRCTL is not None:
            _PRCTL(_PR_SET_PDEATHSIG, int(signum), 0, 0, 0)
            if os.getppid() != parent:  # the launcher died before the line above
                os._exit(1)

    return before_exec


def describe_exit(code: int) -> str:
    """Say in words how a process ended."""
    if code >= 0:
        return f"ended with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"


def log_tail(path: Path, *, since: int = 0, n_lines: int = 15) -> str:
    """Return the last lines written to a log after the given offset."""
    try:
        with path.open("rb") as file:
            file.seek(max(since, path.stat().st_size - 20_000))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return ""
    return "\n".join(lines[-n_lines:])


def _spawn(spec: Spec) -> subprocess.Popen[bytes]:
    account = spec.account
    with spec.log.open("ab") as log:
        popen = subprocess.Popen(
            spec.argv,
            stdin=subprocess.PIPE if spec.stdin else subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=spec.cwd,
            env=dict(spec.env),
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            umask=0o077,
            start_new_session=True,
            preexec_fn=die_with_parent(spec.orphan_signal),  # noqa: PLW1509 (the launcher has one thread)
        )
    if popen.stdin:
        with contextlib.suppress(BrokenPipeError), popen.stdin:  # a program that is dead already says why in its log
            popen.stdin.write(spec.stdin.encode())
    return popen


def _has_ended(popen: subprocess.Popen[bytes]) -> bool:
    if not hasattr(os, "waitid"):
        return popen.poll() is not None
    return os.waitid(os.P_PID, popen.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
