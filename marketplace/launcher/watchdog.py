"""End what a killed launcher leaves behind.

Runs as a program of its own in its own session. The launcher holds the other end of its standard input and writes
`watch GROUP SIGNAL`, `drop GROUP` and at an orderly end `done`. When the input ends without `done` the launcher was
killed, and every process group still watched is ended: children alone could be told by PR_SET_PDEATHSIG,
grandchildren (uvicorn's and Celery's) could not.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

GRACE_S = 5.0


def watched_groups(lines: list[str]) -> dict[int, int]:
    """Return the groups still watched at the end of the input, with the signal each wants."""
    groups: dict[int, int] = {}
    for line in lines:
        match line.split():
            case ["watch", group, signum]:
                groups[int(group)] = int(signum)
            case ["drop", group]:
                groups.pop(int(group), None)
            case ["done"]:
                return {}
    return groups


def end_groups(groups: dict[int, int]) -> None:
    """Ask every group to end, and kill those that do not."""
    for group, signum in groups.items():
        _signal(group, signum)
    deadline = time.monotonic() + GRACE_S
    while time.monotonic() < deadline and any(_signal(group, 0) for group in groups):
        time.sleep(0.05)
    for group in groups:
        _signal(group, signal.SIGKILL)


def _signal(group: int, signum: int) -> bool:
    """Send, and tell whether the group still exists."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signum)
        return True
    return False


def main() -> None:
    """Read until the launcher is gone."""
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, signal.SIG_IGN)
    end_groups(watched_groups(sys.stdin.read().splitlines()))


if __name__ == "__main__":
    main()
