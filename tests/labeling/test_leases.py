"""Leases: renewed, given back, run out."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from labeling.errors import AssignmentClosed, LeaseExpired
from labeling.models import Assignment, AssignmentState, CloseReason, LabelingJob
from labeling.services import close_job, expire_leases, extend_lease, give_back, jobs_with_lapsed_leases
from marketplace.live.models import Event
from marketplace.operations.adapters import database_now
from tests import invariants, make

pytestmark = pytest.mark.django_db


def _state(held: Assignment) -> str:
    return Assignment.objects.values_list("state", flat=True).get(pk=held.pk)


def test_a_heartbeat_renews_the_lease_for_as_long_again() -> None:
    held = make.lease(make.published_job(lease_s=60))
    Assignment.objects.filter(pk=held.pk).update(expires_at=database_now() + timedelta(seconds=1))
    until = extend_lease(held.pk)
    assert timedelta(seconds=59) < until - database_now() <= timedelta(seconds=60)
    held.refresh_from_db()
    assert held.expires_at == until


def test_a_lease_that_ran_out_is_not_renewed_reclaimed_or_not() -> None:
    held = make.let_expire(make.lease())
    with pytest.raises(LeaseExpired), transaction.atomic():
        extend_lease(held.pk)
    expire_leases(held.job_id)
    with pytest.raises(LeaseExpired), transaction.atomic():
        extend_lease(held.pk)


def test_a_submitted_assignment_has_no_lease_to_renew() -> None:
    held = make.lease()
    make.answer(held)
    with pytest.raises(AssignmentClosed) as refused, transaction.atomic():
        extend_lease(held.pk)
    assert refused.value.data == {"state": "submitted", "allowed_states": ["active"]}


@pytest.mark.parametrize("state", [AssignmentState.SKIPPED, AssignmentState.RETURNED])
def test_giving_back_frees_place_and_pay_and_says_so_once(state: AssignmentState) -> None:
    held = make.lease()
    for _ in range(2):  # the second time is a retry, and changes nothing
        give_back(held.pk, state=state)
    held.refresh_from_db()
    job = LabelingJob.objects.get(pk=held.job_id)
    assert (held.state, held.task.n_taken, job.committed_micros) == (state, 0, 0)
    event = Event.objects.get(type="lease_given_back")
    assert event.deltas == {"leased": -1, state.value: 1}


def test_what_was_submitted_or_expired_is_not_given_back() -> None:
    submitted, expired = make.lease(), make.lease()
    make.answer(submitted)
    expire_leases(make.let_expire(expired).job_id)
    for held in (submitted, expired):
        with pytest.raises(AssignmentClosed), transaction.atomic():
            give_back(held.pk, state=AssignmentState.RETURNED)
    assert (_state(submitted), _state(expired)) == ("submitted", "expired")


def test_all_leases_of_a_task_that_ran_out_give_their_places_back() -> None:
    job = make.published_job(n_tasks=2, min_overlap=3)
    running, *over = [make.lease(job) for _ in range(3)]
    other = make.lease(job)
    for held in (*over, other):
        make.let_expire(held)
    assert other.task != running.task
    assert expire_leases(job.pk) == 3
    assert expire_leases(job.pk) == 0
    running.refresh_from_db()
    job.refresh_from_db()
    assert (running.state, running.task.n_taken) == ("active", 1)
    assert job.committed_micros == job.pay_micros
    event = Event.objects.get(type="leases_expired")
    assert (event.data, event.deltas) == ({"count": 3}, {"leased": -3, "expired": 3})
    connection.check_constraints()
    assert invariants.broken() == {}


def test_leases_of_other_jobs_are_left_alone() -> None:
    here, there = make.let_expire(make.lease()), make.let_expire(make.lease())
    expire_leases(here.job_id)
    assert (_state(here), _state(there)) == ("expired", "active")


def test_leases_end_with_their_job_and_are_reclaimed() -> None:
    held = make.lease()
    close_job(held.job_id, reason=CloseReason.MANUAL)
    with pytest.raises(LeaseExpired):
        extend_lease(held.pk)
    assert jobs_with_lapsed_leases() == [held.job_id]
    assert expire_leases(held.job_id) == 1
    held.job.refresh_from_db()
    assert held.job.committed_micros == 0
    assert jobs_with_lapsed_leases() == []
