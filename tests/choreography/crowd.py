"""Many clients at once against the real database: they claim, submit, retry and vanish."""

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID

from django.db import connection, connections
from django.db.backends.postgresql.base import DatabaseWrapper

from labeling.errors import AlreadySubmitted, AssignmentClosed, LeaseExpired, WrongState
from labeling.models import Assignment, AssignmentState, JobState, LabelingJob
from labeling.services import claim_tasks, extend_lease, give_back, submit_answer

PATIENCE_S = 200


@contextmanager
def wide_pool(size: int) -> Iterator[None]:
    """Let so many threads hold a connection at once.

    They share one interpreter, so on a busy machine a thread may wait many seconds for its turn while it holds locks:
    others must not give up on it. A deadlock is still found at once.
    """
    options = connections.settings["default"]["OPTIONS"]
    before = dict(options)
    _close_pool()
    options["pool"] = {**before["pool"], "max_size": size, "timeout": PATIENCE_S}
    limits = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
    options["options"] = " ".join(f"-c {name}={PATIENCE_S}s" for name in limits)
    try:
        yield
    finally:
        _close_pool()
        options.update(before)


def _close_pool() -> None:
    connection.close()
    wrapper = connections["default"]
    assert isinstance(wrapper, DatabaseWrapper)
    wrapper.close_pool()


def run_together(parts: list[Callable[[], None]]) -> None:
    """Run each in a thread of its own, all at once, and raise the first error."""
    start = threading.Barrier(len(parts))

    def run(part: Callable[[], None]) -> None:
        start.wait()
        try:
            part()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(parts)) as pool:
        for future in [pool.submit(run, part) for part in parts]:
            future.result()


class RandomWorker:
    """One client with one account, whose every step is drawn by chance."""

    def __init__(self, job_id: UUID, worker_id: UUID, *, seed: int, classes: tuple[str, ...]) -> None:
        self._job_id = job_id
        self._worker_id = worker_id
        self._rng = random.Random(seed)
        self._classes = classes
        self._held: list[Assignment] = []

    def work(self, *, n_steps: int) -> None:
        """Take so many steps, or fewer when the job ends."""
        for _ in range(n_steps):
            try:
                self._step()
            except WrongState:
                return
            finally:
                connection.close()

    def _step(self) -> None:
        if not self._held or self._rng.random() < 0.2:
            self._held += claim_tasks(self._job_id, self._worker_id, limit=self._rng.randint(1, 4))
            return
        assignment = self._held.pop(self._rng.randrange(len(self._held)))
        draw = self._rng.random()
        try:
            if draw < 0.1:
                return  # vanish with the lease
            if draw < 0.2:
                give_back(assignment.pk, state=self._rng.choice([AssignmentState.SKIPPED, AssignmentState.RETURNED]))
            elif draw < 0.25:
                extend_lease(assignment.pk)
                self._held.append(assignment)
            else:
                self._submit(assignment, retries=self._rng.choice([0, 0, 1, 2]))
        except (AssignmentClosed, LeaseExpired, AlreadySubmitted):
            return

    def _submit(self, assignment: Assignment, *, retries: int) -> None:
        annotations = [{"class": self._rng.choice(self._classes)}]
        submit_answer(assignment.pk, annotations=annotations, active_ms=self._rng.randint(100, 9000))
        for _ in range(retries):  # the answer got lost on its way back: the client sends again
            submit_answer(assignment.pk, annotations=annotations, active_ms=None)


def is_open(job_id: UUID) -> bool:
    """Return whether the job still runs."""
    return LabelingJob.objects.filter(pk=job_id, state=JobState.OPEN).exists()
