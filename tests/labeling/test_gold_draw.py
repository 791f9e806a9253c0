"""Gold in the queue: drawn, hidden, never counted, paid from a reserve of its own."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from labeling.errors import InvalidInput, WorkerPaused
from labeling.models import (
    Assignment,
    AssignmentState,
    CloseReason,
    JobWorker,
    LabelingJob,
    RetiredReason,
    Task,
    TaskState,
)
from labeling.services import (
    SubmissionOutcome,
    claim_tasks,
    close_job,
    exhausted_tasks,
    give_back,
    pause_worker,
    push_offers,
    release_reserves,
    reserve_gold,
    set_gold_rate,
    submit_answer,
)
from marketplace.accounts.models import User
from tests import make

pytestmark = pytest.mark.django_db

ALWAYS, NEVER = 1_000_000, 0
CAT = [{"class": "cat"}]


def job_with_gold(
    *, n_tasks: int = 4, n_gold: int = 1, answers: int = 100, exposures: int = 50, **spec: Any
) -> LabelingJob:
    """Return an open job whose last tasks are gold, with a reserve for so many answers to it."""
    job = make.published_job(n_tasks=n_tasks, **spec)
    known = list(job.tasks.order_by("-ordinal").values_list("asset_id", flat=True)[:n_gold])
    reserve_gold(job.pk, dict.fromkeys(known, CAT), max_exposures=exposures)
    LabelingJob.objects.filter(pk=job.pk).update(gold_reserve_micros=answers * job.pay_micros)
    job.refresh_from_db()
    return job


def worker_at(job: LabelingJob, *, ppm: int) -> User:
    """Return a worker known in the job, who gets gold that often."""
    worker = make.worker()
    JobWorker.objects.create(job=job, worker=worker, pseudonym=f"w-{worker.pk.hex[-8:]}")
    set_gold_rate(job.pk, worker.pk, ppm=ppm)
    return worker


def reserve_of(job: LabelingJob) -> int:
    """Return how many answers the gold reserve still covers."""
    job.refresh_from_db()
    return job.gold_reserve_micros // job.pay_micros


def test_gold_is_mixed_among_other_tasks_at_the_workers_rate() -> None:
    job = job_with_gold(n_tasks=6, n_gold=2)
    surely, never = worker_at(job, ppm=ALWAYS), worker_at(job, ppm=NEVER)
    held = claim_tasks(job.pk, surely.pk, limit=4)
    assert sorted(lease.task.is_gold for lease in held) == [False, False, True, True]
    assert reserve_of(job) == 98
    assert [lease.task.is_gold for lease in claim_tasks(job.pk, never.pk, limit=9)] == [False] * 2


def test_a_claim_within_its_limit_has_no_more_tasks_for_the_gold_in_it() -> None:
    job = job_with_gold(n_tasks=6, n_gold=1)
    assert len(claim_tasks(job.pk, worker_at(job, ppm=ALWAYS).pk, limit=3)) == 3


def test_a_claim_for_one_task_may_be_gold_and_is_never_empty_for_it() -> None:
    job = job_with_gold(n_tasks=6, n_gold=2)
    worker = worker_at(job, ppm=ALWAYS)
    handed_out = [claim_tasks(job.pk, worker.pk, limit=1)[0].task.is_gold for _ in range(6)]
    assert handed_out == [True] * 2 + [False] * 4


def test_gold_takes_no_place_in_a_job_whose_budget_is_spent() -> None:
    job = job_with_gold(n_tasks=6)
    LabelingJob.objects.filter(pk=job.pk).update(committed_micros=F("answer_budget_micros"))
    assert claim_tasks(job.pk, worker_at(job, ppm=ALWAYS).pk, limit=1) == []
    assert reserve_of(job) == 100


def test_gold_is_shown_once_to_a_worker() -> None:
    job = job_with_gold(n_tasks=6)
    worker = worker_at(job, ppm=ALWAYS)
    held = claim_tasks(job.pk, worker.pk, limit=3) + claim_tasks(job.pk, worker.pk, limit=3)
    assert sum(lease.task.is_gold for lease in held) == 1


def test_gold_alone_is_not_handed_out() -> None:
    job = job_with_gold(n_tasks=1, n_gold=1)
    assert claim_tasks(job.pk, worker_at(job, ppm=ALWAYS).pk, limit=5) == []


def test_gold_shown_often_enough_is_drawn_no_more() -> None:
    job = job_with_gold(n_tasks=4, exposures=1)
    for expected in (1, 0):
        held = claim_tasks(job.pk, worker_at(job, ppm=ALWAYS).pk, limit=2)
        assert sum(lease.task.is_gold for lease in held) == expected


def test_a_used_up_reserve_ends_the_draw_but_not_the_work() -> None:
    job = job_with_gold(n_tasks=4, answers=1)
    assert sum(lease.task.is_gold for lease in claim_tasks(job.pk, worker_at(job, ppm=ALWAYS).pk, limit=2)) == 1
    held = claim_tasks(job.pk, worker_at(job, ppm=ALWAYS).pk, limit=2)
    assert [lease.task.is_gold for lease in held] == [False, False]
    assert reserve_of(job) == 0


def test_in_a_job_by_offer_gold_is_drawn_for_those_it_is_offered_to() -> None:
    job = job_with_gold(n_tasks=3, workforce="private", by_offer_only=True)
    offered, other = worker_at(job, ppm=ALWAYS), worker_at(job, ppm=ALWAYS)
    plain = job.tasks.filter(is_gold=False).order_by("ordinal")[0]
    gold = job.tasks.get(is_gold=True)
    push_offers([(plain.pk, offered.pk, 0), (gold.pk, offered.pk, 0), (plain.pk, other.pk, 0)])
    assert {lease.task_id for lease in claim_tasks(job.pk, offered.pk, limit=5)} == {plain.pk, gold.pk}
    assert claim_tasks(job.pk, other.pk, limit=5) == []  # its one place is taken, and gold alone is not given


def gold_lease(job: LabelingJob) -> Assignment:
    """Return a lease on gold."""
    held = claim_tasks(job.pk, worker_at(job, ppm=ALWAYS).pk, limit=2)
    return next(lease for lease in held if lease.task.is_gold)


def test_an_answer_to_gold_is_kept_uncounted_and_its_place_stays_taken() -> None:
    job = job_with_gold()
    lease = gold_lease(job)
    done = submit_answer(lease.pk, annotations=CAT, active_ms=None)
    assert done.answer is not None
    assert (done.outcome, done.answer.counted, done.answer.uncounted_reason) == (SubmissionOutcome.GOLD, False, "gold")
    gold = Task.objects.get(pk=lease.task_id)
    assert (gold.n_taken, gold.n_counted, gold.state) == (1, 0, TaskState.OPEN)
    assert reserve_of(job) == 99


@pytest.mark.parametrize("state", [AssignmentState.SKIPPED, AssignmentState.RETURNED])
def test_gold_given_back_returns_its_pay_to_the_reserve(state: AssignmentState) -> None:
    job = job_with_gold()
    committed = LabelingJob.objects.get(pk=job.pk).committed_micros
    lease = gold_lease(job)
    give_back(lease.pk, state=state)
    assert reserve_of(job) == 100
    assert job.committed_micros == committed + job.pay_micros  # of the other lease


def test_a_lease_on_gold_that_runs_out_returns_its_pay_to_the_reserve() -> None:
    job = job_with_gold()
    make.let_expire(gold_lease(job))
    claim_tasks(job.pk, worker_at(job, ppm=NEVER).pk, limit=1)
    assert reserve_of(job) == 100
    assert job.tasks.get(is_gold=True).n_taken == 0


def test_a_late_answer_to_gold_is_taken_where_the_reserve_still_covers_it() -> None:
    job = job_with_gold()
    lease = make.let_expire(gold_lease(job))
    claim_tasks(job.pk, worker_at(job, ppm=NEVER).pk, limit=1)
    assert submit_answer(lease.pk, annotations=CAT, active_ms=None).outcome is SubmissionOutcome.GOLD
    assert (reserve_of(job), job.tasks.get(is_gold=True).n_taken) == (99, 1)


def test_gold_handed_in_after_the_job_ended_is_late_as_any_other_work() -> None:
    job = job_with_gold()
    held = claim_tasks(job.pk, worker_at(job, ppm=ALWAYS).pk, limit=2)
    assert {lease.task.is_gold for lease in held} == {True, False}
    close_job(job.pk, reason=CloseReason.MANUAL)
    LabelingJob.objects.filter(pk=job.pk).update(late_reserve_micros=2 * job.pay_micros)
    late = [submit_answer(lease.pk, annotations=CAT, active_ms=None).outcome for lease in held]
    assert late == [SubmissionOutcome.LATE, SubmissionOutcome.LATE]
    assert (reserve_of(job), job.tasks.get(is_gold=True).n_taken) == (100, 0)


def test_gold_handed_in_after_the_books_were_closed_is_kept_as_a_draft() -> None:
    job = job_with_gold()
    lease = gold_lease(job)
    close_job(job.pk, reason=CloseReason.MANUAL)
    release_reserves(job.pk)
    assert submit_answer(lease.pk, annotations=CAT, active_ms=None).outcome is SubmissionOutcome.DRAFT


def test_a_job_does_not_wait_for_gold_and_ends_it_as_known() -> None:
    job = job_with_gold()
    gold = job.tasks.get(is_gold=True)
    assert gold not in Task.objects.unfinished()
    assert gold not in exhausted_tasks(job)
    close_job(job.pk, reason=CloseReason.COMPLETED)
    reasons = dict(job.tasks.values_list("is_gold", "retired_reason").distinct())
    assert reasons == {True: RetiredReason.HUMAN, False: RetiredReason.CANCELLED}


def test_a_task_that_was_seen_cannot_become_gold() -> None:
    job = make.published_job(n_tasks=2)
    seen = make.lease(job).task
    with pytest.raises(InvalidInput):
        reserve_gold(job.pk, {seen.asset_id: CAT}, max_exposures=3)


def test_a_task_of_another_job_cannot_become_gold() -> None:
    with pytest.raises(InvalidInput):
        reserve_gold(make.published_job().pk, {make.task().asset_id: CAT}, max_exposures=3)


def test_a_paused_worker_gets_no_task_until_the_time_is_over() -> None:
    job = make.published_job(n_tasks=3)
    worker = worker_at(job, ppm=NEVER)
    until = timezone.now() + timedelta(hours=1)
    pause_worker(job, worker.pk, until=until)
    with pytest.raises(WorkerPaused) as refused, transaction.atomic():
        claim_tasks(job.pk, worker.pk, limit=1)
    assert refused.value.data["paused_until"] == until
    pause_worker(job, worker.pk, until=timezone.now() - timedelta(seconds=1))
    assert claim_tasks(job.pk, worker.pk, limit=1)
