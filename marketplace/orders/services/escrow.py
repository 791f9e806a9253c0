"""An order's escrow: what is set aside for it out of the organization's prepaid account, and what goes back."""

from marketplace.ledger.models import AccountKind, TransferKind
from marketplace.ledger.services import account_for, post_transfer
from marketplace.operations.core.money import format_money
from marketplace.orders.models import Order
from marketplace.orders.signals import order_funded


def set_aside(order: Order, *, micros: int, reference: str) -> None:
    """Move an amount into the escrow, and tell of it.

    Raises
    ------
    InsufficientFunds
        Nothing moved.
    """
    _move(order, TransferKind.FUND, micros=micros, reference=reference)
    data = {"amount": format_money(micros), "currency": order.currency}
    order_funded.send(sender=None, order_id=order.pk, data=data)


def put_back(order: Order, *, micros: int) -> None:
    """Give back what an order did not need: once, at its end."""
    _move(order, TransferKind.REFUND, micros=-micros, reference=f"refund:{order.pk}")


def pass_on(order: Order, *, micros: int, reference: str) -> None:
    """Give back what came back into the escrow of an order that is settled."""
    _move(order, TransferKind.REFUND, micros=-micros, reference=reference)


def _move(order: Order, kind: TransferKind, *, micros: int, reference: str) -> None:
    prepaid = account_for(AccountKind.PREPAID, order.organization_id, order.currency)
    escrow = account_for(AccountKind.ESCROW, order.pk, order.currency)
    post_transfer(kind, reference=reference, amounts={prepaid: -micros, escrow: micros}, order_id=order.pk)
