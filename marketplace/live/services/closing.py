"""The end of a job, by a written condition: no claimable task, no live lease, no unconsumed event."""

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q

from labeling.errors import WrongState
from labeling.models import AT_WORK, Assignment, AssignmentState, CloseReason, JobState, LabelingJob, Purpose, Task
from labeling.services import close_job, end_pilot
from marketplace.live.models import Delivery, StreamType
from marketplace.operations.adapters import database_now
from quality.services import ask_for_last_look


def close_finished_jobs() -> list[UUID]:
    """Close the jobs that are at their end, and return them; pilots that are at theirs are told of."""
    end_finished_pilots()
    now = database_now()
    closed = []
    for job in LabelingJob.objects.filter(state__in=[*AT_WORK, JobState.PAUSED]).filter(_at_an_end(now)):
        reason = _reason(job, now)
        if reason is CloseReason.COMPLETED and ask_for_last_look(job.pk):
            continue
        try:
            close_job(job.pk, reason=reason)
        except WrongState:  # somebody else closed it between the query and the lock
            continue
        closed.append(job.pk)
    return closed


def end_finished_pilots() -> list[UUID]:
    """End the pilots all of whose tasks are done with, and return their jobs."""
    now = database_now()
    wanted = Task.objects.unfinished().filter(job=OuterRef("pk"), wanted_overlap__gt=0)
    running = LabelingJob.objects.filter(n_held__gt=0, pilot_ended_at=None)
    at_rest = running.filter(~Exists(wanted), ~_live_leases(now), ~_unconsumed())
    return [job_id for job_id in at_rest.values_list("pk", flat=True) if end_pilot(job_id)]


def _live_leases(now: datetime) -> Exists:
    return Exists(Assignment.objects.filter(job=OuterRef("pk"), state=AssignmentState.ACTIVE, expires_at__gt=now))


def _unconsumed() -> Exists:
    of_job = Delivery.objects.filter(stream__type=StreamType.JOB, stream__subject_id=OuterRef("pk"))
    return Exists(of_job.filter(done_at__isnull=True))


def _at_an_end(now: datetime) -> Q:
    unfinished = Task.objects.unfinished().filter(job=OuterRef("pk"))
    open_tasks, open_checks = Exists(unfinished), Exists(unfinished.checks())
    broke = Q(committed_micros__gt=F("answer_budget_micros") - F("pay_micros"))
    overdue = Q(deadline__lte=now)
    works = Q(purpose=Purpose.WORK)
    # A training has no labels to be finished: it ends when nobody more is paid for.
    taught = Q(gold_reserve_micros__lt=F("pay_micros"))
    # What is set aside for reviews does not run out with the budget for answers.
    done = (works & (~open_tasks | (broke & ~open_checks))) | (~works & taught)
    return (done | overdue) & ~_live_leases(now) & ~_unconsumed()


def _reason(job: LabelingJob, now: datetime) -> CloseReason:
    if job.teaches and job.gold_reserve_micros < job.pay_micros:
        return CloseReason.COMPLETED
    if not job.teaches and not Task.objects.unfinished().filter(job=job).exists():
        return CloseReason.COMPLETED
    if job.deadline is not None and job.deadline <= now:
        return CloseReason.DEADLINE
    return CloseReason.BUDGET
