"""A launcher started by a test, and the processes below it."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Self

from tests.launcher.people import Person

# Prints its environment, then stays until its input ends.
HOLD = ("-c", "import json, os, sys; print(json.dumps(dict(os.environ)), flush=True); sys.stdin.read()")
TIMEOUT_S = 30.0


class Started:
    """A running launcher that leaves nothing behind when the test fails."""

    def __init__(
        self, person: Person, checkout: Path, *arguments: str, env: dict[str, str] | None = None, tty: int | None = None
    ) -> None:
        self._stderr_path = person.state_home.parent / f"stderr-{os.urandom(4).hex()}"
        with self._stderr_path.open("wb") as stderr:
            self.popen = subprocess.Popen(
                (person.python, "-m", "marketplace.launcher", *arguments),
                cwd=checkout,
                env=person.env(**(env or {})),
                stdin=subprocess.PIPE if tty is None else tty,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                start_new_session=tty is None,
                **person.drop,
            )
        self.seen: set[int] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.look()
        if self.popen.poll() is None:
            self.popen.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.popen.wait(TIMEOUT_S)
        for pid in alive([self.popen.pid, *self.seen]):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.popen.wait()
        for pipe in (self.popen.stdin, self.popen.stdout):
            if pipe is not None:
                pipe.close()
        self._stderr_path.unlink(missing_ok=True)

    @property
    def stderr(self) -> str:
        """What it has told the person at the terminal so far."""
        return self._stderr_path.read_text(encoding="utf-8")

    def line(self) -> str:
        """Wait for one line of its standard output."""
        output: IO[str] = self._pipe(self.popen.stdout)
        assert select.select([output], [], [], TIMEOUT_S)[0], f"nothing was printed; {self.stderr}"
        text = output.readline()
        assert text, f"the output ended; {self.stderr}"
        return text

    def held_env(self) -> dict[str, str]:
        """Wait for the environment that `HOLD` prints."""
        env: dict[str, str] = json.loads(self.line())
        self.look()
        return env

    def pids(self) -> dict[str, int]:
        """Read who is who, once `held_env` has told where."""
        names: dict[str, int] = json.loads(self.processes_file().read_text(encoding="utf-8"))
        return names

    def processes_file(self) -> Path:
        """Return the launcher's list of its processes."""
        for pid in children(self.popen.pid):
            for entry in _read(pid, "environ").split("\0"):
                if entry.startswith("PLENUM_INSTANCE="):
                    return Path(entry.partition("=")[2]) / "processes.json"
        raise AssertionError("no process of this launcher has an instance")

    def look(self) -> set[int]:
        """Remember all processes below it that there are now."""
        self.seen |= set(descendants(self.popen.pid))
        return self.seen

    def finish(self) -> int:
        """End what `HOLD` waits for, and return the exit code."""
        self._pipe(self.popen.stdin).close()
        return self.wait()

    def wait(self) -> int:
        """Wait for its end and return the exit code."""
        code: int = self.popen.wait(TIMEOUT_S)
        return code

    def left_behind(self) -> list[int]:
        """Wait for the processes seen before to be gone, and return those that are not."""
        deadline = time.monotonic() + TIMEOUT_S
        return [pid for pid in self.seen if not _gone(pid, deadline)]

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None
        return pipe


def launch(person: Person, checkout: Path, *arguments: str, env: dict[str, str] | None = None) -> tuple[int, str]:
    """Run a launcher to its end; return its exit code and what it said."""
    with Started(person, checkout, *arguments, env=env) as started:
        return started.finish(), started.stderr


def hold(person: Person, checkout: Path, *options: str) -> Started:
    """Start servers and hold them."""
    return Started(person, checkout, "exec", *options, "--", person.python, *HOLD)


def eventually(check: Callable[[], object], *, timeout_s: float = TIMEOUT_S) -> None:
    """Repeat until it holds: for what tells nobody when it happens, such as another process's port."""
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            if check():
                return
        except Exception:  # whatever a server that is coming up makes its clients raise
            if time.monotonic() > deadline:
                raise
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def descendants(pid: int) -> Iterator[int]:
    """Yield the pids of all live processes below this one."""
    parents = {int(entry.name): _parent(int(entry.name)) for entry in Path("/proc").iterdir() if entry.name.isdigit()}
    below = {pid}
    while more := {child for child, parent in parents.items() if parent in below} - below:
        below |= more
    yield from below - {pid}


def children(pid: int) -> list[int]:
    """Return the pids of the direct children."""
    return [child for child in descendants(pid) if _parent(child) == pid]


def alive(pids: Iterable[int]) -> list[int]:
    """Return those that run (a zombie does not)."""
    return [pid for pid in pids if _state(pid) not in {"", "Z", "X"}]


def _gone(pid: int, deadline: float) -> bool:
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        ended = select.select([descriptor], [], [], max(deadline - time.monotonic(), 0))[0]
        return bool(ended)
    finally:
        os.close(descriptor)


def _parent(pid: int) -> int:
    fields = _read(pid, "stat").rpartition(")")[2].split()
    return int(fields[1]) if len(fields) > 1 else -1


def _state(pid: int) -> str:
    fields = _read(pid, "stat").rpartition(")")[2].split()
    return fields[0] if fields else ""


def _read(pid: int, name: str) -> str:
    try:
        return Path("/proc", str(pid), name).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
