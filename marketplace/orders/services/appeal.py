"""Appeals: the worker's word against a rejection, decided by somebody else, and won by silence."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from labeling.core.shares import WHOLE_PPM
from labeling.errors import InvalidInput
from labeling.services import overturn_rejection
from marketplace.ledger.models import TransferKind
from marketplace.operations.adapters import database_now
from marketplace.orders.core.deciding import DECIDE_FOR
from marketplace.orders.errors import AppealMade, AppealTooLate, FourEyes, NothingToDecide
from marketplace.orders.models import Freeze, FreezeState, Order, OrderState, Rejection, RejectionState
from marketplace.orders.services.buy import locked_order
from marketplace.orders.services.paying import pay_for_work
from marketplace.orders.signals import answer_appealed, appeal_decided


@transaction.atomic
def appeal_rejection(rejection_id: UUID, *, text: str) -> Rejection:
    """Note what the worker says to a rejection; a manager who did not reject decides on it, in time or not at all.

    Raises
    ------
    AppealMade, AppealTooLate
        It was appealed before or is final.
    """
    _, rejection = _locked(rejection_id)
    now = database_now()
    # What waits for the platform keeps no deadline.
    is_over = rejection.appeal_until <= now and not _is_frozen(rejection.order_id)
    if rejection.state == RejectionState.LAPSED or (rejection.state == RejectionState.OPEN and is_over):
        raise AppealTooLate("The time to appeal is over.", appeal_until=rejection.appeal_until)
    if rejection.state != RejectionState.OPEN:
        raise AppealMade("The rejection was appealed before.", state=rejection.state)
    rejection.state = RejectionState.APPEALED
    rejection.appeal, rejection.appealed_at, rejection.decide_until = text, now, now + DECIDE_FOR
    rejection.save(update_fields=["state", "appeal", "appealed_at", "decide_until"])
    data = {"rejection": str(rejection.pk), "assignment": str(rejection.assignment_id)}
    answer_appealed.send(sender=None, order_id=rejection.order_id, data=data)
    return rejection


@transaction.atomic
def uphold_rejection(rejection_id: UUID, *, note: str, by_id: UUID) -> Rejection:
    """Decide an appeal against the worker.

    Raises
    ------
    NothingToDecide, FourEyes
        There is no appeal, or it is not this person's to decide.
    """
    _, rejection = _locked(rejection_id)
    _require_decidable(rejection, by_id)
    _close(rejection, RejectionState.UPHELD, now=database_now(), note=note, by_id=by_id)
    return rejection


@transaction.atomic
def win_appeal(rejection_id: UUID, *, note: str, by_id: UUID, share_ppm: int = WHOLE_PPM) -> Rejection:
    """Decide an appeal for the worker, who is paid the rest, or up to that share of the pay.

    Raises
    ------
    NothingToDecide, FourEyes
        There is no appeal, or it is not this person's to decide.
    InvalidInput
        The share is no more than what was paid before.
    """
    order, rejection = _locked(rejection_id)
    _require_decidable(rejection, by_id)
    if share_ppm <= rejection.share_ppm:
        raise InvalidInput("An appeal is won by more than was paid before.", field="accepted_share")
    overturn(order, rejection, now=database_now(), note=note, by_id=by_id, share_ppm=share_ppm)
    return rejection


def overturn(
    order: Order,
    rejection: Rejection,
    *,
    now: datetime,
    note: str,
    by_id: UUID | None,
    share_ppm: int = WHOLE_PPM,
) -> None:
    """Take a rejection back and pay what was withheld, up to that share; the caller holds the order and it locked."""
    _close(rejection, RejectionState.OVERTURNED, now=now, note=note, by_id=by_id)
    if share_ppm == WHOLE_PPM:  # won in part, it stays one of those that were not paid in full
        order.n_rejected -= 1
        order.save(update_fields=["n_rejected"])
    won = overturn_rejection(rejection.assignment_id, share_ppm=share_ppm)
    pay_for_work(order, won, kind=TransferKind.APPEAL)


def close_overdue(order: Order, *, now: datetime) -> None:
    """Make final what nobody appealed in time, and overturn what nobody decided in time; not while it is frozen."""
    overdue = Rejection.objects.filter(order=order).overdue(now)
    for rejection_id in list(overdue.order_by("pk").values_list("pk", flat=True)):
        _close_overdue(rejection_id, now=now)


@transaction.atomic
def _close_overdue(rejection_id: UUID, *, now: datetime) -> None:
    order, rejection = _locked(rejection_id)
    if _is_frozen(order.pk) or not Rejection.objects.overdue(now).filter(pk=rejection_id).exists():
        return
    if rejection.state == RejectionState.OPEN:
        _close(rejection, RejectionState.LAPSED, now=now, note="", by_id=None)
    else:
        overturn(order, rejection, now=now, note="Nobody decided in time.", by_id=None)


def _locked(rejection_id: UUID) -> tuple[Order, Rejection]:
    order_id = Rejection.objects.values_list("order_id", flat=True).get(pk=rejection_id)
    order = locked_order(order_id, allowed=tuple(OrderState))
    return order, Rejection.objects.select_for_update(no_key=True).get(pk=rejection_id)


def _require_decidable(rejection: Rejection, by_id: UUID) -> None:
    if rejection.state != RejectionState.APPEALED:
        raise NothingToDecide("There is no appeal to decide on.", state=rejection.state)
    if by_id in {rejection.rejected_by_id, rejection.evidence_by_id, rejection.assignment.worker_id}:
        raise FourEyes(
            "Somebody else decides: you rejected the answer, or gave it, or it is your word that speaks against it."
        )


def _is_frozen(order_id: UUID) -> bool:
    return Freeze.objects.filter(order=order_id, state=FreezeState.OPEN).exists()


def _close(rejection: Rejection, state: RejectionState, *, now: datetime, note: str, by_id: UUID | None) -> None:
    rejection.state, rejection.decided_at, rejection.decided_by_id = state, now, by_id
    rejection.decision_note = note
    rejection.save(update_fields=["state", "decided_at", "decided_by", "decision_note"])
    data = {"rejection": str(rejection.pk), "assignment": str(rejection.assignment_id), "state": state.value}
    appeal_decided.send(sender=None, order_id=rejection.order_id, data=data)
