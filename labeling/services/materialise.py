"""Split plans: from a snapshot to tasks."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from labeling.models import LabelingJob, Snapshot, Task, TaskKind
from labeling.services.ordering import doubts_at_first, priority_of

CHUNK = 1_000


@dataclass(frozen=True)
class SplitPreview:
    """What a split plan would make."""

    strategy: str
    n_assets: int
    n_tasks: int


def preview_split(job: LabelingJob) -> SplitPreview:
    """Return what the job's split plan makes, without making it."""
    n_assets = Snapshot.objects.values_list("n_assets", flat=True).get(pk=job.snapshot_id)
    return SplitPreview(strategy=job.split_strategy, n_assets=n_assets, n_tasks=n_assets)


def materialise_tasks(job_id: UUID) -> Iterator[float]:
    """Create the tasks chunk by chunk, each in a transaction of its own, and yield the share done.

    May be interrupted and run again: it goes on after the last task made.
    """
    n_assets = LabelingJob.objects.values_list("snapshot__n_assets", flat=True).get(pk=job_id)
    while True:
        n_tasks = _materialise_chunk(job_id)
        yield n_tasks / n_assets
        if n_tasks >= n_assets:
            return


@transaction.atomic
def _materialise_chunk(job_id: UUID) -> int:
    job = LabelingJob.objects.select_for_update(no_key=True).get(pk=job_id)
    members = job.snapshot.members.filter(ordinal__gt=job.n_tasks, ordinal__lte=job.n_tasks + CHUNK)
    places = list(members.order_by("ordinal").values_list("asset_id", "ordinal"))
    doubts = doubts_at_first(job)([asset_id for asset_id, _ in places])
    tasks = [
        Task(
            job=job,
            asset_id=asset_id,
            ordinal=ordinal,
            priority=priority_of(doubts.get(asset_id)),
            kind=TaskKind.TRAINING if job.teaches else TaskKind.ANNOTATE,
            wanted_overlap=job.min_overlap,
            max_overlap=job.max_overlap,
            pay_micros=job.pay_micros,
        )
        for asset_id, ordinal in places
    ]
    Task.objects.bulk_create(tasks)
    job.n_tasks += len(tasks)
    job.save(update_fields=["n_tasks"])
    return job.n_tasks
