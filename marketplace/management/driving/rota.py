"""Whose turn it is: workers who may find work, and workers who wait until there is some for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from enum import Enum, auto


class _Place(Enum):
    READY = auto()
    BUSY = auto()
    PARKED = auto()
    GONE = auto()


class Rota:
    """Turns of workers who each can do certain tasks.

    A worker who found nothing is parked, and is woken by a hint that a task it can do wants an answer. A hint that
    comes during a worker's turn is remembered until its end, for the turn may have looked before.
    """

    def __init__(self, tasks_of: Mapping[str, Iterable[str]]) -> None:
        self._open = {worker: set(tasks) for worker, tasks in tasks_of.items()}
        self._able: defaultdict[str, dict[str, None]] = defaultdict(dict)  # workers by task, in order of arrival
        for worker, tasks in self._open.items():
            for task in tasks:
                self._able[task][worker] = None
        self._place = dict.fromkeys(self._open, _Place.READY)
        self._retired: dict[str, dict[str, None]] = {}
        self._left: set[str] = set()
        self._hinted: set[str] = set()
        self._woken: list[str] = list(self._open)

    def woken(self) -> list[str]:
        """Return, once, the workers whose turn may come since this was last asked."""
        woken, self._woken = self._woken, []
        return woken

    @property
    def is_idle(self) -> bool:
        """Return whether nobody works or is about to."""
        return not any(place in {_Place.READY, _Place.BUSY} for place in self._place.values())

    def begin(self, worker: str) -> bool:
        """Start a turn; return False where there is nothing left that the worker could do."""
        if not self._open[worker]:
            self._place[worker] = _Place.GONE
            return False
        self._place[worker] = _Place.BUSY
        self._hinted.discard(worker)
        return True

    def end(self, worker: str, *, found_work: bool) -> None:
        """End a turn: whoever found work looks again, the others are parked unless a hint came meanwhile."""
        if not self._open[worker]:
            self._place[worker] = _Place.GONE
        elif found_work or worker in self._hinted:
            self._wake(worker)
        else:
            self._place[worker] = _Place.PARKED

    def leave(self, worker: str) -> None:
        """Take a worker out for good."""
        for task in self._open[worker]:
            self._able[task].pop(worker, None)
        self._open[worker] = set()
        self._place[worker] = _Place.GONE
        self._left.add(worker)

    def did(self, worker: str, task: str) -> None:
        """Note that the worker is done with the task."""
        self._open[worker].discard(task)
        self._able[task].pop(worker, None)

    def retired(self, task: str) -> None:
        """Note that the task wants nothing any more."""
        self._retired[task] = self._able.pop(task, {})
        for worker in self._retired[task]:
            self._open[worker].discard(task)

    def reopened(self, task: str) -> None:
        """Note that the task wants answers again, and wake somebody who can give one."""
        self._able[task] = {worker: None for worker in self._retired.pop(task, {}) if worker not in self._left}
        for worker in self._able[task]:
            self._open[worker].add(task)
            if self._place[worker] is _Place.GONE:
                self._place[worker] = _Place.PARKED
        self.hint(task)

    def hint(self, task: str, *, n_wanted: int = 1) -> None:
        """Wake as many who can do the task as are wanted; where too few wait, those at work look again after it."""
        able = self._able.get(task, {})
        for worker in [worker for worker in able if self._place[worker] is _Place.PARKED][:n_wanted]:
            self._wake(worker)
            n_wanted -= 1
        for worker in [worker for worker in able if self._place[worker] is _Place.BUSY][:n_wanted]:
            self._hinted.add(worker)

    def hint_all(self) -> None:
        """Wake everybody: something became free, and nobody said which."""
        for worker, place in self._place.items():
            if place is _Place.BUSY:
                self._hinted.add(worker)
            elif place is _Place.PARKED and self._open[worker]:
                self._wake(worker)

    def _wake(self, worker: str) -> None:
        self._place[worker] = _Place.READY
        self._woken.append(worker)
