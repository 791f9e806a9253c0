"""Late answers, one rule: counted if still wanted, else paid from the reserve, else kept as a draft."""

from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from labeling.errors import AssignmentClosed
from labeling.models import Answer, AnswerDraft, Assignment, AssignmentState, LabelingJob, RetiredReason
from labeling.services import (
    Submission,
    SubmissionOutcome,
    claim_tasks,
    expire_leases,
    give_back,
    retire_task,
    submit_answer,
)
from marketplace.live.models import Event
from tests import invariants, make
from tests.choreography.crowd import run_together

pytestmark = pytest.mark.django_db

COUNTED, LATE, DRAFT = SubmissionOutcome.COUNTED, SubmissionOutcome.LATE, SubmissionOutcome.DRAFT


def _job(*, overlap: int = 1, reserve_for: int = 1) -> LabelingJob:
    """Return an open job of one task, with a reserve for so many late answers."""
    job = make.published_job(n_tasks=1, min_overlap=overlap)
    LabelingJob.objects.filter(pk=job.pk).update(late_reserve_micros=reserve_for * job.pay_micros)
    return LabelingJob.objects.get(pk=job.pk)


def _overtaken(job: LabelingJob) -> tuple[Assignment, Assignment]:
    """Return a lease that ran out, and that of somebody who took its place."""
    late = make.let_expire(make.lease(job))
    return late, make.lease(job)


def _submit(held: Assignment, name: str = "cat") -> Submission:
    return submit_answer(held.pk, annotations=[{"class": name}], active_ms=None)


def _holds(job: LabelingJob) -> bool:
    connection.check_constraints()
    job.refresh_from_db()
    return invariants.broken() == {}


def test_a_late_answer_that_is_still_wanted_counts() -> None:
    job = _job()
    late = make.let_expire(make.lease(job))
    expire_leases(job.pk)
    assert _submit(late).outcome is COUNTED
    assert _holds(job)
    assert (job.committed_micros, job.late_reserve_micros) == (job.pay_micros, job.pay_micros)
    event = Event.objects.get(type="answer_submitted")
    assert event.deltas == {"answers": 1}  # its lease was taken off the count when it ran out


def test_a_late_answer_that_is_not_wanted_is_paid_from_the_reserve_and_not_counted() -> None:
    job = _job()
    late, successor = _overtaken(job)
    assert _submit(late).outcome is LATE
    answer = Answer.objects.get(assignment=late)
    assert (answer.counted, answer.uncounted_reason) == (False, "late")
    assert Event.objects.get(type="answer_submitted").deltas == {"late": 1}
    assert _submit(successor).outcome is COUNTED
    assert _holds(job)
    assert (job.committed_micros, job.late_reserve_micros) == (job.pay_micros, 0)


def test_when_the_reserve_is_used_up_the_work_is_kept_as_a_draft() -> None:
    job = _job(reserve_for=0)
    late, _ = _overtaken(job)
    submission = _submit(late)
    assert (submission.outcome, submission.answer) == (DRAFT, None)
    _submit(late, "dog")
    assert AnswerDraft.objects.get().annotations == [{"id": "1", "class": "dog"}]
    assert not Answer.objects.exists()
    assert not Event.objects.filter(type="answer_submitted").exists()
    late.refresh_from_db()
    assert late.state == "expired"
    assert _holds(job)


def test_a_draft_counts_after_all_when_the_task_wants_an_answer_again() -> None:
    job = _job(reserve_for=0)
    late, successor = _overtaken(job)
    _submit(late)
    give_back(successor.pk, state=AssignmentState.SKIPPED)
    assert _submit(late).outcome is COUNTED
    assert _holds(job)


@pytest.mark.parametrize("overlap", [1, 2], ids=["place taken", "place free"])
@pytest.mark.parametrize("newer_submits", [False, True])
def test_a_newer_lease_of_the_same_worker_goes_before_the_old_one(overlap: int, *, newer_submits: bool) -> None:
    job = _job(overlap=overlap)
    worker = make.worker()
    old = make.let_expire(make.lease(job, by=worker))
    newer = make.lease(job, by=worker)
    if newer_submits:
        _submit(newer)
    with pytest.raises(AssignmentClosed), transaction.atomic():
        _submit(old)
    if not newer_submits:
        assert _submit(newer).outcome is COUNTED
    assert _holds(job)
    assert job.late_reserve_micros == job.pay_micros  # a refusal draws nothing


def test_an_answer_to_a_task_retired_under_its_lease_is_late_and_frees_the_place() -> None:
    job = _job(overlap=2)
    held = make.lease(job)
    retire_task(held.task, reason=RetiredReason.HUMAN, facts={})
    assert _submit(held).outcome is LATE
    assert Event.objects.get(type="answer_submitted").deltas == {"late": 1, "leased": -1}
    assert _holds(job)
    assert (job.committed_micros, job.late_reserve_micros) == (0, 0)


def test_a_draft_to_a_task_retired_under_its_lease_leaves_the_lease_to_run_out() -> None:
    job = _job(reserve_for=0)
    held = make.lease(job)
    retire_task(held.task, reason=RetiredReason.HUMAN, facts={})
    assert _submit(held).outcome is DRAFT
    held.refresh_from_db()
    assert held.state == "active"
    assert _holds(job)


def test_a_late_answer_that_the_budget_no_longer_covers_comes_from_the_reserve() -> None:
    job = make.published_job(n_tasks=2)
    LabelingJob.objects.filter(pk=job.pk).update(
        answer_budget_micros=job.pay_micros, late_reserve_micros=job.pay_micros
    )
    late = make.let_expire(make.lease(job))
    expire_leases(job.pk)
    job.tasks.filter(ordinal=2).update(priority=1)
    make.lease(job)  # of the other task: the budget is spent
    assert _submit(late).outcome is LATE
    assert _holds(job)


def test_the_database_wants_a_reason_for_every_answer_that_does_not_count() -> None:
    given = make.answer()
    held = make.lease()
    for counted, reason in ((True, "late"), (False, "")):
        twin = Answer.objects.get(pk=given.pk)
        twin.pk, twin.assignment_id, twin.counted, twin.uncounted_reason = held.pk, held.pk, counted, reason
        with pytest.raises(IntegrityError, match="answer_uncounted_why"), transaction.atomic():
            twin.save(force_insert=True)


@pytest.mark.django_db(transaction=True)
def test_of_many_late_answers_to_one_place_exactly_one_counts() -> None:
    job = _job(reserve_for=2)
    expired = []
    for _ in range(6):
        [held] = claim_tasks(job.pk, make.worker().pk, limit=1)
        expired.append(make.let_expire(held))
    expire_leases(job.pk)
    outcomes: list[SubmissionOutcome] = []

    def send(held: Assignment) -> None:
        outcomes.append(_submit(held).outcome)

    parts: list[Callable[[], None]] = [partial(send, held) for held in expired]
    run_together(parts)
    assert Counter(outcomes) == {COUNTED: 1, LATE: 2, DRAFT: 3}
    assert _holds(job)


@pytest.mark.django_db(transaction=True)
def test_a_late_answer_and_a_claim_cannot_both_have_the_last_place() -> None:
    job = _job(reserve_for=0)
    late = make.let_expire(make.lease(job))
    claimed: list[Assignment] = []
    outcomes: list[SubmissionOutcome] = []
    run_together(
        [
            lambda: outcomes.append(_submit(late).outcome),
            lambda: claimed.extend(claim_tasks(job.pk, make.worker().pk, limit=1)),
        ]
    )
    assert (outcomes == [COUNTED]) == (claimed == [])
    assert _holds(job)
