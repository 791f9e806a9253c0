"""The circuit breaker: too much rejected work stops a job until somebody of the platform has looked at it."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from labeling.models import HoldReason
from labeling.services import hold_job, release_job
from marketplace.ledger.models import AccountKind
from marketplace.ledger.services import hold_accounts
from marketplace.operations.adapters import database_now
from marketplace.orders.core.deciding import APPEAL_FOR, DECIDE_FOR, is_too_much
from marketplace.orders.errors import NothingToDecide
from marketplace.orders.models import Freeze, FreezeState, Order, OrderState, Rejection, RejectionState
from marketplace.orders.services.appeal import overturn
from marketplace.orders.services.buy import locked_order
from marketplace.orders.signals import freeze_decided, order_frozen


def freeze_if_too_much(order: Order) -> None:
    """Freeze an order that the caller holds locked, if surely more of its work is rejected than the limit.

    Counted anew after a freeze that was cleared: twice as many decisions as it was cleared with.
    """
    if not is_too_much(order.n_rejected, order.n_decided):
        return
    last = Freeze.objects.filter(order=order).order_by("-frozen_at").first()
    if last is not None and (last.state == FreezeState.OPEN or order.n_decided < 2 * last.n_decided):
        return
    now = database_now()
    Freeze.objects.create(
        order=order,
        n_decided=order.n_decided,
        n_rejected=order.n_rejected,
        frozen_at=now,
        decide_until=now + DECIDE_FOR,
    )
    hold_job(order.job_id, reason=HoldReason.REJECTIONS)
    data = {"job": str(order.job_id), "n_decided": order.n_decided, "n_rejected": order.n_rejected}
    order_frozen.send(sender=None, order_id=order.pk, data=data)


@transaction.atomic
def decide_freeze(freeze_id: UUID, *, state: FreezeState, note: str, by_id: UUID) -> Freeze:
    """Let a frozen job go on: its rejections stand (`cleared`), or all of them are overturned and paid.

    Raises
    ------
    NothingToDecide
        It was decided on before.
    """
    order_id = Freeze.objects.values_list("order_id", flat=True).get(pk=freeze_id)
    order = locked_order(order_id, allowed=tuple(OrderState))
    frozen = Freeze.objects.get(pk=freeze_id)
    if state == frozen.state == FreezeState.OVERTURNED and frozen.decided_by_id is None:
        # Nobody had looked in time; somebody does now, and the job goes on.
        Freeze.objects.filter(pk=freeze_id).update(decided_by=by_id)
        release_job(order.job_id)
        return frozen
    if frozen.state != FreezeState.OPEN:
        raise NothingToDecide("The freeze was decided on before.", state=frozen.state)
    release_job(order.job_id)
    _decide(order, frozen, state, now=database_now(), note=note, by_id=by_id)
    return frozen


@transaction.atomic
def overturn_unseen(order_id: UUID, *, now: datetime) -> None:
    """Overturn the rejections of a freeze that nobody looked at in time; its job stays held until somebody does."""
    order = locked_order(order_id, allowed=tuple(OrderState))
    unseen = Freeze.objects.filter(order=order, state=FreezeState.OPEN, decide_until__lte=now).first()
    if unseen is not None:
        _decide(order, unseen, FreezeState.OVERTURNED, now=now, note="Nobody looked at it in time.", by_id=None)


def _decide(order: Order, frozen: Freeze, state: FreezeState, *, now: datetime, note: str, by_id: UUID | None) -> None:
    frozen.state, frozen.note, frozen.decided_by_id, frozen.decided_at = state, note, by_id, now
    frozen.save(update_fields=["state", "note", "decided_by", "decided_at"])
    held = Rejection.objects.select_for_update(no_key=True, of=("self",)).filter(order=order).order_by("pk")
    if state == FreezeState.OVERTURNED:
        standing = list(held.standing().select_related("assignment"))
        owners = [(AccountKind.WORKER, rejection.assignment.worker_id) for rejection in standing]
        hold_accounts((AccountKind.ESCROW, order.pk), *owners, currency=order.currency)
        for rejection in standing:
            overturn(order, rejection, now=now, note=note, by_id=None)
    else:
        held.filter(state=RejectionState.OPEN).update(appeal_until=now + APPEAL_FOR)
        held.filter(state=RejectionState.APPEALED).update(decide_until=now + DECIDE_FOR)
    freeze_decided.send(sender=None, order_id=order.pk, data={"job": str(order.job_id), "state": state.value})
