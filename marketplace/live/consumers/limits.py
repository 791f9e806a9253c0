"""How much one client may ask of a socket, and one user of a process."""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

SOCKETS_OF_A_USER = 5
MESSAGES_A_SECOND = 20


class Seats:
    """Counts the open sockets of each user."""

    def __init__(self) -> None:
        self._taken: Counter[UUID] = Counter()

    @contextmanager
    def taken_by(self, user_id: UUID) -> Iterator[bool]:
        """Hold a seat, and tell whether there was one."""
        self._taken[user_id] += 1
        try:
            yield self._taken[user_id] <= SOCKETS_OF_A_USER
        finally:
            self._taken[user_id] -= 1
            if not self._taken[user_id]:
                del self._taken[user_id]


class MessageRate:
    """Tells when more messages came within a second than one may send."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._times: deque[float] = deque(maxlen=MESSAGES_A_SECOND)

    def is_exceeded(self) -> bool:
        """Count a message and return whether it is one too many."""
        now = self._clock()
        exceeded = len(self._times) == MESSAGES_A_SECOND and now - self._times[0] < 1.0
        self._times.append(now)
        return exceeded
