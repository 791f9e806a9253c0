"""Offers: which worker should get a task next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet

from labeling.errors import InvalidInput, WrongState
from labeling.models import AT_WORK, JobState, LabelingJob, Task, TaskOffer
from marketplace.accounts.models import Membership, Role
from marketplace.operations.adapters import database_now

TAKES_OFFERS = (*AT_WORK, JobState.PAUSED)


@dataclass(frozen=True)
class OfferRequest:
    """A task of a job, by its id or by its asset's name, and the worker who should get it."""

    worker_id: UUID
    task_id: UUID | None = None
    external_id: str | None = None
    rank: int = 0


def push_offers(pairs: Iterable[tuple[UUID, UUID, int]]) -> int:
    """Offer tasks to workers, given as (task, worker, rank); what stands already is left. Return how many stand."""
    offers = [TaskOffer(task_id=task_id, worker_id=worker_id, rank=rank) for task_id, worker_id, rank in pairs]
    TaskOffer.objects.bulk_create(offers, ignore_conflicts=True)
    return len(offers)


def offers_to(worker_id: UUID, job: LabelingJob) -> QuerySet[TaskOffer]:
    """Return the worker's offers in the job that are not over."""
    unexpired = Q(until__isnull=True) | Q(until__gt=database_now())
    return TaskOffer.objects.filter(unexpired, worker_id=worker_id, task__job=job)


def offer_tasks(job: LabelingJob, requests: Sequence[OfferRequest]) -> dict[int, InvalidInput]:
    """Offer tasks of a published job to members of its organization; return the refusals by index.

    Raises
    ------
    WrongState
        The job has no tasks yet, or has ended.
    """
    if job.state not in TAKES_OFFERS:
        raise WrongState(
            f"The job is {job.state}.", state=job.state, allowed_states=[state.value for state in TAKES_OFFERS]
        )
    workers = set(
        Membership.objects.filter(
            organization_id=job.organization_id,
            role=Role.WORKER,
            user_id__in={request.worker_id for request in requests},
        ).values_list("user_id", flat=True)
    )
    tasks = _tasks_of(job, requests)
    refused: dict[int, InvalidInput] = {}
    given: list[tuple[UUID, UUID, int]] = []
    for index, request in enumerate(requests):
        task_id = tasks.get(request.task_id or request.external_id)
        if request.worker_id not in workers:
            refused[index] = InvalidInput("The organization has no such worker.", field=f"offers[{index}].worker")
        elif task_id is None:
            name = "task" if request.task_id else "asset"
            refused[index] = InvalidInput("The job has no such task.", field=f"offers[{index}].{name}")
        else:
            given.append((task_id, request.worker_id, request.rank))
    push_offers(given)
    return refused


def _tasks_of(job: LabelingJob, requests: Sequence[OfferRequest]) -> dict[UUID | str | None, UUID]:
    """Return the job's tasks that are asked for, by id and by the name of their asset."""
    ids = {request.task_id for request in requests if request.task_id}
    names = {request.external_id for request in requests if request.external_id}
    of_assets = Task.objects.annotations().filter(job=job)
    tasks: dict[UUID | str | None, UUID] = {
        task_id: task_id for task_id in of_assets.filter(pk__in=ids).values_list("pk", flat=True)
    }
    # Where an asset is asked about in parts, its name says too little.
    whole = of_assets.filter(asset__external_id__in=names, scope__isnull=True)
    tasks.update(whole.values_list("asset__external_id", "pk"))
    return tasks
