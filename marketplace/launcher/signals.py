"""Let one loop wait for signals, ended children and time at once."""

from __future__ import annotations

import select
import signal
import socket
from types import FrameType, TracebackType
from typing import Self

from marketplace.launcher.errors import Stopped

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _ignore(signum: int, frame: FrameType | None) -> None:
    """Do nothing: the number has already gone through the wake-up socket."""


class Signals:
    """Catch the signals that matter while the block runs.

    Handlers never raise, so a stop request cannot tear a clean-up apart; it is seen where the code waits.
    """

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        self._previous: dict[int, object] = {}

    def __enter__(self) -> Self:
        self._old_wakeup = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for signum in (*STOP_SIGNALS, signal.SIGCHLD):
            self._previous[signum] = signal.signal(signum, _ignore)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for signum, handler in self._previous.items():
            signal.signal(signum, handler)  # type: ignore[arg-type]
        signal.set_wakeup_fd(self._old_wakeup)
        self._reader.close()
        self._writer.close()

    def wait(self, timeout_s: float) -> int | None:
        """Sleep until a signal, an ended child or the timeout; return the stop signal if that was it."""
        select.select([self._reader], [], [], max(timeout_s, 0))
        try:
            numbers = self._reader.recv(256)
        except BlockingIOError:
            return None
        return next((number for number in numbers if number in STOP_SIGNALS), None)

    def sleep(self, timeout_s: float) -> None:
        """Wait as `wait` does, but raise `Stopped` on a stop signal."""
        signum = self.wait(timeout_s)
        if signum is not None:
            raise Stopped(signum)
