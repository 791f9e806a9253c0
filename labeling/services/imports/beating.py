"""Keeping the lease of long work while a file is read."""

import time
from typing import IO

from marketplace.operations.adapters import database_now
from marketplace.operations.models import Operation
from marketplace.operations.services import record_progress

HEARTBEAT_S = 5.0


class Beats:
    """Renews the lease now and then, and tells how much of the file has been read."""

    def __init__(self, operation: Operation, *, n_bytes: int) -> None:
        self._operation = operation
        self._n_bytes = max(1, n_bytes)
        self._n_read = 0
        self._last = time.monotonic()

    @property
    def percent(self) -> int:
        """Return the share of the file that has been read; archives are read in part twice."""
        return min(99, 100 * self._n_read // self._n_bytes)

    def beat(self, *, n_read: int = 0) -> None:
        """Renew the lease if it is time.

        Raises
        ------
        LeaseLost
            Another runner took over, or the operation was cancelled.
        """
        self._n_read += n_read
        if time.monotonic() - self._last >= HEARTBEAT_S:
            self._last = time.monotonic()
            record_progress(self._operation, percent=self.percent, now=database_now())


class BeatingFile:
    """A file that renews the lease as it is read: taking a document apart may take longer than the lease."""

    def __init__(self, file: IO[bytes], beats: Beats) -> None:
        self._file = file
        self._beats = beats
        self.seek, self.tell, self.seekable, self.close = file.seek, file.tell, file.seekable, file.close

    def read(self, n_bytes: int = -1) -> bytes:
        """Return the next bytes."""
        content = self._file.read(n_bytes)
        self._beats.beat(n_read=len(content))
        return content
