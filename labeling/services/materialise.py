"""From a split plan to tasks."""

from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import groupby, islice
from uuid import UUID

from django.db import transaction

from labeling.core.splitting import Pace, Planned
from labeling.models import LabelingJob, Task, TaskKind
from labeling.services.asset_facts import nothing
from labeling.services.ordering import doubts_at_first, priority_of
from labeling.services.splitting import planned_tasks

# Tasks that are made together, but for those of one asset, which are never torn apart.
CHUNK = 1_000

# The tasks of each asset.
Chunk = list[list[Planned]]


def materialise_tasks(job_id: UUID, *, pace: Pace, beat: Callable[[], None] = nothing) -> Iterator[float]:
    """Create the tasks chunk by chunk, each in a transaction of its own, and yield the share done.

    May be interrupted and run again: it goes on after the last asset that has its tasks. `beat` is called while assets
    are gone through, outside of transactions: before the first task, and where it goes on, that may take a minute.
    """
    job = LabelingJob.objects.select_related("snapshot", "ontology").get(pk=job_id)
    n_assets = job.snapshot.n_assets
    n_split = job.n_split
    if n_split >= n_assets:
        yield 1.0
        return
    with closing(planned_tasks(job, job.strategy, pace=pace, beat=beat)) as plan:
        by_asset = groupby(plan, key=lambda planned: planned.asset_id)
        left = islice((list(tasks) for _, tasks in by_asset), n_split, None)
        while n_split < n_assets and (chunk := _chunk(left)):
            n_split = _materialise(job_id, chunk, after=n_split)
            yield n_split / n_assets


def _chunk(left: Iterator[list[Planned]]) -> Chunk:
    chunk: Chunk = []
    n_tasks = 0
    for tasks in left:
        chunk.append(tasks)
        n_tasks += len(tasks)
        if n_tasks >= CHUNK:
            break
    return chunk


@transaction.atomic
def _materialise(job_id: UUID, chunk: Chunk, *, after: int) -> int:
    """Make the tasks of the assets that come after so many; return how many have theirs."""
    job = LabelingJob.objects.select_for_update(no_key=True).get(pk=job_id)
    # Somebody else may have been at it meanwhile.
    fresh = chunk[job.n_split - after :] if job.n_split < after + len(chunk) else []
    planned = [task for tasks in fresh for task in tasks]
    Task.objects.bulk_create(tasks_of(job, planned, first_ordinal=job.n_tasks + 1))
    job.n_tasks += len(planned)
    job.n_split += len(fresh)
    job.save(update_fields=["n_tasks", "n_split"])
    return after + len(chunk)


def tasks_of(job: LabelingJob, planned: list[Planned], *, first_ordinal: int, first_batch: int = 0) -> list[Task]:
    """Return tasks to be inserted, numbered on from these."""
    kind = TaskKind.TRAINING if job.teaches else TaskKind.ANNOTATE
    doubts = doubts_at_first(job)([each.asset_id for each in planned])
    return [
        Task(
            job=job,
            asset_id=each.asset_id,
            ordinal=ordinal,
            priority=priority_of(doubts.get(each.asset_id)),
            kind=kind,
            scope=each.scope,
            batch=None if each.batch is None else first_batch + each.batch,
            prelabel_id=each.prelabel_id,
            wanted_overlap=job.min_overlap,
            max_overlap=job.max_overlap,
            pay_micros=job.pay_micros if each.prelabel_id is None else job.aided_pay_micros,
        )
        for ordinal, each in enumerate(planned, start=first_ordinal)
    ]
