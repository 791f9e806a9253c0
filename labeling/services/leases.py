"""Leases: renewing, giving back, running out."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from labeling.errors import AssignmentClosed, LeaseExpired
from labeling.models import Assignment, AssignmentState, JobWorker, LabelingJob, Task, TaskKind, TaskState
from labeling.signals import lease_given_back, leases_expired
from marketplace.operations.adapters import database_now

EXPIRED_AT_ONCE = 100


def expire_leases(job_id: UUID, *, limit: int = EXPIRED_AT_ONCE) -> int:
    """Reclaim the places of leases that ran out, on the database's clock; return how many.

    Tasks that somebody else holds locked are passed over: whoever holds them settles them.
    """
    over = Assignment.objects.filter(job_id=job_id, state=AssignmentState.ACTIVE, expires_at__lte=Now())
    task_ids = set(over.values_list("task_id", flat=True)[:limit])
    return _expire(job_id, task_ids) if task_ids else 0


def jobs_with_lapsed_leases() -> list[UUID]:
    """Return the jobs that have leases to reclaim."""
    lapsed = Assignment.objects.filter(state=AssignmentState.ACTIVE, expires_at__lte=Now())
    return list(lapsed.order_by("job_id").values_list("job_id", flat=True).distinct())


@transaction.atomic
def _expire(job_id: UUID, task_ids: set[UUID]) -> int:
    tasks = Task.objects.select_for_update(no_key=True, skip_locked=True).filter(pk__in=task_ids).order_by("pk")
    locked = set(tasks.values_list("pk", flat=True))
    expired = list(
        Assignment.objects.select_for_update(no_key=True, of=("self",))
        .filter(task_id__in=locked, state=AssignmentState.ACTIVE, expires_at__lte=database_now())
        .order_by("pk")
        .select_related("task")
        .only("pay_micros", "task__is_gold", "task__kind", "task__state")
    )
    if not expired:
        return 0
    Assignment.objects.filter(pk__in=[lease.pk for lease in expired]).update(state=AssignmentState.EXPIRED)
    with connection.cursor() as cursor:  # several leases of one task may have run out
        cursor.execute(
            """UPDATE labeling_task SET n_taken = n_taken - lost.n
               FROM (SELECT unnest(%s::uuid[]) AS id, count(*) AS n GROUP BY 1) AS lost
               WHERE labeling_task.id = lost.id""",
            [[lease.task_id for lease in expired]],
        )
    _put_pay_back(job_id, expired)
    n = len(expired)
    leases_expired.send(sender=None, job_id=job_id, data={"count": n}, deltas={"leased": -n, "expired": n})
    return n


@transaction.atomic
def extend_lease(assignment_id: UUID) -> datetime:
    """Renew a lease that still runs, for as long again as it was given; return when it now ends.

    Raises
    ------
    LeaseExpired, AssignmentClosed
        There is no lease to renew.
    """
    assignment = (
        Assignment.objects.select_for_update(no_key=True, of=("self",)).select_related("job").get(pk=assignment_id)
    )
    now = database_now()
    _require_live(assignment, now)
    assignment.expires_at = now + timedelta(seconds=assignment.job.lease_s)
    assignment.save(update_fields=["expires_at"])
    return assignment.expires_at


@transaction.atomic
def give_back(assignment_id: UUID, *, state: AssignmentState) -> None:
    """End a lease without an answer: `skipped` (not wanted again) or `returned` (may come again).

    Raises
    ------
    AssignmentClosed
        The assignment is over already.
    """
    task_id, job_id = Assignment.objects.values_list("task_id", "job_id").get(pk=assignment_id)
    task = Task.objects.select_for_update(no_key=True).get(pk=task_id)
    assignment = Assignment.objects.select_for_update(no_key=True).get(pk=assignment_id)
    if assignment.state == state:
        return
    if assignment.state != AssignmentState.ACTIVE:
        raise _closed(assignment)
    assignment.state = state
    assignment.decided_at = database_now()
    assignment.save(update_fields=["state", "decided_at"])
    task.n_taken -= 1
    task.save(update_fields=["n_taken"])
    assignment.task = task
    _put_pay_back(job_id, [assignment])
    pseudonym = JobWorker.objects.values_list("pseudonym", flat=True).get(job=job_id, worker=assignment.worker_id)
    data: dict[str, Any] = {"task": str(task_id), "state": state, "worker": pseudonym}
    if task.is_check:
        data["review"] = True
    if task.kind == TaskKind.TRAINING:
        data["lesson"] = True
    lease_given_back.send(sender=None, job_id=job_id, data=data, deltas={"leased": -1, state: 1})


def release_commitment(job_id: UUID, micros: int, *, gold_micros: int = 0, review_micros: int = 0) -> None:
    """Put pay that was reserved back: into the answer budget, the gold reserve and the review reserve."""
    LabelingJob.objects.filter(pk=job_id).update(
        committed_micros=F("committed_micros") - micros,
        gold_reserve_micros=F("gold_reserve_micros") + gold_micros,
        review_reserve_micros=F("review_reserve_micros") + review_micros,
    )


def _put_pay_back(job_id: UUID, ended: Sequence[Assignment]) -> None:
    """Put back the pay of leases that ended, read with their tasks.

    A review's pay is set aside when it is asked for; it stays so while the review is still wanted.
    """
    gold = sum(each.pay_micros for each in ended if each.task.is_gold)
    checks = [each for each in ended if each.task.is_check]
    everything = sum(each.pay_micros for each in ended)
    release_commitment(
        job_id,
        everything - gold - sum(each.pay_micros for each in checks),
        gold_micros=gold,
        review_micros=sum(each.pay_micros for each in checks if each.task.state != TaskState.OPEN),
    )


def _require_live(assignment: Assignment, now: datetime) -> None:
    if assignment.state == AssignmentState.EXPIRED or (
        assignment.state == AssignmentState.ACTIVE and assignment.expires_at <= now
    ):
        raise LeaseExpired("The lease ran out.", expired_at=assignment.expires_at)
    if assignment.state != AssignmentState.ACTIVE:
        raise _closed(assignment)


def _closed(assignment: Assignment) -> AssignmentClosed:
    return AssignmentClosed(
        f"The assignment is {assignment.state}.",
        state=assignment.state,
        allowed_states=[AssignmentState.ACTIVE.value],
    )
