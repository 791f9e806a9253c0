"""Claiming: one sorted query that knows nothing of beliefs or money."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from labeling.errors import NotQualified, WorkerPaused, WrongState
from labeling.models import AT_WORK, Assignment, AssignmentState, JobWorker, LabelingJob, ReviewedBy, Task
from labeling.services.assistance import aid
from labeling.services.countries import require_offered
from labeling.services.gold import commit_gold_pay, draw_gold, mixed
from labeling.services.grants import lock_lessons, missing_of
from labeling.services.leases import expire_leases
from labeling.services.offers import offers_to
from labeling.services.reviews import lock_reviews, may_answer, may_review, was_shown
from labeling.signals import tasks_leased
from marketplace.operations.adapters import database_now

MAX_BATCH = 20
MAX_LIVE_LEASES = 40


def claim_tasks(job_id: UUID, worker_id: UUID, *, limit: int) -> list[Assignment]:
    """Lease up to `limit` tasks to the worker, best first; none when there is nothing for this worker now.

    Leases that ran out are reclaimed first, so that neither beat nor Redis is needed for work to go on.

    Raises
    ------
    WrongState
        The job hands out no tasks.
    WorkerPaused
        The worker gets none of this job's tasks for now.
    NotQualified
        The worker has not passed what the job requires, or is not known to be of the field that it is for.
    NotOffered
        The job is not for workers of this one's country.
    """
    job = LabelingJob.objects.get(pk=job_id)
    if job.state not in AT_WORK:
        raise WrongState(f"The job is {job.state}.", state=job.state, allowed_states=[state.value for state in AT_WORK])
    missing = missing_of(job, worker_id)
    if missing and (job.reviewed_by == ReviewedBy.PEER or not may_review(job, worker_id)):
        raise _not_qualified(job, missing)
    require_offered(job, worker_id)
    expire_leases(job_id)
    # A job that closes from here on retires its tasks under their locks, so none of them is found below.
    with transaction.atomic(savepoint=False):
        place = _place_of(job_id, worker_id)
        if place.paused_until is not None and place.paused_until > database_now():
            raise WorkerPaused("You get no tasks of this job for now.", paused_until=place.paused_until)
        room = _room(place, min(limit, MAX_BATCH))
        if job.teaches:
            lessons = [_assignment(task, job, worker_id) for task in lock_lessons(job, place, limit=room)]
            return _take(job, commit_gold_pay(job, lessons))
        checks = lock_reviews(job, worker_id, limit=room)
        if missing:
            return _take(job, [_assignment(task, job, worker_id) for task in checks])
        tasks = _lock_tasks(job, place, limit=room - len(checks))
        # Gold is drawn in the place of work that there is.
        gold = draw_gold(job, place, n_tasks=len(tasks)) if tasks else []
        return _lease(job, worker_id, tasks[: room - len(checks) - len(gold)], gold=gold, checks=checks)


def _not_qualified(job: LabelingJob, missing: Mapping[str, str]) -> NotQualified:
    said = "Pass what the job requires first."
    if "expertise" in missing:
        said = f"The job is for people of whom it is known that they know the field {job.expertise}."
    return NotQualified(said, requires=missing.get("requires"), expertise=missing.get("expertise"))


def _place_of(job_id: UUID, worker_id: UUID) -> JobWorker:
    """Return the worker's place in the job, locked: one worker's claims come one after the other."""
    place = JobWorker.objects.select_for_update(no_key=True).filter(job_id=job_id, worker_id=worker_id).first()
    if place is None:
        JobWorker.objects.bulk_create(
            [JobWorker(job_id=job_id, worker_id=worker_id, pseudonym=f"w-{secrets.token_hex(5)}")],
            ignore_conflicts=True,
        )
        place = JobWorker.objects.select_for_update(no_key=True).get(job_id=job_id, worker_id=worker_id)
    return place


def _room(place: JobWorker, limit: int) -> int:
    live = Assignment.objects.filter(job_id=place.job_id, worker_id=place.worker_id, state=AssignmentState.ACTIVE)
    return max(0, min(limit, MAX_LIVE_LEASES - live.count()))


def _lock_tasks(job: LabelingJob, place: JobWorker, *, limit: int) -> list[Task]:
    """Lock the best tasks for the worker; in batches, those of the worker's own batch first.

    Then those of batches that nobody is at, and only where there are none those of others' batches: so nobody waits
    for somebody who went away. The batch of the last task is the worker's own from then on.
    """
    if limit <= 0:
        return []
    candidates = _candidates(job, place)
    if not job.strategy.in_batches or job.by_offer_only:
        return _locked_first(candidates, limit=limit)
    others = JobWorker.objects.filter(job=job, batch=OuterRef("batch")).exclude(pk=place.pk)
    tasks: list[Task] = []
    for some in (candidates.filter(batch=place.batch), candidates.filter(~Exists(others)), candidates):
        if len(tasks) < limit:
            held = [task.pk for task in tasks]
            tasks += _locked_first(some.exclude(pk__in=held), limit=limit - len(tasks))
    if tasks and tasks[-1].batch != place.batch:
        place.batch = tasks[-1].batch
        place.save(update_fields=["batch"])
    return tasks


def _locked_first(tasks: QuerySet[Task], *, limit: int) -> list[Task]:
    return list(tasks.select_for_update(of=("self",), skip_locked=True, no_key=True)[:limit])


def _candidates(job: LabelingJob, place: JobWorker) -> QuerySet[Task]:
    """Return, best first, the tasks that want answers and that the worker has not tried nor seen, nor leaves."""
    worker_id = place.worker_id
    tried = Assignment.objects.tried().filter(task=OuterRef("pk"), worker_id=worker_id)
    tasks = Task.objects.wanting_answers().filter(~Exists(tried), job=job)
    if job.review_share:
        if not may_answer(job, worker_id):
            return Task.objects.none()
        tasks = tasks.filter(~was_shown(worker_id))
    if place.defers_s:
        tasks = tasks.exclude(further_since__gt=database_now() - timedelta(seconds=place.defers_s))
    if job.by_offer_only:
        return tasks.filter(offers__in=offers_to(worker_id, job)).order_by("-priority", "offers__rank", "ordinal")
    return tasks.order_by("-priority", "ordinal")


def _lease(
    job: LabelingJob, worker_id: UUID, tasks: list[Task], *, gold: list[Task], checks: list[Task]
) -> list[Assignment]:
    """Take a place on each task and commit its pay; tasks that the budget no longer covers are left."""
    affordable = _commit_pay(job, [_assignment(task, job, worker_id) for task in tasks])
    if not affordable and (tasks or not _has_budget_for(job, gold)):
        gold = []
    known = commit_gold_pay(job, [_assignment(task, job, worker_id) for task in gold])
    # Who looks at the order of leases, by id, must not see the gold stand out. The pay of checks is set aside already.
    return _take(job, [_assignment(task, job, worker_id) for task in checks] + mixed(affordable, known))


def _take(job: LabelingJob, leases: list[Assignment]) -> list[Assignment]:
    """Begin the leases, in this order, on tasks that are locked and whose pay is reserved."""
    if not leases:
        return []
    ids = sorted(lease.pk for lease in leases)
    now = database_now()
    for lease, lease_id in zip(leases, ids, strict=True):
        lease.pk = lease_id
        lease.leased_at, lease.expires_at = now, now + timedelta(seconds=job.lease_s)
    aid(job, leases)
    Assignment.objects.bulk_create(leases)
    taken = [lease.task_id for lease in leases]
    Task.objects.filter(pk__in=taken).update(n_taken=F("n_taken") + 1)
    n = len(leases)
    tasks_leased.send(sender=None, job_id=job.pk, data={"count": n}, deltas={"leased": n})
    return leases


def _assignment(task: Task, job: LabelingJob, worker_id: UUID) -> Assignment:
    return Assignment(
        task=task,
        job=job,
        worker_id=worker_id,
        ontology_id=job.ontology_id,
        guideline_id=job.guideline_id,
        aided=task.prelabel_id is not None,
        pay_micros=task.pay_micros,
        currency=job.currency,
    )


def _has_budget_for(job: LabelingJob, gold: list[Task]) -> bool:
    """Return whether the job could still pay for one of the tasks that gold took the place of."""
    pay_micros = max((task.pay_micros for task in gold), default=0)
    covers = LabelingJob.objects.filter(pk=job.pk, answer_budget_micros__gte=F("committed_micros") + pay_micros)
    return bool(gold) and covers.exists()


def _commit_pay(job: LabelingJob, assignments: list[Assignment]) -> list[Assignment]:
    """Reserve the pay within the job's answer budget; return the assignments that fit."""
    fitting = list(assignments)
    while fitting:
        total = sum(assignment.pay_micros for assignment in fitting)
        room = Q(answer_budget_micros__gte=F("committed_micros") + total)
        if LabelingJob.objects.filter(room, pk=job.pk).update(committed_micros=F("committed_micros") + total):
            return fitting
        fitting.pop()
    return fitting
