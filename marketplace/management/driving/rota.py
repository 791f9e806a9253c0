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

    It keeps count of how many answers each task wants and how many are under way, so that nobody asks in vain: a worker
    for whom there is nothing is parked, and is woken when a task it can do has a free place. The count is a hint, put
    right by `settle`; the service alone knows.
    """

    def __init__(self, tasks_of: Mapping[str, Iterable[str]], *, wanted: Mapping[str, int]) -> None:
        self._open = {worker: set(tasks) for worker, tasks in tasks_of.items()}
        self._able: defaultdict[str, dict[str, None]] = defaultdict(dict)  # workers by task, in order of arrival
        for worker, tasks in self._open.items():
            for task in tasks:
                self._able[task][worker] = None
        self._wanted = dict(wanted)
        self._taken: defaultdict[str, int] = defaultdict(int)
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

    def begin(self, worker: str) -> int:
        """Start a turn and return how many tasks the worker may find; at 0 there is none, and the worker waits."""
        n_free = sum(self._n_free(task) > 0 for task in self._open[worker])
        if n_free:
            self._place[worker] = _Place.BUSY
            self._hinted.discard(worker)
        else:
            self._place[worker] = _Place.PARKED if self._open[worker] else _Place.GONE
        return n_free

    def end(self, worker: str, *, found_work: bool) -> None:
        """End a turn: whoever found work looks again, the others are parked unless a place came free meanwhile.

        Who found none is asked last from then on, so that no task waits for one to whom the service does not give it.
        """
        if not found_work:
            for task in self._open[worker]:
                self._able[task].pop(worker, None)
                self._able[task][worker] = None
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

    def took(self, task: str) -> None:
        """Note that a worker took a place on the task."""
        self._taken[task] += 1

    def gave_back(self, task: str) -> None:
        """Note that a place on the task is free again."""
        self._taken[task] = max(0, self._taken[task] - 1)
        self._hint(task)

    def did(self, worker: str, task: str) -> None:
        """Note that the worker is done with the task."""
        self._open[worker].discard(task)
        self._able[task].pop(worker, None)
        # Who was at a task when it was retired is not to be asked for it again should it be reopened.
        self._retired.get(task, {}).pop(worker, None)

    def wants(self, task: str, n_wanted: int) -> None:
        """Note how many answers the task wants in all."""
        self._wanted[task] = n_wanted
        self._hint(task)

    def retired(self, task: str) -> None:
        """Note that the task wants nothing any more."""
        self._wanted[task] = 0
        self._retired[task] = self._able.pop(task, {})
        for worker in self._retired[task]:
            self._open[worker].discard(task)

    def reopened(self, task: str, n_wanted: int) -> None:
        """Note that the task wants answers again, so many in all, and wake whoever can give one."""
        self._able[task] = {worker: None for worker in self._retired.pop(task, {}) if worker not in self._left}
        for worker in self._able[task]:
            self._open[worker].add(task)
            if self._place[worker] is _Place.GONE:
                self._place[worker] = _Place.PARKED
        self.wants(task, n_wanted)

    def settle(self, places: Mapping[str, tuple[int, int]]) -> None:
        """Take over how many answers each open task wants and how many places are taken, as the service says."""
        for task, (n_wanted, n_taken) in places.items():
            self._taken[task] = n_taken
            self.wants(task, n_wanted)

    def _n_free(self, task: str) -> int:
        return self._wanted.get(task, 0) - self._taken[task]

    def _hint(self, task: str) -> None:
        """Wake as many who can do the task as it has places; those at work look again after it."""
        n_free = self._n_free(task)
        if n_free <= 0:
            return
        able = self._able.get(task, {})
        for worker in [worker for worker in able if self._place[worker] is _Place.PARKED][:n_free]:
            self._wake(worker)
        self._hinted.update(worker for worker in able if self._place[worker] is _Place.BUSY)

    def _wake(self, worker: str) -> None:
        self._place[worker] = _Place.READY
        self._woken.append(worker)
