"""Consensus runs that people ask for after a job has ended: made as an Operation, compared, promoted."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from labeling.errors import InvalidInput, WrongState
from labeling.models import JobState, LabelingJob
from marketplace.operations.adapters import database_now
from marketplace.operations.errors import DomainError, TryAgainLater
from marketplace.operations.models import Operation
from marketplace.operations.services import claim_operation, fail_operation, start_operation, succeed_operation
from quality.adapters.crowd_kit import CrowdKitUnavailable
from quality.errors import NoConsensusYet, TooManyRuns
from quality.models import MAX_RUNS, ConsensusRun
from quality.services.aggregation import AGGREGATORS, Bounds, Recipe
from quality.services.fit import TARGET_CONFIDENCE, fit_job, keep_run
from quality.signals import run_kept, run_promoted, run_requested

KIND = "consensus_run"
ENDED = (JobState.COMPLETED, JobState.CANCELLED)
# A fit tells of no progress on its way: nobody else begins it before this.
LEASE = timedelta(minutes=10)
# Of every method: how sure a label must be to be final.
_OF_ALL = {TARGET_CONFIDENCE: Bounds(0.501, 0.9999)}


def methods_of(job: LabelingJob) -> dict[str, dict[str, Bounds]]:
    """Return the methods that a job's labels can be concluded by, with their parameters."""
    return {name: {**parameters, **_OF_ALL} for name, parameters in AGGREGATORS[job.annotation_type].methods.items()}


@transaction.atomic
def request_run(job_id: UUID, *, method: str, parameters: Mapping[str, float], requested_by_id: UUID) -> Operation:
    """Ask for another run over an ended job.

    Raises
    ------
    InvalidInput
        The method or a parameter is not among `methods_of`, or out of bounds.
    WrongState, NoConsensusYet
        The job has not ended, or its own labels are still being concluded.
    TooManyRuns
        As many runs are kept, or being made, as may be.
    """
    job = LabelingJob.objects.select_for_update(no_key=True).get(pk=job_id)
    _check(job, method, parameters)
    if job.state not in ENDED:
        raise WrongState(f"The job is {job.state}.", state=job.state, allowed_states=[state.value for state in ENDED])
    if ConsensusRun.objects.current_of(job) is None:
        raise NoConsensusYet("The job's labels have not been concluded.")
    under_way = Operation.objects.unfinished().filter(kind=KIND, subject_id=job.pk).count()
    if job.consensus_runs.count() + under_way >= MAX_RUNS:
        raise TooManyRuns(f"A job keeps {MAX_RUNS} consensus runs at most.", max_runs=MAX_RUNS)
    operation = start_operation(
        kind=KIND,
        organization_id=job.organization_id,
        created_by_id=requested_by_id,
        subject_id=job.pk,
        params={"method": method, "parameters": dict(parameters)},
        now=database_now(),
    )
    run_requested.send(sender=None, job_id=job.pk, data={"operation": str(operation.pk), "method": method}, deltas={})
    return operation


def make_run(operation_id: UUID) -> None:
    """Make the run that was asked for; may be interrupted and begun again.

    Raises
    ------
    TryAgainLater
        Somebody else is at it.
    """
    operation = claim_operation(operation_id, lease=LEASE, now=database_now())
    if operation is None:
        if Operation.objects.unfinished().filter(pk=operation_id).exists():
            raise TryAgainLater  # the other may yet fail
        return
    try:
        _make(operation)
    except CrowdKitUnavailable as error:
        _fail(operation, error)


def _make(operation: Operation) -> None:
    assert operation.subject_id is not None  # noqa: S101 -- as `request_run` made it
    job = LabelingJob.objects.select_related("ontology").get(pk=operation.subject_id)
    asked = operation.params
    of_method = {name: value for name, value in asked["parameters"].items() if name not in _OF_ALL}
    fit = fit_job(job, recipe=Recipe(asked["method"], of_method))
    with transaction.atomic():
        held = LabelingJob.objects.select_for_update(no_key=True, of=("self",)).select_related("ontology")
        run = keep_run(held.get(pk=job.pk), fit, asked=asked, requested_by_id=operation.created_by_id)
        succeed_operation(operation, result={"run": str(run.pk), "number": run.number}, now=database_now())
        data = {"run": str(run.pk), "number": run.number, "method": run.method}
        run_kept.send(sender=None, job_id=job.pk, data=data, deltas={})


def _fail(operation: Operation, error: DomainError) -> None:
    fail_operation(operation, error=error, now=database_now())


@transaction.atomic
def promote_run(run_id: UUID, *, user_id: UUID) -> ConsensusRun:
    """Make a run's labels the job's; the run before it stays, with its audits. Nobody is paid or charged for it."""
    job_id = ConsensusRun.objects.values_list("job_id", flat=True).get(pk=run_id)
    job = LabelingJob.objects.select_for_update(no_key=True).get(pk=job_id)
    run = ConsensusRun.objects.get(pk=run_id)
    if run.is_current:
        return run
    before = ConsensusRun.objects.current_of(job)
    job.consensus_runs.filter(is_current=True).update(is_current=False)
    run.is_current, run.promoted_by_id, run.promoted_at = True, user_id, database_now()
    run.save(update_fields=["is_current", "promoted_by", "promoted_at"])
    data = {"run": str(run.pk), "number": run.number, "before": before and before.number}
    run_promoted.send(sender=None, job_id=job_id, data=data, deltas={})
    return run


def _check(job: LabelingJob, method: str, parameters: Mapping[str, Any]) -> None:
    methods = methods_of(job)
    if method not in methods:
        raise InvalidInput(
            "Labels of this kind are not concluded by such a method.", field="method", allowed=[*methods]
        )
    for name, value in parameters.items():
        bounds, field = methods[method].get(name), f"parameters.{str(name)[:100]}"
        if bounds is None:
            raise InvalidInput("The method has no such parameter.", field=field, allowed=[*methods[method]])
        if isinstance(value, bool) or not isinstance(value, int | float) or not bounds.least <= value <= bounds.most:
            raise InvalidInput(f"A number from {bounds.least} to {bounds.most}.", field=field)
