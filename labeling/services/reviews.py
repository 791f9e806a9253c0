"""Reviews and adjudications: asked for by upper rooms, done by people who did not answer the task themselves.

A review's pay is set aside when it is asked for, so that whoever is handed one is paid for certain.
"""

from collections.abc import Sequence
from math import ceil
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, Max, OuterRef

from labeling.models import (
    AT_WORK,
    Assignment,
    AssignmentState,
    JobState,
    LabelingJob,
    Proposal,
    RetiredReason,
    ReviewedBy,
    Task,
    TaskKind,
    TaskState,
)
from labeling.services.grants import holds_expertise
from labeling.services.workforce import never_runs_out, reviewers_of
from labeling.signals import review_closed, review_opened
from marketplace.accounts.models import User
from marketplace.operations.adapters import database_now

# People who look at one proposal at most.
MAX_OPINIONS = 3
# Handed out before anything that is to be answered: the end of the job waits for them.
PRIORITY = 1
TAKES_REVIEWS = (*AT_WORK, JobState.PAUSED)

Annotations = list[dict[str, Any]]


def review_cap(job: LabelingJob) -> int:
    """Return how many reviews and adjudications a job may ask for in all."""
    return ceil(round(job.review_share * job.n_tasks, 6))


def open_review(parent: Task, proposals: Sequence[Annotations]) -> Task | None:
    """Ask for a check of a task that the caller holds locked: a review of one proposal, an adjudication of several.

    Return None where the job may ask for no more of them, where one is under way, or where nobody is there to do it.
    """
    job = LabelingJob.objects.get(pk=parent.job_id)
    kind = TaskKind.REVIEW if len(proposals) == 1 else TaskKind.ADJUDICATE
    if job.state not in TAKES_REVIEWS or parent.children.filter(state=TaskState.OPEN).exists():
        return None
    if not _anybody_left(parent.asset_id, job):
        return None
    pay_micros = pay_for_check(job, kind)
    if not _set_aside(job, pay_micros):
        return None
    # Setting aside has locked the job, so that nobody else numbers a task of it meanwhile.
    last = Task.objects.filter(job=job).aggregate(last=Max("ordinal"))["last"]
    task = Task.objects.create(
        job=job,
        asset_id=parent.asset_id,
        ordinal=last + 1,
        kind=kind,
        parent_task=parent,
        scope=parent.scope,
        priority=PRIORITY,
        wanted_overlap=1,
        max_overlap=MAX_OPINIONS,
        pay_micros=pay_micros,
    )
    Proposal.objects.bulk_create(
        [Proposal(task=task, position=place, annotations=each) for place, each in enumerate(proposals)]
    )
    data = {"task": str(parent.pk), "review": str(task.pk), "kind": kind.value}
    review_opened.send(sender=None, job_id=job.pk, data=data, deltas={"reviews": 1})
    return task


def want_another_opinion(review: Task) -> bool:
    """Ask one person more about a check that the caller holds locked; return whether the job may still do so."""
    if review.state != TaskState.OPEN or review.wanted_overlap >= review.max_overlap:
        return False
    job = LabelingJob.objects.get(pk=review.job_id)
    if not _anybody_left(review.asset_id, job) or not _set_aside(job, review.pay_micros):
        return False
    review.wanted_overlap += 1
    review.save(update_fields=["wanted_overlap"])
    return True


def close_review(review: Task, *, reason: RetiredReason, facts: dict[str, Any]) -> None:
    """Want no more opinions on a check that the caller holds locked, and put back what was set aside for them."""
    if review.state != TaskState.OPEN:
        return
    review.state = TaskState.RETIRED
    review.retired_reason = reason
    review.retired_at = database_now()
    review.save(update_fields=["state", "retired_reason", "retired_at"])
    unused = (review.wanted_overlap - review.n_taken) * review.pay_micros
    LabelingJob.objects.filter(pk=review.job_id).update(review_reserve_micros=F("review_reserve_micros") + unused)
    data = {"task": str(review.parent_task_id), "review": str(review.pk), "reason": reason, **facts}
    review_closed.send(sender=None, job_id=review.job_id, data=data, deltas={"reviews_closed": 1})


def lock_reviews(job: LabelingJob, worker_id: UUID, *, limit: int) -> list[Task]:
    """Lock the checks that this person may do, first asked for first; none of assets they had in hand themselves."""
    if not job.review_share or not may_review(job, worker_id):
        return []
    had = Assignment.objects.tried().filter(task__asset=OuterRef("asset"), worker_id=worker_id)
    waiting = Task.objects.wanting_reviews().filter(~Exists(had), job=job).order_by("-priority", "ordinal")
    return list(waiting.select_for_update(of=("self",), skip_locked=True, no_key=True)[:limit])


def was_shown(worker_id: UUID) -> Exists:
    """Return the condition on tasks that a check showed the worker what others answered."""
    return Exists(Assignment.objects.filter(task__parent_task=OuterRef("pk"), worker_id=worker_id))


def may_review(job: LabelingJob, user_id: UUID) -> bool:
    """Return whether a user is of those who check other people's work in a job.

    Who is paid for it is of the job's field; those who order decide for themselves.
    """
    if job.reviewed_by != ReviewedBy.REQUESTER and not holds_expertise(job, user_id):
        return False
    return LabelingJob.objects.reviewed_by_user(User(pk=user_id)).filter(pk=job.pk).exists()


def may_answer(job: LabelingJob, user_id: UUID) -> bool:
    """Return whether a user is of the job's workforce."""
    return LabelingJob.objects.answered_by(User(pk=user_id)).filter(pk=job.pk).exists()


def deserted_reviews(job: LabelingJob) -> list[UUID]:
    """Return the checks that wait for people of whom none is left."""
    waiting = Task.objects.wanting_reviews().filter(job=job)
    with_lease = Assignment.objects.filter(task=OuterRef("pk"), state=AssignmentState.ACTIVE)
    rows = waiting.filter(~Exists(with_lease)).values_list("pk", "asset_id")
    return [task_id for task_id, asset_id in rows if not _anybody_left(asset_id, job)]


def pay_for_check(job: LabelingJob, kind: TaskKind) -> int:
    """Return what a check pays: a review its part of an answer's work, an adjudication all of it."""
    if job.reviewed_by == ReviewedBy.REQUESTER:
        return 0
    return job.review_pay_micros if kind is TaskKind.REVIEW else job.pay_micros


def _set_aside(job: LabelingJob, micros: int) -> bool:
    within = LabelingJob.objects.filter(pk=job.pk, n_reviews__lt=review_cap(job), review_reserve_micros__gte=micros)
    taken = within.update(n_reviews=F("n_reviews") + 1, review_reserve_micros=F("review_reserve_micros") - micros)
    return bool(taken)


def _anybody_left(asset_id: UUID, job: LabelingJob) -> bool:
    """Return whether somebody may check what was said of an asset."""
    if job.reviewed_by == ReviewedBy.PEER and never_runs_out(job):
        return True
    had = Assignment.objects.tried().filter(task__asset=asset_id, worker=OuterRef("pk"))
    return reviewers_of(job).filter(~Exists(had)).exists()
