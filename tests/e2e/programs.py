"""Programs that a test starts: the launcher with the whole service below it, and what runs beside."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Self, TypeVar

from marketplace.launcher.processes import log_tail
from tests.launcher.people import REPOSITORY, clean_env
from tests.launcher.started import alive, descendants

T = TypeVar("T")
LOOK_EVERY_S = 0.05
STARTS_WITHIN_S = 300.0  # a second or two where nothing else runs
ENDS_WITHIN_S = 60.0


def foreign_env(**more: str) -> dict[str, str]:
    """Return an environment that knows nothing of the servers these tests themselves run beside.

    Only whose child it is stays known, so that nothing outlives the launcher of a test run that is itself killed.
    """
    kept = {name: os.environ[name] for name in ("PLENUM_INSTANCE", "PLENUM_STATE_HOME") if name in os.environ}
    return {**clean_env(os.environ), **kept, **more}


class Program:
    """A running program of this checkout; the block ends it by its pid."""

    def __init__(self, *arguments: str | Path, log: Path, env: Mapping[str, str]) -> None:
        self.log = log
        with log.open("wb") as output:
            self.popen = subprocess.Popen(
                (sys.executable, *arguments),
                cwd=REPOSITORY,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def output(self) -> str:
        """Return what it has said so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    @property
    def logs(self) -> Iterable[Path]:
        """Return the files that say what happened."""
        return [self.log]

    @property
    def account(self) -> str:
        """Return the ends of its logs, for the message of a failure."""
        return "\n".join(f"--- {path.name}\n{log_tail(path, n_lines=25)}" for path in self.logs)

    def until(self, happened: Callable[[], T | None], *, what: str, within_s: float) -> T:
        """Wait for what the callable sees, as long as the program runs; return it."""
        deadline = time.monotonic() + within_s
        while True:
            code = self.popen.poll()
            seen = happened()
            if seen:
                return seen
            assert code is None, f"The program ended with code {code} before {what}.\n{self.account}"
            assert time.monotonic() < deadline, f"{within_s:.0f} s were not enough for {what}.\n{self.account}"
            time.sleep(LOOK_EVERY_S)

    def wait(self, *, within_s: float) -> int:
        """Wait for its end and return the exit code."""
        try:
            return self.popen.wait(within_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"The program did not end within {within_s:.0f} s.\n{self.account}") from None

    def kill(self) -> None:
        """End it without a word."""
        self.popen.kill()
        self.popen.wait()

    def end(self) -> None:
        """Ask it to stop, and see to it that it does."""
        if self.popen.poll() is None:
            self.popen.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(ENDS_WITHIN_S)
        self.kill()


class Launcher(Program):
    """A launcher with the service's processes below it."""

    def __init__(self, *arguments: str | Path, log: Path, **env: str) -> None:
        super().__init__("-m", "marketplace.launcher", "-v", *arguments, log=log, env=foreign_env(**env))
        self._processes_file: Path | None = None

    @property
    def processes_file(self) -> Path:
        """Return where the launcher says who is who."""
        if self._processes_file is None:
            self._processes_file = self.until(self._named_file, what="it named its processes", within_s=STARTS_WITHIN_S)
        return self._processes_file

    @property
    def logs(self) -> Iterable[Path]:
        """Return its own words, and its processes' logs."""
        return [self.log, *(sorted(self.processes_file.parent.glob("log/*.log")) if self._processes_file else [])]

    def log_of(self, name: str) -> Path:
        """Return the log of one of the processes."""
        return self.processes_file.parent / "log" / f"{name}.log"

    def pids(self) -> dict[str, int]:
        """Return the pid of every process that runs at this moment."""
        try:
            names: dict[str, int] = json.loads(self.processes_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return names

    def service_env(self) -> dict[str, str]:
        """Wait for the service's last process and return what its environment says."""
        pid = self.until(lambda: self.pids().get("relay"), what="the relay was started", within_s=STARTS_WITHIN_S)
        text = Path(f"/proc/{pid}/environ").read_text(encoding="utf-8")
        return dict(entry.split("=", 1) for entry in text.split("\0") if "=" in entry)

    def kill_process(self, name: str) -> int:
        """Send SIGKILL to one of the processes, and return the pid it had."""
        pid = self.pids()[name]
        os.kill(pid, signal.SIGKILL)
        return pid

    def kill_group(self, name: str) -> int:
        """Send SIGKILL to one of the processes and to its children, and return the pid it had."""
        pid = self.pids()[name]
        os.killpg(pid, signal.SIGKILL)
        return pid

    def until_restarted(self, name: str, *, old_pid: int, within_s: float) -> None:
        """Wait until a process runs under another pid."""
        self.until(lambda: self.pids().get(name, old_pid) != old_pid, what=f"{name} was restarted", within_s=within_s)

    def end(self) -> None:
        """End it and, should it fail to do so itself, all that it started."""
        started = [*self.pids().values(), *descendants(self.popen.pid)] if self._processes_file else []
        super().end()
        for pid in alive(started):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _named_file(self) -> Path | None:
        for line in self.output.splitlines():
            _, found, path = line.partition("The pids are in ")
            if found and path.endswith("."):
                return Path(path[:-1])
        return None
