"""How a job stands, told by its events and shown while it runs."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Say = Callable[[str], None]
MICROS = 1_000_000
SHOW_EVERY_S = 0.5
LINE_EVERY_S = 5.0


@dataclass
class Progress:
    """A job's state and counters: those of the snapshot, moved on by what each event adds.

    Attributes
    ----------
    closed : set when the job ended.
    moved_at : when anything last changed, by the monotonic clock.
    """

    state: str = "draft"
    close_reason: str = ""
    counters: dict[str, int] = field(default_factory=dict)
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    moved_at: float = field(default_factory=time.monotonic)

    def take_snapshot(self, message: dict[str, Any]) -> None:
        """Start from how the job stands."""
        self.counters = dict(message["counters"])
        self.take_job(message["job"])

    def take_job(self, job: dict[str, Any]) -> None:
        """Take the state from the job itself."""
        if job["state"] != self.state:
            self.touch()
        self.state, self.close_reason = job["state"], job["close_reason"]
        if self.close_reason:
            self.closed.set()

    def take_event(self, message: dict[str, Any]) -> None:
        """Move on by one event."""
        self.touch()
        for name, delta in message["deltas"].items():
            self.counters[name] = self.counters.get(name, 0) + delta
        match message["event"]:
            case "job_opened" | "job_resumed":
                self.state = "open"
            case "job_paused":
                self.state = "paused"
            case "job_closed":
                self.close_reason = message["data"]["reason"]
                self.closed.set()

    def touch(self) -> None:
        """Note that something moved."""
        self.moved_at = time.monotonic()

    @property
    def still_s(self) -> float:
        """Return for how long nothing has moved."""
        return time.monotonic() - self.moved_at

    def line(self, *, seconds: float, n_tasks: int) -> str:
        """Return one line for the person who watches."""
        answers = self.counters.get("answers", 0)
        paid = self.counters.get("paid_micros", 0) / MICROS
        return (
            f"tasks done {self.counters.get('retired', 0):,}/{n_tasks:,} | answers {answers:,} "
            f"({answers / max(n_tasks, 1):.2f} per task) | paid {paid:,.2f} | {seconds:.0f} s"
        )


class Ticker:
    """Shows a line that moves in a terminal, and a line now and then in a log."""

    def __init__(self, line: Callable[[], str], say: Say) -> None:
        self._line = line
        self._say = say
        self._shown = ""
        self._in_place = sys.stdout.isatty()

    async def run(self) -> None:
        """Show until cancelled."""
        while True:
            await asyncio.sleep(SHOW_EVERY_S if self._in_place else LINE_EVERY_S)
            self._show()

    def finish(self) -> None:
        """Show how it ended."""
        self._show()
        if self._in_place:
            sys.stdout.write("\n")

    def _show(self) -> None:
        line = self._line()
        if self._in_place:
            sys.stdout.write(f"\r  {line.ljust(len(self._shown))}")
            sys.stdout.flush()
        elif line != self._shown:
            self._say(f"  {line}")
        self._shown = line
