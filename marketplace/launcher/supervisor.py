"""Keep a set of processes running, and end all of them."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from marketplace.launcher.errors import ProcessFailed
from marketplace.launcher.folders import write_private
from marketplace.launcher.instance import Instance
from marketplace.launcher.leftovers import end_leftovers
from marketplace.launcher.processes import Process, Spec, describe_exit, log_tail
from marketplace.launcher.signals import Signals

_FIRST_DELAY_S, _LONGEST_DELAY_S = 0.2, 10.0
_STEADY_S = 30.0  # after this long a process counts as sound and its next restart is quick again
_LOOK_S = 0.5  # ended children wake us; this only covers what no signal tells


class Supervisor:
    """Start, restart and stop processes; leaving the block stops all of them."""

    def __init__(self, instance: Instance, *, signals: Signals, say: Callable[[str], None]) -> None:
        self._instance, self._signals, self._say = instance, signals, say
        self._running: dict[str, Process] = {}
        self._waiting: dict[str, tuple[float, Spec]] = {}
        self._delays: dict[str, float] = {}

    def __enter__(self) -> Self:
        self._watchdog = subprocess.Popen(
            (sys.executable, "-I", "-S", Path(__file__).with_name("watchdog.py")),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
            start_new_session=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        end_leftovers(self._instance.folder)  # what a command started and forgot
        self._tell_watchdog("done")
        with contextlib.suppress(BrokenPipeError):
            self._watchdog.communicate()

    def start(self, spec: Spec) -> Process:
        """Start a process now; from the next `tick` on it is started again whenever it ends."""
        process = Process(spec)
        self._running[spec.name] = process
        self._tell_watchdog(f"watch {process.pid} {int(spec.orphan_signal)}")
        self._write_pids()
        return process

    def forget(self, process: Process) -> None:
        """End a process and do not start it again."""
        process.kill()
        self._running.pop(process.spec.name, None)
        self._tell_watchdog(f"drop {process.pid}")
        self._write_pids()

    def tick(self) -> float:
        """Start again what has ended and waited long enough; return how long nothing will be due (seconds)."""
        now = time.monotonic()
        for name, process in list(self._running.items()):
            code = process.poll()
            if code is not None:
                self._schedule(name, process, code, now)
        for name, (due, spec) in list(self._waiting.items()):
            if due <= now:
                del self._waiting[name]
                self.start(spec)
        return min([_LOOK_S, *(due - now for due, _ in self._waiting.values())])

    def wait_until(self, done: Callable[[], bool], *, timeout_s: float, every_s: float) -> bool:
        """Wait for the condition, restarting nothing; return False if it did not come true in time.

        Raises
        ------
        ProcessFailed
            A process ended meanwhile: what cannot start once will not start the second time.
        """
        deadline = time.monotonic() + timeout_s
        while not done():
            for process in self._running.values():
                if (code := process.poll()) is not None:
                    tail = log_tail(process.spec.log)
                    raise ProcessFailed(name=process.spec.name, what=describe_exit(code), log_tail=tail)
            if time.monotonic() > deadline:
                return False
            self._signals.sleep(every_s)
        return True

    def run_for_ever(self) -> None:
        """Supervise until a stop signal raises `Stopped`."""
        while True:
            self._signals.sleep(self.tick())

    def stop(self) -> None:
        """Stop all processes, those that use others first; a second stop signal kills at once."""
        self._waiting.clear()
        for tier in sorted({process.spec.tier for process in self._running.values()}, reverse=True):
            self._stop_together([process for process in self._running.values() if process.spec.tier == tier])

    def _stop_together(self, processes: list[Process]) -> None:
        for process in processes:
            process.ask_to_stop()
        asked_at = time.monotonic()
        while left := [process for process in processes if process.poll() is None]:
            over_at = asked_at + max(process.spec.stop_timeout_s for process in left)
            hurried = self._signals.wait(min(_LOOK_S, over_at - time.monotonic())) is not None
            for process in left:
                if hurried or time.monotonic() > asked_at + process.spec.stop_timeout_s:
                    process.kill()
        for process in processes:
            self.forget(process)

    def _schedule(self, name: str, process: Process, code: int, now: float) -> None:
        del self._running[name]
        self._tell_watchdog(f"drop {process.pid}")
        steady = now - process.started_at > _STEADY_S
        delay = _FIRST_DELAY_S if steady else self._delays.get(name, _FIRST_DELAY_S)
        self._delays[name] = min(delay * 2, _LONGEST_DELAY_S)
        self._waiting[name] = (now + delay, process.spec)
        self._write_pids()
        self._say(f"{name} (process {process.pid}) {describe_exit(code)}; it is started again.")

    def _write_pids(self) -> None:
        """Tell others who is who."""
        pids: Iterable[tuple[str, int]] = ((name, process.pid) for name, process in self._running.items())
        write_private(self._instance.processes_file, json.dumps({"launcher": os.getpid(), **dict(pids)}, indent=1))

    def _tell_watchdog(self, line: str) -> None:
        pipe = self._watchdog.stdin
        # Without a watchdog the kernel's signal still reaches the children, and the next start finds the rest.
        with contextlib.suppress(BrokenPipeError):
            if pipe is not None:
                pipe.write(f"{line}\n".encode())
                pipe.flush()
