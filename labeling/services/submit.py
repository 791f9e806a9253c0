"""Submitting: an immutable answer, counted or late, never lost."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from labeling.errors import AlreadySubmitted, AssignmentClosed
from labeling.models import (
    Answer,
    AnswerDraft,
    AnswerPayload,
    Assignment,
    AssignmentState,
    JobWorker,
    LabelingJob,
    Review,
    Task,
    TaskState,
)
from labeling.services.gold import take_from_gold_reserve
from labeling.services.leases import release_commitment
from labeling.services.verdicts import SentVerdict, SentWork, read_work
from labeling.signals import answer_submitted
from marketplace.operations.adapters import database_now


class SubmissionOutcome(StrEnum):
    """What became of what the worker sent."""

    COUNTED = "counted"
    LATE = "late"
    GOLD = "gold"
    REVIEW = "review"
    DRAFT = "draft"


# What each kind of answer adds to in the job's progress.
_COUNTERS = {
    SubmissionOutcome.COUNTED: "answers",
    SubmissionOutcome.LATE: "late",
    SubmissionOutcome.GOLD: "gold_answers",
    SubmissionOutcome.REVIEW: "review_answers",
}


@dataclass(frozen=True)
class Submission:
    """The outcome, and the answer unless only a draft could be kept."""

    outcome: SubmissionOutcome
    assignment: Assignment
    answer: Answer | None


@transaction.atomic(savepoint=False)
def submit_answer(
    assignment_id: UUID,
    *,
    annotations: list[dict[str, Any]] | None,
    active_ms: int | None,
    said: SentVerdict | None = None,
) -> Submission:
    """Record a worker's answer, or a reviewer's verdict, and announce it.

    It counts while the lease holds, and after that as long as the task still wants one. A late answer beyond that is
    recorded uncounted and paid from the job's late reserve; when that is used up, the work is kept as a draft.

    Raises
    ------
    InvalidAnnotation, InvalidInput
        Naming the first field at fault.
    AlreadySubmitted, AssignmentClosed
        The assignment takes no answer (any more).
    """
    head = Assignment.objects.select_related("task__asset", "ontology", "job").get(pk=assignment_id)
    work = read_work(head, annotations, said or SentVerdict())
    task = Task.objects.select_for_update(no_key=True).get(pk=head.task_id)
    assignment = Assignment.objects.select_for_update(no_key=True).get(pk=assignment_id)
    _require_unanswered(assignment)
    outcome = _place_answer(task, assignment)
    if outcome is SubmissionOutcome.DRAFT:
        AnswerDraft.objects.update_or_create(
            assignment=assignment, defaults={"annotations": work.annotations, "saved_at": database_now()}
        )
        return Submission(outcome=outcome, assignment=assignment, answer=None)
    answer = _record(assignment, outcome, work, active_ms)
    return Submission(outcome=outcome, assignment=assignment, answer=answer)


def _require_unanswered(assignment: Assignment) -> None:
    if assignment.state in {AssignmentState.ACTIVE, AssignmentState.EXPIRED}:
        return
    allowed = [AssignmentState.ACTIVE.value, AssignmentState.EXPIRED.value]
    if assignment.state in {AssignmentState.SKIPPED, AssignmentState.RETURNED}:
        raise AssignmentClosed(f"The assignment is {assignment.state}.", state=assignment.state, allowed_states=allowed)
    raise AlreadySubmitted("The assignment has its answer.", state=assignment.state, allowed_states=allowed)


def _place_answer(task: Task, assignment: Assignment) -> SubmissionOutcome:
    """Find the answer's place in the task's overlap, on the task's locked row."""
    if task.is_gold:
        return _place_gold_answer(task, assignment)
    if task.is_check:
        return _place_review(task, assignment)
    holds_place = assignment.state == AssignmentState.ACTIVE
    if not holds_place:
        _require_no_newer_lease(task, assignment)
    if not holds_place and task.state == TaskState.OPEN and task.n_taken < task.wanted_overlap:
        holds_place = _take_place_again(task, assignment)
    if holds_place and task.state == TaskState.OPEN:
        task.n_counted += 1
        task.save(update_fields=["n_counted", "n_taken"])
        return SubmissionOutcome.COUNTED
    if not _draw_late_reserve(assignment):
        return SubmissionOutcome.DRAFT
    if assignment.state == AssignmentState.ACTIVE:  # the task was retired under the lease: its place is free again
        task.n_taken -= 1
        task.save(update_fields=["n_taken"])
        release_commitment(assignment.job_id, assignment.pay_micros)
    return SubmissionOutcome.LATE


def _place_gold_answer(task: Task, assignment: Assignment) -> SubmissionOutcome:
    """Take an answer to gold: while its lease holds, and after that as long as the gold may be shown.

    After the job ended it is late, as any other work is then: the books may be closed, and its pay given back.
    """
    holds_place = assignment.state == AssignmentState.ACTIVE
    if holds_place and _hold_unended(assignment.job_id):
        return SubmissionOutcome.GOLD
    if not holds_place:
        _require_no_newer_lease(task, assignment)
    may_be_shown = not holds_place and task.state == TaskState.OPEN and task.n_taken < task.wanted_overlap
    if may_be_shown and take_from_gold_reserve(assignment.job_id, assignment.pay_micros):
        task.n_taken += 1
        task.save(update_fields=["n_taken"])
        return SubmissionOutcome.GOLD
    if not _draw_late_reserve(assignment):
        return SubmissionOutcome.DRAFT
    if holds_place:
        task.n_taken -= 1
        task.save(update_fields=["n_taken"])
        release_commitment(assignment.job_id, 0, gold_micros=assignment.pay_micros)
    return SubmissionOutcome.LATE


def _hold_unended(job_id: UUID) -> bool:
    """Return whether the job has not ended, and keep it so until the answer is in: nothing is settled meanwhile."""
    jobs = LabelingJob.objects.select_for_update(no_key=True).filter(pk=job_id, closed_at=None)
    return jobs.values_list("pk").first() is not None


def _place_review(task: Task, assignment: Assignment) -> SubmissionOutcome:
    """Take a review: always while its lease holds, and after that while another opinion is wanted."""
    if assignment.state == AssignmentState.ACTIVE:
        return SubmissionOutcome.REVIEW
    _require_no_newer_lease(task, assignment)
    if task.state == TaskState.OPEN and task.n_taken < task.wanted_overlap:
        task.n_taken += 1
        task.save(update_fields=["n_taken"])
        return SubmissionOutcome.REVIEW
    return SubmissionOutcome.LATE if _draw_late_reserve(assignment) else SubmissionOutcome.DRAFT


def _require_no_newer_lease(task: Task, assignment: Assignment) -> None:
    newer = Assignment.objects.tried().filter(task=task, worker_id=assignment.worker_id).exclude(pk=assignment.pk)
    if newer.exists():
        raise AssignmentClosed(
            "You hold a newer lease on this task; submit to that one.", state=assignment.state, allowed_states=[]
        )


def _take_place_again(task: Task, assignment: Assignment) -> bool:
    """Give an expired lease its place back, if nobody took it and the budget still covers it."""
    if not LabelingJob.objects.filter(
        pk=assignment.job_id, answer_budget_micros__gte=F("committed_micros") + assignment.pay_micros
    ).update(committed_micros=F("committed_micros") + assignment.pay_micros):
        return False
    task.n_taken += 1
    return True


def _draw_late_reserve(assignment: Assignment) -> bool:
    drawn = LabelingJob.objects.filter(pk=assignment.job_id, late_reserve_micros__gte=assignment.pay_micros)
    return bool(drawn.update(late_reserve_micros=F("late_reserve_micros") - assignment.pay_micros))


def _record(assignment: Assignment, outcome: SubmissionOutcome, work: SentWork, active_ms: int | None) -> Answer:
    held_lease = assignment.state == AssignmentState.ACTIVE
    now = database_now()
    assignment.state = AssignmentState.SUBMITTED
    assignment.submitted_at = now
    assignment.active_ms = active_ms
    assignment.save(update_fields=["state", "submitted_at", "active_ms"])
    counted = outcome is SubmissionOutcome.COUNTED
    answer = Answer.objects.create(
        assignment=assignment,
        task_id=assignment.task_id,
        job_id=assignment.job_id,
        worker_id=assignment.worker_id,
        counted=counted,
        uncounted_reason="" if counted else outcome.value,
        n_annotations=len(work.annotations),
        active_ms=active_ms,
        submitted_at=now,
    )
    AnswerPayload.objects.create(answer=answer, schema_version=work.schema_version, annotations=work.annotations)
    if work.said.verdict is not None:
        Review.objects.create(
            answer=answer,
            verdict=work.said.verdict,
            conflicts=[vars(each) for each in work.said.conflicts],
            comment=work.said.comment,
        )
    pseudonym = JobWorker.objects.values_list("pseudonym", flat=True).get(
        job_id=assignment.job_id, worker_id=assignment.worker_id
    )
    answer_submitted.send(
        sender=None,
        job_id=assignment.job_id,
        data={
            "task": str(assignment.task_id),
            "assignment": str(assignment.pk),
            "answer": str(answer.pk),
            "worker": pseudonym,
            "counted": counted,
            "gold": outcome is SubmissionOutcome.GOLD,
            **({"review": True} if outcome is SubmissionOutcome.REVIEW else {}),
        },
        deltas={_COUNTERS[outcome]: 1} | ({"leased": -1} if held_lease else {}),
    )
    return answer
