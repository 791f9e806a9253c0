"""Settling: the fee on what was spent, the invoice, and everything else back to the requester."""

from uuid import UUID

from django.db import transaction

from labeling.models import Answer, Assignment, AssignmentState, CloseReason
from labeling.services import release_reserves
from marketplace.ledger.models import AccountKind, TransferKind
from marketplace.ledger.services import account_for, post_transfer
from marketplace.operations.adapters import database_now
from marketplace.operations.core.currencies import half_up_minor
from marketplace.operations.core.money import MICROS, format_money
from marketplace.operations.errors import TryAgainLater
from marketplace.orders.models import Acceptance, Freeze, FreezeState, Order, OrderState
from marketplace.orders.services.buy import locked_order
from marketplace.orders.services.escrow import put_back
from marketplace.orders.services.invoice import invoice_order
from marketplace.orders.services.top_up import top_up_finally
from marketplace.orders.signals import order_settled
from pricing.services import Outcome, record_outcome

# A job that ended otherwise was broken off, and says nothing of what all of it would have cost.
WORKED_OFF = (CloseReason.COMPLETED, CloseReason.BUDGET)


@transaction.atomic
def settle_order(job_id: UUID) -> None:
    """Close the books of an order whose job ended; a second call, or one for a cancelled order, does nothing.

    Where people decide on answers, appeals and frozen jobs, the books close as soon as all of that is final.

    Raises
    ------
    TryAgainLater
        Some submitted answer is still undecided, and will be in a moment.
    """
    order_id = Order.objects.values_list("pk", flat=True).get(job_id=job_id)
    order = locked_order(order_id, allowed=(OrderState.PUBLISHED, OrderState.SETTLED, OrderState.CANCELLED))
    if order.state != OrderState.PUBLISHED:
        return
    release_reserves(job_id)  # from here on nothing that is paid from them can be taken, so none can be owed
    if _is_decided(order):
        _close_books(order)
    elif order.acceptance == Acceptance.AUTOMATIC:
        raise TryAgainLater
    else:
        order.is_over = True
        order.save(update_fields=["is_over"])


@transaction.atomic
def settle_if_decided(order_id: UUID) -> None:
    """Close the books of an order whose job is over, if everything is decided and final by now."""
    order = locked_order(order_id, allowed=tuple(OrderState))
    if order.state == OrderState.PUBLISHED and order.is_over and _is_decided(order):
        _close_books(order)


def _is_decided(order: Order) -> bool:
    undecided = Assignment.objects.filter(job_id=order.job_id, state=AssignmentState.SUBMITTED)
    frozen = Freeze.objects.filter(order=order, state=FreezeState.OPEN)
    return not (undecided.exists() or order.rejections.unsettled().exists() or frozen.exists())


def _close_books(order: Order) -> None:
    quote = order.quote
    assert quote is not None  # noqa: S101 -- the constraint order_quoted
    topped_up = top_up_finally(order)
    escrow = account_for(AccountKind.ESCROW, order.pk, order.currency)
    paid = order.funded_micros - escrow.balance_micros
    # What was paid on top carries no fee, and comes out of it where the order has nothing else left.
    fee = half_up_minor((paid - topped_up) * quote.fee_ppm // MICROS, order.currency) + quote.set_up_micros
    fee = min(fee, escrow.balance_micros)
    post_transfer(
        TransferKind.FEE,
        reference=f"fee:{order.pk}",
        amounts={escrow: -fee, account_for(AccountKind.FEE, None, order.currency): fee},
        order_id=order.pk,
    )
    invoice = invoice_order(order)
    escrow.refresh_from_db(fields=["balance_micros"])
    refund = escrow.balance_micros
    put_back(order, micros=refund)
    order.state = OrderState.SETTLED
    order.paid_micros, order.fee_micros, order.refunded_micros = paid, fee, refund
    order.rounding_micros = invoice.rounding_micros if invoice else 0
    order.settled_at = database_now()
    order.save(update_fields=["state", "paid_micros", "fee_micros", "rounding_micros", "refunded_micros", "settled_at"])
    data = {"paid": format_money(paid), "fee": format_money(fee), "refunded": format_money(refund)}
    order_settled.send(sender=None, order_id=order.pk, data=data | {"currency": order.currency})
    _teach(order, charged_micros=paid + fee)


def _teach(order: Order, *, charged_micros: int) -> None:
    """Let later quotes learn from what this one came to."""
    quote, job = order.quote, order.job
    if quote is None or job.teaches or job.close_reason not in WORKED_OFF:
        return
    n_answers = Answer.objects.filter(job=job, counted=True).count()
    record_outcome(quote, job, Outcome(charged_micros, n_answers), now=database_now())
