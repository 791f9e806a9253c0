"""Taking back a transfer that was wrong: the money goes back, an order's is credited, and none stays in between."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from marketplace.ledger.models import AccountKind, Invoice, Transfer, TransferKind
from marketplace.ledger.services import hold_accounts, reverse_transfer
from marketplace.operations.core.money import format_money
from marketplace.orders.models import Order, OrderState
from marketplace.orders.services.buy import locked_order
from marketplace.orders.services.escrow import pass_on
from marketplace.orders.services.invoice import invoice_order
from marketplace.orders.signals import transfer_reversed

# All others have a way back of their own: cancelling, settling, the provider's answer.
REVERSIBLE = (
    TransferKind.DEPOSIT,
    TransferKind.PAY,
    TransferKind.APPEAL,
    TransferKind.BONUS,
    TransferKind.TOP_UP,
    TransferKind.FEE,
)


class NotReversible(Exception):
    """Transfers of this kind are not taken back so."""


@dataclass(frozen=True)
class TakenBack:
    """What was done: the reversal, and the credit note where an order was invoiced; none at a second time."""

    reversal: Transfer
    credit_note: Invoice | None


@transaction.atomic
def take_back(transfer_id: UUID, *, reason: str) -> TakenBack:
    """Reverse a deposit, or what a settled order paid, back to whose money it was; a second call changes nothing.

    What comes back into a settled order's escrow goes on to the prepaid account, and a credit note says so.

    Raises
    ------
    NotReversible, OrderWrongState
        It is no such transfer, or its order is not settled yet.
    InsufficientFunds
        Who got the money no longer has it; nothing moved.
    """
    wrong = Transfer.objects.get(pk=transfer_id)
    if wrong.kind not in REVERSIBLE:
        raise NotReversible(f"A transfer of kind {wrong.kind} is not reversed; {', '.join(REVERSIBLE)} are.")
    if wrong.order_id is None:
        return TakenBack(reverse_transfer(wrong.pk, reason=reason), credit_note=None)
    order = locked_order(wrong.order_id, allowed=(OrderState.SETTLED,))
    if (before := Transfer.objects.filter(reverses=wrong).first()) is not None:
        return TakenBack(before, credit_note=None)
    return _take_back(order, wrong, reason=reason)


def _take_back(order: Order, wrong: Transfer, *, reason: str) -> TakenBack:
    entries = list(wrong.entries.select_related("account"))
    # All accounts are locked in their one order, those of the refund and the credit note too.
    hold_accounts(
        *((AccountKind(entry.account.kind), entry.account.owner_id) for entry in entries),
        (AccountKind.PREPAID, order.organization_id),
        (AccountKind.ROUNDING, None),
        currency=order.currency,
    )
    reversal = reverse_transfer(wrong.pk, reason=reason)
    back = -sum(entry.amount_micros for entry in entries if entry.account.kind == AccountKind.ESCROW)
    pass_on(order, micros=back, reference=f"refund:{reversal.pk}")
    credit_note = invoice_order(order)
    amount = sum(entry.amount_micros for entry in entries if entry.amount_micros > 0)
    data = {
        "transfer": str(wrong.pk),
        "kind": wrong.kind,
        "amount": format_money(amount),
        "currency": order.currency,
        "reason": reason,
    }
    transfer_reversed.send(sender=None, order_id=order.pk, data=data)
    return TakenBack(reversal, credit_note)
