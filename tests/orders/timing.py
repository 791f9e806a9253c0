"""Answers whose time is known: leased and submitted by a clock that the test turns."""

from collections.abc import Sequence
from datetime import timedelta

from labeling.models import Answer, Assignment, LabelingJob
from labeling.services import claim_tasks
from marketplace.accounts.models import User
from marketplace.operations.adapters import database_now
from marketplace.orders.services import accept_answer
from tests import make


def answers_of(
    job: LabelingJob,
    seconds: Sequence[float],
    *,
    by: User | None = None,
    said: Sequence[float | None] | None = None,
    accepted: bool = True,
) -> User:
    """Let a worker answer one task after the other, each for so many seconds; `said` is what the client measured."""
    worker = by or make.worker()
    clock = database_now() - timedelta(days=1)
    told = list(seconds) if said is None else list(said)
    leases = claim_tasks(job.pk, worker.pk, limit=len(told))
    for held, each, measured in zip(leases, seconds, told, strict=True):
        given = make.answer(held)
        started, clock = clock, clock + timedelta(seconds=each)
        Assignment.objects.filter(pk=held.pk).update(
            leased_at=started, submitted_at=clock, active_ms=None if measured is None else int(measured * 1000)
        )
        if accepted:
            accept_answer(given.pk)
    return worker


def crowd_of(job: LabelingJob, seconds: Sequence[float], *, n_answers: int = 3) -> list[User]:
    """Return workers who each answered so often at one pace, and were paid."""
    return [answers_of(job, [each] * n_answers) for each in seconds]


def n_answers(job: LabelingJob) -> int:
    """Return how many answers a job has."""
    return Answer.objects.filter(job=job).count()
