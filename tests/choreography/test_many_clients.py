"""The invariants under many clients at once, on the real database."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Event as Flag
from uuid import UUID

import pytest
from django.db import connection

from labeling.errors import WrongState
from labeling.models import Answer, LabelingJob, Task
from labeling.services import claim_tasks, submit_answer
from marketplace.live.models import Delivery
from marketplace.live.services.closing import close_finished_jobs
from marketplace.live.services.deliver import deliver, take_due
from tests import invariants, make
from tests.choreography.crowd import RandomWorker, is_open, run_together, wide_pool

N_CLIENTS = 64
CLASSES = ("cat", "dog")


def _relay(done: Flag) -> None:
    """Deliver what is due until told to stop, and then what is left."""
    while True:
        last_round = done.is_set()
        due = take_due(limit=50, again_after=timedelta(seconds=5))
        for delivery in due:
            deliver(delivery.id)
        connection.close()
        if last_round and not due:
            return


@pytest.mark.django_db(transaction=True)
def test_64_clients_never_break_an_invariant() -> None:
    job = make.published_job(
        n_tasks=46, n_gold=6, min_overlap=2, max_overlap=4, lease_s=1, classes=CLASSES, target_confidence=0.95
    )
    workers = [make.worker() for _ in range(N_CLIENTS)]
    clients = [RandomWorker(job.pk, worker.pk, seed=number, classes=CLASSES) for number, worker in enumerate(workers)]
    n_working = N_CLIENTS
    done = Flag()

    def work(client: RandomWorker) -> None:
        nonlocal n_working
        try:
            client.work(n_steps=12)
        finally:
            n_working -= 1
            if n_working <= 0:
                done.set()

    with wide_pool(N_CLIENTS + 8):
        parts: list[Callable[[], None]] = [partial(work, client) for client in clients]
        run_together([*parts, partial(_relay, done), partial(_relay, done)])

        assert invariants.broken() == {}
        assert Task.objects.filter(job=job, n_counted__gt=0).exists()
        to_gold = Answer.objects.filter(job=job, uncounted_reason="gold")
        assert to_gold.exists()
        assert to_gold.filter(gold_score=None).count() == 0
        assert list(Delivery.objects.exclude(last_error="").values_list("consumer", "last_error")) == []


@pytest.mark.django_db(transaction=True)
def test_one_worker_on_many_connections_never_gets_a_task_twice() -> None:
    job = make.published_job(n_tasks=30, min_overlap=3, max_overlap=3)
    worker = make.worker()
    clients = [RandomWorker(job.pk, worker.pk, seed=seed, classes=CLASSES) for seed in range(20)]
    with wide_pool(28):
        run_together([partial(client.work, n_steps=20) for client in clients])

        assert invariants.broken() == {}


@pytest.mark.django_db(transaction=True)
def test_an_adaptive_job_ends_and_settles_without_broker() -> None:
    job = make.published_job(n_tasks=8, n_gold=2, min_overlap=2, max_overlap=5, classes=CLASSES)
    workers = [make.worker() for _ in range(8)]
    for number, worker in enumerate(workers * 10):
        if not is_open(job.pk):
            break
        RandomWorker(job.pk, worker.pk, seed=number, classes=CLASSES).work(n_steps=8)
        _drain()
    _expire_all(job)
    for worker in workers * 3:
        if not is_open(job.pk):
            break
        _answer_all(job, worker.pk)
        _drain()
    _drain()

    job.refresh_from_db()
    assert (job.state, job.close_reason) == ("completed", "completed")
    assert job.order.state == "settled"
    assert job.consensus_runs.count() == 1
    assert invariants.broken() == {}


def _drain() -> None:
    while True:
        due = take_due(limit=100, again_after=timedelta(seconds=5))
        for delivery in due:
            deliver(delivery.id)
        if not due and not close_finished_jobs():
            return


def _expire_all(job: LabelingJob) -> None:
    for assignment in job.assignments.filter(state="active"):
        make.let_expire(assignment)


def _answer_all(job: LabelingJob, worker_id: UUID) -> None:
    try:
        held = claim_tasks(job.pk, worker_id, limit=20)
    except WrongState:
        return
    for assignment in held:
        submit_answer(assignment.pk, annotations=[{"class": "cat"}], active_ms=None)
