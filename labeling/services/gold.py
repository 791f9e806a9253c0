"""Gold among the tasks, and what is known of a worker: columns that upper rooms push down and claiming obeys."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from labeling.errors import InvalidInput
from labeling.models import JobWorker, LabelingJob, Task

MAX_EXPOSURES = 10_000


@transaction.atomic
def reserve_gold(job_id: UUID, asset_ids: Collection[UUID], *, max_exposures: int) -> dict[UUID, UUID]:
    """Turn the tasks on these assets into gold, before anybody has seen them; return each asset's task. Safe to repeat.

    Parameters
    ----------
    max_exposures : workers that a gold task is shown to at most.

    Raises
    ------
    InvalidInput
        An asset is not among the job's tasks, or workers have seen its task.
    """
    tasks = Task.objects.select_for_update(no_key=True).filter(job=job_id, asset__in=asset_ids).order_by("pk")
    found = {task.asset_id: task for task in tasks}
    if len(found) < len(set(asset_ids)):
        raise InvalidInput("An asset is not among the job's tasks.", field="asset")
    if any(not task.is_gold and task.assignments.exists() for task in found.values()):
        raise InvalidInput("A task that workers have seen cannot become gold.", field="asset")
    shown = min(max_exposures, MAX_EXPOSURES)
    fresh = [task.pk for task in found.values() if not task.is_gold]
    Task.objects.filter(pk__in=fresh).update(is_gold=True, wanted_overlap=shown, max_overlap=shown)
    return {asset_id: task.pk for asset_id, task in found.items()}


def set_gold_rate(job_id: UUID, worker_id: UUID, *, ppm: int) -> None:
    """Fix how often a worker gets gold in a job, in millionths of the tasks handed out."""
    JobWorker.objects.filter(job=job_id, worker=worker_id).update(gold_ppm=ppm)


def pause_worker(job: LabelingJob, worker_id: UUID, *, until: datetime | None) -> None:
    """Hand no task of the job to a worker before that time; None lets the worker go on at once."""
    JobWorker.objects.filter(job=job, worker=worker_id).update(paused_until=until)
