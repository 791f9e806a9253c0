"""What upper rooms push down: overlap, retirement, reopening, and who is left to ask."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from labeling.models import AssignmentState, RetiredReason, Task, TaskOffer
from labeling.services import (
    claim_tasks,
    expire_leases,
    give_back,
    is_exhausted,
    push_offers,
    raise_overlap,
    reopen_task,
    retire_task,
)
from marketplace.accounts.models import Membership, Organization
from marketplace.live.models import Event, Stream
from tests import make

pytestmark = pytest.mark.django_db


def _n_events(event_type: str) -> int:
    return Event.objects.filter(type=event_type).count()


def test_overlap_rises_to_the_largest_and_no_further() -> None:
    task = make.task(overlap=1, max_overlap=3)
    raise_overlap(task, wanted_overlap=2)
    raise_overlap(task, wanted_overlap=9)
    task.refresh_from_db()
    assert task.wanted_overlap == 3
    wanted = [event.data["wanted_overlap"] for event in Event.objects.filter(type="overlap_raised").order_by("id")]
    assert wanted == [2, 3]


def test_overlap_never_falls_and_saying_it_again_is_no_event() -> None:
    task = make.task(overlap=2)
    raise_overlap(task, wanted_overlap=2)
    raise_overlap(task, wanted_overlap=1)
    task.refresh_from_db()
    assert task.wanted_overlap == 2
    assert _n_events("overlap_raised") == 0


def test_a_retired_task_wants_nothing_more() -> None:
    task = make.task()
    retire_task(task, reason=RetiredReason.CONFIDENT, facts={})
    raise_overlap(task, wanted_overlap=3)
    task.refresh_from_db()
    assert task.wanted_overlap == 1
    assert claim_tasks(task.job_id, make.worker().pk, limit=1) == []


def test_retiring_is_one_event_however_often_it_is_done() -> None:
    task = make.task()
    retire_task(task, reason=RetiredReason.CONFIDENT, facts={"confidence": 0.97})
    retire_task(task, reason=RetiredReason.DISPUTED, facts={})
    task.refresh_from_db()
    assert (task.state, task.retired_reason) == ("retired", "confident")
    assert task.retired_at is not None
    event = Event.objects.get(type="task_retired")
    assert event.data == {
        "task": str(task.pk),
        "ordinal": 1,
        "reason": "confident",
        "n_counted": 0,
        "confidence": 0.97,
    }
    assert event.deltas == {"retired": 1, "retired_confident": 1}


def test_a_reopened_task_wants_one_answer_more_and_takes_back_the_counts() -> None:
    task = make.task(overlap=1)
    make.answer(make.lease(task.job))
    task.refresh_from_db()
    retire_task(task, reason=RetiredReason.CONFIDENT, facts={})
    reopen_task(task, facts={"confidence": 0.6})
    task.refresh_from_db()
    assert (task.state, task.retired_reason, task.retired_at, task.wanted_overlap) == ("open", "", None, 2)
    assert claim_tasks(task.job_id, make.worker().pk, limit=1)
    connection.check_constraints()
    counters = Stream.objects.get(type="job", subject_id=task.job_id).counters
    assert (counters["retired"], counters["retired_confident"], counters["reopened"]) == (0, 0, 1)


def test_a_task_that_is_open_or_has_all_answers_is_not_reopened() -> None:
    is_open, is_full = make.task(), make.task(overlap=1, max_overlap=1)
    make.answer(make.lease(is_full.job))
    is_full.refresh_from_db()
    retire_task(is_full, reason=RetiredReason.DISPUTED, facts={})
    for task in (is_open, is_full):
        reopen_task(task, facts={})
    assert _n_events("task_reopened") == 0
    assert Task.objects.get(pk=is_full.pk).state == "retired"


def test_the_database_refuses_retirement_without_a_reason() -> None:
    task = make.task()
    for broken in ({"state": "retired"}, {"retired_reason": "supply"}):
        with pytest.raises(IntegrityError, match="task_retired_with_reason"), transaction.atomic():
            Task.objects.filter(pk=task.pk).update(**broken)


# --- who is left ----------------------------------------------------------------------------------------------------
def test_a_public_job_never_runs_out_of_people() -> None:
    task = make.task(overlap=2)
    make.answer(make.lease(task.job))
    task.refresh_from_db()
    assert not is_exhausted(task, task.job)


def _private_task(n_workers: int) -> tuple[Task, Organization]:
    home = make.organization()
    for _ in range(n_workers):
        make.worker(home)
    return make.task(overlap=2, home=home, workforce="private"), home


def _workers(home: Organization) -> list[Membership]:
    return list(Membership.objects.filter(organization=home, role="worker").select_related("user"))


def test_a_private_job_runs_out_when_every_member_has_tried() -> None:
    task, home = _private_task(2)
    ann, ben = (membership.user for membership in _workers(home))
    make.answer(make.lease(task.job, by=ann))
    task.refresh_from_db()
    assert not is_exhausted(task, task.job)
    give_back(make.lease(task.job, by=ben).pk, state=AssignmentState.SKIPPED)
    assert is_exhausted(task, task.job)


def test_members_who_gave_it_back_ran_out_of_time_or_joined_later_are_left() -> None:
    task, home = _private_task(1)
    [ann] = (membership.user for membership in _workers(home))
    give_back(make.lease(task.job, by=ann).pk, state=AssignmentState.RETURNED)
    assert not is_exhausted(task, task.job)
    expire_leases(make.let_expire(make.lease(task.job, by=ann)).job_id)
    assert not is_exhausted(task, task.job)
    make.answer(make.lease(task.job, by=ann))
    task.refresh_from_db()
    assert is_exhausted(task, task.job)
    make.worker(home)
    assert not is_exhausted(task, task.job)


def test_members_who_are_no_workers_or_whose_account_is_closed_are_nobody() -> None:
    task, home = _private_task(1)
    [membership] = _workers(home)
    assert not is_exhausted(task, task.job)
    membership.user.is_active = False
    membership.user.save()
    assert is_exhausted(task, task.job)


def test_a_job_by_offer_runs_out_with_its_standing_offers() -> None:
    task = make.task(overlap=2, by_offer_only=True)
    assert is_exhausted(task, task.job)
    ann, ben = make.worker(), make.worker()
    push_offers([(task.pk, ann.pk, 0), (task.pk, ben.pk, 0)])
    assert not is_exhausted(task, task.job)
    TaskOffer.objects.filter(worker=ben).update(until=timezone.now() - timedelta(seconds=1))
    make.answer(make.lease(task.job, by=ann))
    task.refresh_from_db()
    assert is_exhausted(task, task.job)


def test_nobody_is_given_up_while_somebody_is_at_work() -> None:
    task = make.task(overlap=2, by_offer_only=True)
    worker = make.worker()
    push_offers([(task.pk, worker.pk, 0)])
    held = make.lease(task.job, by=worker)
    task.refresh_from_db()
    assert not is_exhausted(task, task.job)
    make.answer(held)
    task.refresh_from_db()
    assert is_exhausted(task, task.job)
