"""The life of an operation: queued, leased by whoever runs it, finished once."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from marketplace.operations.core.ids import new_id
from marketplace.operations.errors import DomainError, LeaseLost, OperationFinished
from marketplace.operations.models import FINISHED_STATES, Operation, OperationState

LEASE = timedelta(seconds=30)
MAX_STARTS = 5


def start_operation(
    *,
    kind: str,
    organization_id: UUID,
    created_by_id: UUID | None = None,
    subject_id: UUID | None = None,
    params: dict[str, Any] | None = None,
    now: datetime,
) -> Operation:
    """Queue a piece of long work; send its id to a task once the transaction is committed."""
    return Operation.objects.create(
        kind=kind,
        organization_id=organization_id,
        created_by_id=created_by_id,
        subject_id=subject_id,
        params=params or {},
        created_at=now,
    )


@transaction.atomic
def claim_operation(operation_id: UUID, *, lease: timedelta = LEASE, now: datetime) -> Operation | None:
    """Take the lease of an operation that nobody runs, or return nothing where somebody does or it is finished.

    What was begun five times and never finished kills its runners; it fails with the code `gave_up`.
    """
    operation = Operation.objects.select_for_update().claimable(now).filter(pk=operation_id).first()
    if operation is None:
        return None
    if operation.n_starts >= MAX_STARTS:
        error = {"code": "gave_up", "detail": f"Started {MAX_STARTS} times and never finished."}
        _finish(operation, OperationState.FAILED, error=error, now=now)
        return None
    operation.state = OperationState.RUNNING
    operation.runner_id = new_id()
    operation.runner_until = now + lease
    operation.started_at = operation.started_at or now
    operation.n_starts += 1
    operation.save()
    return operation


@transaction.atomic
def record_progress(
    operation: Operation, *, percent: int | None = None, line: str = "", lease: timedelta = LEASE, now: datetime
) -> None:
    """Renew the lease and say how far the work is; percent never falls and stays below 100 until the end.

    Raises
    ------
    LeaseLost
        Another runner took over or the operation was cancelled: stop, and keep nothing.
    """
    held = _held(operation)
    held.runner_until = now + lease
    if percent is not None:
        held.percent = min(99, max(held.percent, percent))
    if line:
        held.append_log(line)
    held.save(update_fields=["runner_until", "percent", "log"])
    _copy(held, operation)


def forget_starts(operation: Operation) -> None:
    """Let earlier starts not count: part of the work is kept, in the caller's transaction, and goes on from there.

    So very long work may be cut off often, and what never gets past one place is still given up.
    """
    Operation.objects.filter(pk=operation.pk).update(n_starts=0)


@transaction.atomic
def succeed_operation(operation: Operation, *, result: Any = None, now: datetime) -> None:
    """Finish with a result.

    Call it in the transaction of the effect: a runner whose lease was lost then leaves nothing behind.

    Raises
    ------
    LeaseLost
        Another runner took over or the operation was cancelled.
    """
    held = _held(operation)
    held.percent = 100
    held.result = result
    _finish(held, OperationState.SUCCEEDED, now=now)
    _copy(held, operation)


@transaction.atomic
def fail_operation(operation: Operation, *, error: DomainError, now: datetime) -> None:
    """Finish with the refusal that ended it.

    Raises
    ------
    LeaseLost
        Another runner took over or the operation was cancelled.
    """
    held = _held(operation)
    document = {**error.data, **error.entry()}
    _finish(held, OperationState.FAILED, error=document, now=now)
    _copy(held, operation)


@transaction.atomic
def cancel_operation(operation_id: UUID, *, now: datetime) -> Operation:
    """Stop an unfinished operation; its runner learns of it at its next progress.

    Raises
    ------
    OperationFinished
        It has ended already.
    """
    operation = Operation.objects.select_for_update().get(pk=operation_id)
    if operation.state in FINISHED_STATES:
        raise OperationFinished(
            "The operation has ended.",
            state=operation.state,
            allowed_states=[OperationState.QUEUED, OperationState.RUNNING],
        )
    _finish(operation, OperationState.CANCELLED, now=now)
    return operation


def _held(operation: Operation) -> Operation:
    """Re-read and lock the row, if the lease is still this runner's."""
    held = (
        Operation.objects.select_for_update()
        .filter(pk=operation.pk, state=OperationState.RUNNING, runner_id=operation.runner_id)
        .first()
    )
    if held is None:
        raise LeaseLost("Another runner took over, or the operation was cancelled.")
    return held


def _finish(operation: Operation, state: OperationState, *, error: dict[str, Any] | None = None, now: datetime) -> None:
    operation.state = state
    operation.error = error
    operation.runner_id = None
    operation.runner_until = None
    operation.finished_at = now
    operation.save()


def _copy(source: Operation, target: Operation) -> None:
    """Bring the caller's object up to date, without its runner's identity where that has ended."""
    for name in ("state", "percent", "log", "result", "error", "runner_id", "runner_until", "finished_at"):
        setattr(target, name, getattr(source, name))
