"""The labels of a job and of all its rounds together: of each asset that of the latest round that came to one."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from labeling.core.formats import LabeledTask
from labeling.core.splitting import merged_by_asset
from labeling.models import LabelingJob, SnapshotOmission, Task
from quality.models import ConsensusLabel, ConsensusRun


@dataclass(frozen=True)
class LatestLabel:
    """The label of an asset over all rounds, and the job and run that it is of; `round` is 0 for the first job.

    Attributes
    ----------
    is_whole : every part of the asset was answered.
    """

    asset_id: UUID
    job_id: UUID
    run_id: UUID
    round: int
    state: str
    confidence: float
    value: dict[str, Any]
    is_whole: bool = True


def latest_labels(job: LabelingJob, asset_ids: Sequence[UUID]) -> dict[UUID, LatestLabel]:
    """Return the labels of assets over a job and all its rounds: that of the latest round wins.

    A round that came to no answer on an asset has no say, and one that answered some parts of it only where no round
    answered all. A copy has the label of the asset that it is a copy of.
    """
    found: dict[UUID, LatestLabel] = {}
    for number, run in reversed(_runs_of_rounds(job)):
        wanted = [asset_id for asset_id in asset_ids if asset_id not in found or not found[asset_id].is_whole]
        copies = SnapshotOmission.objects.filter(snapshot=run.job.snapshot_id, asset__in=wanted)
        stands_for = {asset_id: asset_id for asset_id in wanted}
        stands_for |= {copy: first for copy, first in copies.values_list("asset_id", "labeled_as_id") if first}
        labels = {label.asset_id: label for label in _labels_of(run, set(stands_for.values()), number=number)}
        for asset_id, first in stands_for.items():
            label = labels.get(first)
            if label is not None and (asset_id not in found or label.is_whole):
                found[asset_id] = replace(label, asset_id=asset_id)
    return found


def first_job_of(job: LabelingJob) -> LabelingJob:
    """Return the job that the rounds began with."""
    first = job
    while first.parent_job is not None:
        first = first.parent_job
    return first


def _runs_of_rounds(job: LabelingJob) -> list[tuple[int, ConsensusRun]]:
    """Return the current runs of the first job and of all rounds after it, oldest round first."""
    jobs = generation = [first_job_of(job)]
    while generation:
        generation = list(LabelingJob.objects.filter(parent_job__in=generation))
        jobs = jobs + generation
    order = sorted(jobs, key=lambda each: each.pk)  # ids grow with time
    runs = {
        run.job_id: run for run in ConsensusRun.objects.filter(job__in=order, is_current=True).select_related("job")
    }
    return [(number, runs[each.pk]) for number, each in enumerate(order) if each.pk in runs]


def _labels_of(run: ConsensusRun, asset_ids: Iterable[UUID], *, number: int) -> Iterator[LatestLabel]:
    """Yield what a run concluded of assets, the parts of each put together; of those that nobody answered nothing."""
    tasks = Task.objects.annotations().filter(job=run.job_id, asset__in=list(asset_ids)).select_related("asset")
    labels = {label.task_id: label for label in run.labels.filter(task__in=tasks)}
    by_asset: defaultdict[UUID, list[LabeledTask]] = defaultdict(list)
    for task in tasks.order_by("ordinal"):
        by_asset[task.asset_id].append(_labeled(task, labels.get(task.pk)))
    for asset_id, parts in by_asset.items():
        [whole] = merged_by_asset(parts)
        if whole.value is not None and whole.state is not None and whole.n_answers:
            yield LatestLabel(
                asset_id=asset_id,
                job_id=run.job_id,
                run_id=run.pk,
                round=number,
                state=whole.state,
                confidence=whole.confidence or 0.0,
                value=whole.value,
                is_whole=all(part.is_answered for part in parts),
            )


def _labeled(task: Task, label: ConsensusLabel | None) -> LabeledTask:
    asset = task.asset
    return LabeledTask(
        task.ordinal,
        str(asset.pk),
        asset.external_id,
        asset.width,
        asset.height,
        None if label is None else label.state,
        None if label is None else label.confidence,
        None if label is None else label.value,
        0 if label is None else label.n_answers + label.n_reviews,  # what a reviewer has said is an answer too
        task.retired_reason,
        scope=task.scope,
    )
