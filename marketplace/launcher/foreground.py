"""Run the one command the person at the terminal asked for, while the rest is supervised."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from marketplace.launcher.errors import LauncherError
from marketplace.launcher.processes import die_with_parent
from marketplace.launcher.signals import Signals
from marketplace.launcher.supervisor import Supervisor

_GRACE_S = 10.0


class NoCommand(LauncherError):
    """The command cannot be started."""

    code = "no_command"

    def __init__(self, *, command: str, reason: str) -> None:
        super().__init__(f"{command} cannot be run: {reason}.")
        self.command, self.reason = command, reason


def run_foreground(
    argv: Sequence[str], *, env: Mapping[str, str], cwd: Path, supervisor: Supervisor, signals: Signals
) -> int:
    """Run a command with our terminal and return its exit code, 128 + n after signal n.

    It stays in our process group, so that it can read the terminal; a Ctrl-C there reaches it without us.
    """
    try:
        popen = subprocess.Popen(
            argv,
            env=dict(env),
            cwd=cwd,
            close_fds=False,  # what our caller let us inherit, such as make's job server, is for the command
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 (the launcher has one thread)
        )
    except OSError as error:
        raise NoCommand(command=argv[0], reason=(error.strerror or str(error)).lower()) from None
    kill_at = float("inf")
    try:
        while popen.poll() is None:
            signum = signals.wait(supervisor.tick())
            if signum is not None and not (signum == signal.SIGINT and _at_terminal()):
                popen.send_signal(signum)
                kill_at = min(kill_at, time.monotonic() + _GRACE_S)
            if time.monotonic() > kill_at:
                popen.kill()
    finally:
        with contextlib.suppress(ProcessLookupError):
            popen.kill()
        popen.wait()
    return popen.returncode if popen.returncode >= 0 else 128 - popen.returncode


def _at_terminal() -> bool:
    """Tell whether we are in the terminal's foreground group, which gets the terminal's signals as a whole."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    try:
        return os.tcgetpgrp(terminal) == os.getpgrp()
    except OSError:
        return False
    finally:
        os.close(terminal)
