"""Claiming: the best tasks first, never twice, within overlap, leases and budget."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labeling.errors import WrongState
from labeling.models import Assignment, AssignmentState, LabelingJob, Task, TaskOffer
from labeling.services import (
    add_guideline,
    add_ontology,
    claim_tasks,
    close_job,
    expire_leases,
    give_back,
    pause_job,
    push_offers,
    resume_job,
)
from labeling.services.claim import MAX_BATCH, MAX_LIVE_LEASES
from marketplace.accounts.models import User
from marketplace.live.models import Event
from tests import invariants, make
from tests.choreography.crowd import run_together

pytestmark = pytest.mark.django_db


def _claimed(job: LabelingJob, worker: User | None = None, *, limit: int = 20) -> list[int]:
    """Return the ordinals of the tasks that a worker gets, in the order in which they come."""
    return [held.task.ordinal for held in claim_tasks(job.pk, (worker or make.worker()).pk, limit=limit)]


def _end(held: Assignment, how: str) -> None:
    if how == "submitted":
        make.answer(held)
    elif how in {"skipped", "returned"}:
        give_back(held.pk, state=AssignmentState(how))
    elif how == "expired":
        expire_leases(make.let_expire(held).job_id)


def test_the_highest_priority_comes_first_then_the_order_of_the_dataset() -> None:
    job = make.published_job(n_tasks=4)
    Task.objects.filter(job=job, ordinal=3).update(priority=5)
    Task.objects.filter(job=job, ordinal=1).update(priority=-1)
    assert _claimed(job) == [3, 2, 4, 1]


@pytest.mark.parametrize("how", ["held", "submitted", "skipped"])
def test_a_worker_does_not_get_a_task_again(how: str) -> None:
    job = make.published_job(n_tasks=2, min_overlap=3)
    worker = make.worker()
    _end(make.lease(job, by=worker), how)
    assert _claimed(job, worker) == [2]
    assert _claimed(job, worker) == []


@pytest.mark.parametrize("how", ["returned", "expired"])
def test_a_worker_who_did_not_try_gets_the_task_again(how: str) -> None:
    job = make.published_job(n_tasks=1, min_overlap=3)
    worker = make.worker()
    _end(make.lease(job, by=worker), how)
    assert _claimed(job, worker) == [1]


def test_the_database_refuses_a_second_try_of_a_worker_at_a_task() -> None:
    held = make.lease(make.published_job(n_tasks=1, min_overlap=2))
    twin = Assignment.objects.get(pk=held.pk)
    twin.pk = make.user().pk  # any other id
    with pytest.raises(IntegrityError, match="task_worker_once"), transaction.atomic():
        twin.save(force_insert=True)


def test_no_more_leases_are_given_than_answers_are_wanted() -> None:
    job = make.published_job(n_tasks=1, min_overlap=2, max_overlap=5)
    assert [_claimed(job) for _ in range(3)] == [[1], [1], []]


def test_the_database_refuses_more_places_than_the_largest_overlap() -> None:
    task = make.task(overlap=2, max_overlap=3)
    with pytest.raises(IntegrityError, match="task_taken_within_max_overlap"), transaction.atomic():
        Task.objects.filter(pk=task.pk).update(n_taken=4)
    with pytest.raises(IntegrityError, match="task_wanted_within_max_overlap"), transaction.atomic():
        Task.objects.filter(pk=task.pk).update(wanted_overlap=4)
    with pytest.raises(IntegrityError, match="task_counted_within_taken"), transaction.atomic():
        Task.objects.filter(pk=task.pk).update(n_counted=1)


def test_a_retired_task_is_not_given_out() -> None:
    job = make.published_job(n_tasks=2)
    Task.objects.filter(job=job, ordinal=1).update(state="retired", retired_reason="human")
    assert _claimed(job) == [2]


# --- offers ---------------------------------------------------------------------------------------------------------
def test_by_offer_only_a_worker_gets_what_was_offered_in_the_order_of_rank() -> None:
    job = make.published_job(n_tasks=4, by_offer_only=True)
    tasks = {task.ordinal: task for task in job.tasks.all()}
    worker, other = make.worker(), make.worker()
    push_offers([(tasks[1].pk, worker.pk, 9), (tasks[2].pk, worker.pk, 1), (tasks[3].pk, worker.pk, 5)])
    push_offers([(tasks[4].pk, other.pk, 0)])
    assert _claimed(job) == []
    assert _claimed(job, worker) == [2, 3, 1]


def test_priority_goes_before_rank() -> None:
    job = make.published_job(n_tasks=2, by_offer_only=True)
    worker = make.worker()
    push_offers([(task.pk, worker.pk, task.ordinal) for task in job.tasks.all()])
    job.tasks.filter(ordinal=2).update(priority=1)
    assert _claimed(job, worker) == [2, 1]


def test_an_offer_that_is_over_gives_nothing() -> None:
    job = make.published_job(n_tasks=2, by_offer_only=True)
    worker = make.worker()
    push_offers([(task.pk, worker.pk, 0) for task in job.tasks.all()])
    TaskOffer.objects.filter(task__ordinal=1).update(until=timezone.now() - timedelta(seconds=1))
    TaskOffer.objects.filter(task__ordinal=2).update(until=timezone.now() + timedelta(hours=1))
    assert _claimed(job, worker) == [2]


# --- budget ---------------------------------------------------------------------------------------------------------
def test_a_batch_is_cut_to_what_the_budget_covers() -> None:
    job = make.published_job(n_tasks=5)
    LabelingJob.objects.filter(pk=job.pk).update(answer_budget_micros=3 * job.pay_micros - 1)
    assert _claimed(job) == [1, 2]
    assert _claimed(job) == []
    job.refresh_from_db()
    assert job.committed_micros == 2 * job.pay_micros
    assert set(job.tasks.filter(n_taken=1).values_list("ordinal", flat=True)) == {1, 2}


def test_a_lease_given_back_frees_its_part_of_the_budget() -> None:
    job = make.published_job(n_tasks=2)
    LabelingJob.objects.filter(pk=job.pk).update(answer_budget_micros=job.pay_micros)
    held = make.lease(job)
    assert _claimed(job) == []
    give_back(held.pk, state=AssignmentState.RETURNED)
    assert _claimed(job) == [1]


def test_the_database_refuses_to_commit_more_than_the_budget() -> None:
    job = make.published_job()
    with pytest.raises(IntegrityError, match="job_commits_within_budget"), transaction.atomic():
        LabelingJob.objects.filter(pk=job.pk).update(committed_micros=job.answer_budget_micros + 1)


# --- leases ---------------------------------------------------------------------------------------------------------
def test_a_claim_takes_over_from_leases_that_ran_out() -> None:
    job = make.published_job(n_tasks=2)
    first, second = make.lease(job), make.lease(job)
    make.let_expire(first)
    assert _claimed(job) == [1]
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.state, second.state) == (AssignmentState.EXPIRED, AssignmentState.ACTIVE)
    connection.check_constraints()
    assert invariants.broken() == {}


def test_a_worker_gets_and_holds_only_so_many_at_once() -> None:
    job = make.published_job(n_tasks=MAX_LIVE_LEASES + 5)
    worker = make.worker()
    sizes = [len(_claimed(job, worker, limit=100)) for _ in range(3)]
    assert sizes == [MAX_BATCH, MAX_LIVE_LEASES - MAX_BATCH, 0]
    make.answer(Assignment.objects.filter(worker=worker)[0])
    assert len(_claimed(job, worker, limit=100)) == 1


def test_a_lease_pins_pay_ontology_and_guidelines() -> None:
    job = make.published_job(lease_s=120)
    pinned = (job.ontology_id, job.guideline_id, job.pay_micros, "USD")
    add_ontology(job.project_id, classes=[{"name": "bird", "description": ""}])
    add_guideline(job.project_id, text="Look once.")
    held = make.lease(job)
    assert (held.ontology_id, held.guideline_id, held.pay_micros, held.currency) == pinned
    assert held.expires_at - held.leased_at == timedelta(seconds=120)


# --- jobs that hand out nothing -------------------------------------------------------------------------------------
def test_a_paused_job_hands_out_nothing_until_it_goes_on() -> None:
    job = make.published_job()
    pause_job(job.pk)
    with pytest.raises(WrongState) as refused, transaction.atomic():
        _claimed(job)
    assert refused.value.data == {"state": "paused", "allowed_states": ["open", "pilot"]}
    resume_job(job.pk)
    assert _claimed(job) == [1, 2, 3]


def test_a_drafted_and_a_closed_job_hand_out_nothing() -> None:
    drafted, closed = make.job(), make.published_job()
    close_job(closed.pk, reason="manual")  # type: ignore[arg-type] # a text, as the enum is
    for job in (drafted, closed):
        with pytest.raises(WrongState), transaction.atomic():
            _claimed(job)


def test_a_claim_is_one_event_and_as_many_queries_for_many_leases_as_for_one() -> None:
    job = make.published_job(n_tasks=12)
    ann, ben = make.worker(), make.worker()
    with CaptureQueriesContext(connection) as few:
        assert len(_claim(job, ann, limit=1)) == 1
    with CaptureQueriesContext(connection) as many:
        assert len(_claim(job, ben, limit=11)) == 11
    assert len(many) == len(few)
    leased = Event.objects.filter(type="tasks_leased").order_by("id")
    assert [event.data for event in leased] == [{"count": 1}, {"count": 11}]


def _claim(job: LabelingJob, worker: User, *, limit: int) -> list[Assignment]:
    return claim_tasks(job.pk, worker.pk, limit=limit)


@pytest.mark.django_db(transaction=True)
def test_only_one_of_many_gets_the_last_place() -> None:
    job = make.published_job(n_tasks=1)
    got: list[Assignment] = []

    def try_once(worker: User) -> None:
        got.extend(_claim(job, worker, limit=5))

    parts: list[Callable[[], None]] = [partial(try_once, make.worker()) for _ in range(8)]
    run_together(parts)
    assert len(got) == 1
    assert invariants.broken() == {}
