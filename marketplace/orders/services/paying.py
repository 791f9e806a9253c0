"""Paying for work that was decided on, from its order's escrow."""

from labeling.services import DecidedWork
from marketplace.ledger.models import AccountKind, TransferKind
from marketplace.ledger.services import accounts_for, post_transfer
from marketplace.orders.models import Order


def pay_for_work(order: Order, work: DecidedWork, *, kind: TransferKind = TransferKind.PAY) -> None:
    """Pay what is owed for an assignment, once for each kind: for the answer, and after an appeal that was won."""
    escrow, worker = accounts_for(
        (AccountKind.ESCROW, order.pk), (AccountKind.WORKER, work.worker_id), currency=order.currency
    )
    post_transfer(
        kind,
        reference=f"{kind.value}:{work.assignment_id}",
        amounts={escrow: -work.pay_micros, worker: work.pay_micros},
        order_id=order.pk,
        assignment_id=work.assignment_id,
    )
