"""Settling: the fee on what was spent, and everything else back to the requester."""

from decimal import Decimal
from uuid import UUID

from django.db import transaction

from labeling.models import Answer, Assignment, AssignmentState, CloseReason
from labeling.services import release_reserves
from marketplace.ledger.models import AccountKind, TransferKind
from marketplace.ledger.services import account_for, post_transfer
from marketplace.operations.adapters import database_now
from marketplace.operations.core.money import MICROS, format_money, half_up_cent
from marketplace.operations.errors import TryAgainLater
from marketplace.orders.models import Order, OrderState
from marketplace.orders.services.buy import locked_order
from marketplace.orders.signals import order_settled
from pricing.services import Outcome, record_outcome

# A job that ended otherwise was broken off, and says nothing of what all of it would have cost.
WORKED_OFF = (CloseReason.COMPLETED, CloseReason.BUDGET)


@transaction.atomic
def settle_order(job_id: UUID) -> None:
    """Close the books of an order whose job ended; a second call, or one for a cancelled order, does nothing.

    Raises
    ------
    TryAgainLater
        Some submitted answer is still undecided.
    """
    order_id = Order.objects.values_list("pk", flat=True).get(job_id=job_id)
    order = locked_order(order_id, allowed=(OrderState.PUBLISHED, OrderState.SETTLED, OrderState.CANCELLED))
    if order.state != OrderState.PUBLISHED:
        return
    release_reserves(job_id)  # from here on nothing that is paid from them can be taken, so none can be owed
    if Assignment.objects.filter(job_id=job_id, state=AssignmentState.SUBMITTED).exists():
        raise TryAgainLater
    quote = order.quote
    assert quote is not None  # noqa: S101 -- the constraint order_quoted
    escrow = account_for(AccountKind.ESCROW, order.pk, order.currency)
    paid = order.funded_micros - escrow.balance_micros
    fee = half_up_cent(Decimal(paid * quote.fee_ppm) / MICROS / MICROS)
    fee = min(fee + quote.set_up_micros, escrow.balance_micros)
    refund = escrow.balance_micros - fee
    post_transfer(
        TransferKind.FEE,
        reference=f"fee:{order.pk}",
        amounts={escrow: -fee, account_for(AccountKind.FEE, None, order.currency): fee},
        order_id=order.pk,
    )
    post_transfer(
        TransferKind.REFUND,
        reference=f"refund:{order.pk}",
        amounts={escrow: -refund, account_for(AccountKind.PREPAID, order.organization_id, order.currency): refund},
        order_id=order.pk,
    )
    order.state = OrderState.SETTLED
    order.paid_micros, order.fee_micros, order.refunded_micros = paid, fee, refund
    order.settled_at = database_now()
    order.save(update_fields=["state", "paid_micros", "fee_micros", "refunded_micros", "settled_at"])
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
