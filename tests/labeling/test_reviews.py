"""Checks of other people's work in the queue: who gets them, what they take, what they pay."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from labeling.errors import InvalidAnnotation, InvalidInput
from labeling.models import (
    Answer,
    AnswerDraft,
    AssignmentState,
    CloseReason,
    LabelingJob,
    RetiredReason,
    Task,
    TaskKind,
    Verdict,
)
from labeling.services import (
    SentVerdict,
    StatedConflict,
    claim_tasks,
    close_job,
    close_review,
    give_back,
    open_review,
    submit_answer,
    want_another_opinion,
)
from marketplace.accounts.models import Role
from tests import invariants, make

pytestmark = pytest.mark.django_db

CAT, DOG = [{"id": "1", "class": "cat"}], [{"id": "1", "class": "dog"}]


@pytest.fixture
def answered() -> Task:
    """Return a task that was answered, in a job that pays for a review of each task."""
    return make.retired_task(review_share=1.0)


def asked(task: Task, *proposals: list[dict[str, Any]]) -> Task:
    """Return a check of a task."""
    with transaction.atomic():
        review = open_review(Task.objects.select_for_update().get(pk=task.pk), proposals or [CAT])
    assert review is not None
    return review


def nothing_broken() -> bool:
    """Return whether all holds that must; events get their numbers at the commit, to which these tests do not come."""
    return set(invariants.broken()) <= {"a stream has a gap or an unnumbered event"}


def reserve_of(task: Task) -> int:
    """Return what the job may still spend on reviews."""
    return LabelingJob.objects.values_list("review_reserve_micros", flat=True).get(pk=task.job_id)


def test_a_check_comes_before_other_work_and_shows_what_it_is_about(answered: Task) -> None:
    review = asked(answered, CAT, DOG)
    held = claim_tasks(answered.job_id, make.worker().pk, limit=2)
    assert held[0].task_id == review.pk
    assert review.kind == TaskKind.ADJUDICATE
    assert [each.annotations for each in review.proposals.order_by("position")] == [CAT, DOG]


def test_nobody_checks_an_asset_they_answered_nor_answers_one_they_checked(answered: Task) -> None:
    asked(answered)
    author = Answer.objects.get(task=answered).worker
    assert not [each for each in claim_tasks(answered.job_id, author.pk, limit=5) if each.task.is_check]
    reviewer = make.worker()
    held = make.check_of(answered, by=reviewer)
    make.let_expire(held)  # who saw the answers, and no more, is no witness either
    Task.objects.filter(pk=answered.pk).update(state="open", retired_reason="", wanted_overlap=2, max_overlap=2)
    leases = claim_tasks(answered.job_id, reviewer.pk, limit=5)
    assert answered.pk not in {each.task_id for each in leases}


def test_whoever_answered_the_asset_in_another_job_does_not_check_it_here(answered: Task) -> None:
    asked(answered)
    twin = make.published_job(photos=answered.job.snapshot.dataset)
    somebody = make.worker()
    held = [each for each in claim_tasks(twin.pk, somebody.pk, limit=5) if each.task.asset_id == answered.asset_id]
    assert len(held) == 1
    assert not [each for each in claim_tasks(answered.job_id, somebody.pk, limit=5) if each.task.is_check]


@pytest.mark.parametrize(("level", "role"), [("senior", Role.REVIEWER), ("requester", Role.REQUESTER)])
def test_only_those_who_may_are_handed_checks_and_nothing_else(level: str, role: Role) -> None:
    home = make.organization()
    task = make.retired_task(
        home=home, review_share=1.0, reviewed_by=level, workforce="private", by=[make.worker(home)]
    )
    peer, stranger, member = make.worker(home), make.worker(), make.user(role, home=home)
    asked(task)
    assert {each.task.kind for each in claim_tasks(task.job_id, peer.pk, limit=5)} == {"annotate"}
    assert claim_tasks(task.job_id, stranger.pk, limit=5) == []
    [held] = claim_tasks(task.job_id, member.pk, limit=5)
    assert held.task.is_check
    assert (held.pay_micros == 0) == (level == "requester")


def test_a_check_is_paid_from_what_was_set_aside_for_it_and_no_answer_to_its_task(answered: Task) -> None:
    before = reserve_of(answered)
    review = asked(answered)
    assert reserve_of(answered) == before - review.pay_micros < before
    given = make.verdict(make.check_of(answered), Verdict.ACCEPT)
    assert (given.counted, given.uncounted_reason) == (False, "review")
    review.refresh_from_db()
    assert (review.n_taken, review.n_counted) == (1, 0)
    assert nothing_broken()


def test_what_is_set_aside_stays_while_a_check_is_wanted_and_comes_back_after(answered: Task) -> None:
    before = reserve_of(answered)
    review = asked(answered)
    make.let_expire(make.check_of(answered))
    held = make.check_of(answered)  # the first lease is reclaimed on the way
    give_back(held.pk, state=AssignmentState.RETURNED)
    assert reserve_of(answered) == before - review.pay_micros
    assert nothing_broken()
    with transaction.atomic():
        close_review(Task.objects.select_for_update().get(pk=review.pk), reason=RetiredReason.CONFIDENT, facts={})
    assert reserve_of(answered) == before


def test_a_lease_that_outlives_its_check_is_paid_or_its_money_comes_back(answered: Task) -> None:
    before = reserve_of(answered)
    review = asked(answered)
    with transaction.atomic():
        assert want_another_opinion(Task.objects.select_for_update().get(pk=review.pk))
    first, second = make.check_of(answered), make.check_of(answered)
    with transaction.atomic():
        close_review(Task.objects.select_for_update().get(pk=review.pk), reason=RetiredReason.CONFIDENT, facts={})
    assert reserve_of(answered) == before - 2 * review.pay_micros
    assert make.verdict(first, Verdict.ACCEPT).uncounted_reason == "review"
    give_back(second.pk, state=AssignmentState.SKIPPED)
    assert reserve_of(answered) == before - review.pay_micros
    assert nothing_broken()


def test_a_late_verdict_counts_while_another_is_wanted_and_is_kept_as_a_draft_after(answered: Task) -> None:
    asked(answered)
    first = make.let_expire(make.check_of(answered))
    assert make.verdict(first, Verdict.ACCEPT).uncounted_reason == "review"
    other = make.retired_task(review_share=1.0)
    asked(other)
    late = make.let_expire(make.check_of(other))
    make.verdict(make.check_of(other), Verdict.ACCEPT)
    LabelingJob.objects.filter(pk=other.job_id).update(late_reserve_micros=0)
    spoken = SentVerdict(verdict=Verdict.ACCEPT)
    assert submit_answer(late.pk, annotations=None, active_ms=None, said=spoken).outcome == "draft"
    assert AnswerDraft.objects.get(assignment=late).annotations == CAT


def test_a_job_asks_for_no_more_checks_than_it_pays_for() -> None:
    task = make.retired_task(n_tasks=4, review_share=0.25)
    asked(task)
    other = Task.objects.annotations().filter(job=task.job).exclude(pk=task.pk)[0]
    with transaction.atomic():
        assert open_review(Task.objects.select_for_update().get(pk=other.pk), [CAT]) is None


def test_one_check_of_a_task_at_a_time(answered: Task) -> None:
    review = asked(answered)
    with transaction.atomic():
        assert open_review(Task.objects.select_for_update().get(pk=answered.pk), [CAT]) is None
    Task.objects.filter(pk=review.pk).update(kind="adjudicate")
    with pytest.raises(IntegrityError), transaction.atomic():  # the constraint holds what code might forget
        Task.objects.create(
            job=answered.job,
            asset=answered.asset,
            ordinal=99,
            kind="review",
            parent_task=answered,
            wanted_overlap=1,
            max_overlap=1,
            pay_micros=1,
        )


def test_nobody_is_asked_where_everybody_had_the_asset() -> None:
    home = make.organization()
    task = make.retired_task(home=home, workforce="private", review_share=1.0, by=[make.worker(home)])
    with transaction.atomic():
        assert open_review(Task.objects.select_for_update().get(pk=task.pk), [CAT]) is None


@pytest.mark.parametrize(
    ("said", "annotations", "field"),
    [
        (SentVerdict(), CAT, "verdict"),
        (SentVerdict(verdict=Verdict.ACCEPT), CAT, "annotations"),
        (SentVerdict(verdict=Verdict.ACCEPT, conflicts=[StatedConflict("low_overlap")]), None, "conflicts"),
        (SentVerdict(verdict=Verdict.REJECT), None, "conflicts"),
        (SentVerdict(verdict=Verdict.REJECT, conflicts=[StatedConflict("low_overlap", "7")]), None, "conflicts[0]"),
        (SentVerdict(verdict=Verdict.REJECT, conflicts=[StatedConflict("missing_annotation", "1")]), None, "conflicts"),
        (SentVerdict(verdict=Verdict.FIX), None, "annotations"),
        (SentVerdict(verdict=Verdict.FIX), [{"id": "9", "class": "cat"}], "annotations"),
        (SentVerdict(verdict=Verdict.FIX), [{"class": "horse"}], "annotations[0].class"),
    ],
)
def test_a_verdict_says_what_it_must_and_no_more(
    answered: Task, said: SentVerdict, annotations: list[dict[str, Any]] | None, field: str
) -> None:
    asked(answered)
    held = make.check_of(answered)
    with pytest.raises((InvalidInput, InvalidAnnotation)) as refused, transaction.atomic():
        submit_answer(held.pk, annotations=annotations, active_ms=None, said=said)
    assert str(refused.value.field).startswith(field)
    assert not Answer.objects.filter(assignment=held).exists()


@pytest.mark.parametrize(
    ("said", "field"),
    [
        (SentVerdict(verdict=Verdict.ACCEPT), "verdict"),
        (SentVerdict(conflicts=[StatedConflict("low_overlap")]), "conflicts"),
        (SentVerdict(comment="Nice."), "comment"),
    ],
)
def test_an_answer_takes_no_verdict(said: SentVerdict, field: str) -> None:
    held = make.lease()
    with pytest.raises(InvalidInput) as refused:
        submit_answer(held.pk, annotations=[{"class": "cat"}], active_ms=None, said=said)
    assert refused.value.field == field


def test_what_was_shown_and_said_is_for_ever(answered: Task) -> None:
    review = asked(answered)
    make.verdict(make.check_of(answered), Verdict.REJECT)
    for table in ("labeling_proposal", "labeling_review"):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {table}")  # noqa: S608 -- our own table
    assert review.proposals.count() == 1


def test_a_job_that_is_ended_by_hand_drops_its_checks_and_counts_them_apart(answered: Task) -> None:
    review = asked(answered)
    close_job(answered.job_id, reason=CloseReason.MANUAL)
    review.refresh_from_db()
    assert (review.state, review.retired_reason) == ("retired", "cancelled")
    assert nothing_broken()
