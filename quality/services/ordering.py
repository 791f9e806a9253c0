"""Ordering the tasks of an open job anew: where a model is least sure, or an earlier job's labels are in doubt."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from labeling.errors import WrongState
from labeling.models import AT_WORK, JobState, LabelingJob, TaskKind
from labeling.services import Doubts, doubts_of_model, no_doubts, prioritise
from marketplace.operations.adapters import database_now
from marketplace.operations.errors import LeaseLost, TryAgainLater
from marketplace.operations.models import Operation
from marketplace.operations.services import claim_operation, record_progress, start_operation, succeed_operation
from quality.errors import ReorderUnderWay
from quality.models import ConsensusLabel, ConsensusRun, TaskBelief
from quality.signals import reorder_requested

KIND = "reorder"
ORDERED_WHILE = (*AT_WORK, JobState.PAUSED)


@dataclass(frozen=True)
class TaskOrder:
    """In which order tasks that nobody has begun come; by the dataset where nothing is named.

    Attributes
    ----------
    source, version : of pre-labels, those with the lowest scores first; the latest version where none is named.
    doubts_of : a job, whose least sure labels come first.
    """

    source: str = ""
    version: str = ""
    doubts_of: UUID | None = None


@transaction.atomic
def request_reorder(job_id: UUID, order: TaskOrder, *, requested_by_id: UUID) -> Operation:
    """Ask for the tasks that nobody has begun to be ordered anew.

    Raises
    ------
    WrongState
        The job hands out no tasks.
    ReorderUnderWay
        They are being ordered.
    """
    job = LabelingJob.objects.select_for_update(no_key=True).get(pk=job_id)
    if job.state not in ORDERED_WHILE:
        allowed = [state.value for state in ORDERED_WHILE]
        raise WrongState(f"The job is {job.state}.", state=job.state, allowed_states=allowed)
    if Operation.objects.unfinished().filter(kind=KIND, subject_id=job_id).exists():
        raise ReorderUnderWay("The tasks are being ordered.")
    params = {
        "source": order.source,
        "version": order.version,
        "doubts_of": None if order.doubts_of is None else str(order.doubts_of),
    }
    operation = start_operation(
        kind=KIND,
        organization_id=job.organization_id,
        created_by_id=requested_by_id,
        subject_id=job_id,
        params=params,
        now=database_now(),
    )
    reorder_requested.send(sender=None, job_id=job_id, data={"operation": str(operation.pk)}, deltas={})
    return operation


def run_reorder(operation_id: UUID) -> None:
    """Order the tasks; may be interrupted and begun again.

    Raises
    ------
    TryAgainLater
        Somebody else is at it.
    """
    operation = claim_operation(operation_id, now=database_now())
    try:
        if operation is not None:
            _reorder(operation)
            return
    except LeaseLost:
        pass
    if Operation.objects.unfinished().filter(pk=operation_id).exists():
        raise TryAgainLater  # the other may yet fail


def _reorder(operation: Operation) -> None:
    assert operation.subject_id is not None  # noqa: S101 -- as `request_reorder` made it
    job = LabelingJob.objects.select_related("ontology").get(pk=operation.subject_id)
    n_changed = 0
    for share, n_more in prioritise(job.pk, _doubts(job, operation.params)):
        n_changed += n_more
        record_progress(operation, percent=int(100 * share), now=database_now())
    succeed_operation(operation, result={"job": str(job.pk), "n_changed": n_changed}, now=database_now())


def _doubts(job: LabelingJob, params: Mapping[str, str | None]) -> Doubts:
    if params["source"]:
        return doubts_of_model(job, source=params["source"], version=params["version"] or "")
    if params["doubts_of"]:
        return doubts_of_labels(LabelingJob.objects.get(pk=params["doubts_of"]))
    return no_doubts


def doubts_of_labels(job: LabelingJob) -> Doubts:
    """Return how unsure a job is of its labels; before it has any, how unsure it is so far.

    Of an asset that was asked about in parts the least sure part counts.
    """
    run = ConsensusRun.objects.current_of(job)

    def doubts(asset_ids: Sequence[UUID]) -> Mapping[UUID, float]:
        of_assets = {"task__asset__in": asset_ids, "task__kind": TaskKind.ANNOTATE}
        if run is None:
            believed = TaskBelief.objects.filter(job=job, **of_assets).values_list("task__asset_id", "confidence")
            return _most(believed)
        labels = ConsensusLabel.objects.filter(run=run, **of_assets)
        found = labels.values_list("task__asset_id", "confidence", "p_correct")
        return _most((asset_id, confidence if p is None else p) for asset_id, confidence, p in found)

    return doubts


def _most(sure: Iterable[tuple[UUID, float]]) -> dict[UUID, float]:
    most: dict[UUID, float] = {}
    for asset_id, confidence in sure:
        most[asset_id] = max(most.get(asset_id, 0.0), 1.0 - confidence)
    return most
