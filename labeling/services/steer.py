"""What upper rooms push down: how many answers a task wants, and when it is done with."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from labeling.models import Assignment, JobWorker, LabelingJob, RetiredReason, Task, TaskOffer, TaskState
from labeling.services.workforce import never_runs_out, workforce_of
from labeling.signals import overlap_raised, task_reopened, task_retired
from marketplace.operations.adapters import database_now


def raise_overlap(task: Task, *, wanted_overlap: int, priority: int = 0) -> None:
    """Want more answers for a task that the caller holds locked, at that priority; never beyond its `max_overlap`."""
    wanted = min(wanted_overlap, task.max_overlap)
    if task.state != TaskState.OPEN or wanted <= task.wanted_overlap:
        return
    task.wanted_overlap = wanted
    task.priority = priority
    task.further_since = database_now()
    task.save(update_fields=["wanted_overlap", "priority", "further_since"])
    data = {"task": str(task.pk), "ordinal": task.ordinal, "wanted_overlap": wanted}
    overlap_raised.send(sender=None, job_id=task.job_id, data=data, deltas={"overlap_raised": 1})


def leave_further_answers(job_id: UUID, worker_ids: Collection[UUID], *, for_s: int) -> None:
    """Let these workers, and no others of the job, leave answers beyond the least to the rest for so many seconds."""
    places = JobWorker.objects.filter(job=job_id)
    places.filter(defers_s__gt=0).exclude(worker__in=worker_ids).update(defers_s=0)
    places.filter(worker__in=worker_ids).exclude(defers_s=for_s).update(defers_s=for_s)


def retire_task(task: Task, *, reason: RetiredReason, facts: dict[str, Any]) -> None:
    """Buy no more answers for a task that the caller holds locked."""
    if task.state != TaskState.OPEN:
        return
    task.state = TaskState.RETIRED
    task.retired_reason = reason
    task.retired_at = database_now()
    task.save(update_fields=["state", "retired_reason", "retired_at"])
    data = {"task": str(task.pk), "ordinal": task.ordinal, "reason": reason, "n_counted": task.n_counted, **facts}
    task_retired.send(sender=None, job_id=task.job_id, data=data, deltas={"retired": 1, f"retired_{reason}": 1})


def reopen_task(task: Task, *, facts: dict[str, Any]) -> None:
    """Want one more answer for a task that was retired too soon and that the caller holds locked."""
    if task.state != TaskState.RETIRED or task.n_counted >= task.max_overlap:
        return
    reason = task.retired_reason
    task.state = TaskState.OPEN
    task.retired_reason = RetiredReason.NONE
    task.retired_at = None
    task.wanted_overlap = max(task.wanted_overlap, task.n_counted + 1)
    task.further_since = database_now()
    task.save(update_fields=["state", "retired_reason", "retired_at", "wanted_overlap", "further_since"])
    data = {"task": str(task.pk), "ordinal": task.ordinal, "wanted_overlap": task.wanted_overlap, **facts}
    task_reopened.send(
        sender=None, job_id=task.job_id, data=data, deltas={"retired": -1, f"retired_{reason}": -1, "reopened": 1}
    )


def exhausted_tasks(job: LabelingJob) -> QuerySet[Task]:
    """Return the open tasks that want answers and that nobody is left to answer: see `is_exhausted`.

    A task that was never offered to anybody is not among them: its offers are still to come.
    """
    waiting = Task.objects.wanting_answers().filter(job=job, n_taken=F("n_counted"))
    if job.by_offer_only:
        offers = TaskOffer.objects.filter(task=OuterRef("pk"))
        return waiting.filter(Exists(offers), ~Exists(_standing(offers)))
    if never_runs_out(job):
        return waiting.none()
    people = workforce_of(job)
    tried = Assignment.objects.tried().filter(task=OuterRef(OuterRef("pk")), worker=OuterRef("pk"))
    return waiting.filter(Exists(people), ~Exists(people.filter(~Exists(tried))))


def is_exhausted(task: Task, job: LabelingJob) -> bool:
    """Return whether nobody is left who may still answer a task that wants answers.

    In a job by offer: no standing offer to a worker who has not tried it. In a private job, or one for people of a
    field: nobody of them who has not. Any other public job never runs out of people, only of time.
    """
    if task.n_taken > task.n_counted:
        return False
    if job.by_offer_only:
        return not _standing(TaskOffer.objects.filter(task=task)).exists()
    if never_runs_out(job):
        return False
    tried = Assignment.objects.tried().filter(task=task, worker=OuterRef("pk"))
    return not workforce_of(job).filter(~Exists(tried)).exists()


def _standing(offers: QuerySet[TaskOffer]) -> QuerySet[TaskOffer]:
    """Return the offers that are still open to workers who have not tried the task."""
    tried = Assignment.objects.tried().filter(task=OuterRef("task"), worker=OuterRef("worker"))
    return offers.filter(Q(until__isnull=True) | Q(until__gt=database_now()), ~Exists(tried))
