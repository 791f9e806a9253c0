"""In which order tasks that nobody has begun are handed out: most doubtful first."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Max

from labeling.models import LabelingJob, OrderBy, PreLabel, Task, TaskState

# Further answers to tasks have negative priorities: what nobody has seen yet comes before.
MOST_URGENT = 10_000
CHUNK = 500

# How doubtful assets are, 0 to 1, by their ids; those that nothing is known of are left out.
Doubts = Callable[[Sequence[UUID]], Mapping[UUID, float]]


def priority_of(doubt: float | None) -> int:
    """Return the priority of a task that nobody has begun, 0 to 10,000; 0 where nothing is known."""
    return 0 if doubt is None else round(MOST_URGENT * min(1.0, max(0.0, doubt)))


def doubts_at_first(job: LabelingJob) -> Doubts:
    """Return what orders the job's tasks when they are made."""
    if job.order_by == OrderBy.UNCERTAINTY:
        return doubts_of_model(job, source=job.order_source, version=job.order_version)
    return no_doubts


def no_doubts(_asset_ids: Sequence[UUID]) -> Mapping[UUID, float]:
    """Return nothing: the order of the dataset."""
    return {}


def doubts_of_model(job: LabelingJob, *, source: str, version: str) -> Doubts:
    """Return how unsure a source is of assets, by the scores of its pre-labels; of its latest version unless named."""
    labels = PreLabel.objects.offered_in(job).filter(source=source, score__isnull=False)
    if version:
        labels = labels.filter(version=version)

    def doubts(asset_ids: Sequence[UUID]) -> Mapping[UUID, float]:
        # Later ones replace earlier ones, and those of the job, which come last, those of its project.
        found = labels.filter(asset__in=asset_ids).order_by("-job_id", "id").values_list("asset_id", "score")
        return {asset_id: 1.0 - score for asset_id, score in found if score is not None}

    return doubts


def prioritise(job_id: UUID, doubts: Doubts) -> Iterator[tuple[float, int]]:
    """Order the tasks that nobody has begun; yield the share done and how many changed, chunk by chunk.

    Each chunk is a transaction of its own; may be interrupted and run again from the start.
    """
    # Not the number of tasks: a job that was split otherwise has later ordinals, and fewer tasks.
    last = Task.objects.annotations().filter(job=job_id).aggregate(last=Max("ordinal"))["last"] or 0
    for after in range(0, last, CHUNK):
        n_changed = _prioritise_chunk(job_id, after, doubts)
        yield min(1.0, (after + CHUNK) / last), n_changed


@transaction.atomic
def _prioritise_chunk(job_id: UUID, after: int, doubts: Doubts) -> int:
    waiting = Task.objects.annotations().filter(
        job=job_id,
        ordinal__gt=after,
        ordinal__lte=after + CHUNK,
        is_gold=False,
        state=TaskState.OPEN,
        n_taken=0,
        further_since=None,
    )
    tasks = list(waiting.select_for_update(no_key=True).order_by("pk").only("pk", "asset_id", "priority"))
    known = doubts([task.asset_id for task in tasks])
    changed = [task for task in tasks if task.priority != priority_of(known.get(task.asset_id))]
    for task in changed:
        task.priority = priority_of(known.get(task.asset_id))
    Task.objects.bulk_update(changed, ["priority"])
    return len(changed)
