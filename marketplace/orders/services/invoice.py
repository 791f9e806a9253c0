"""Invoicing an order: at settlement, and again when something was paid for it afterwards."""

from collections import Counter
from dataclasses import replace

from django.db import transaction

from marketplace.ledger.core.invoicing import CAP, Charge
from marketplace.ledger.models import AccountKind, Invoice, InvoiceLine
from marketplace.ledger.services import Charged, account_for, issue_invoice
from marketplace.orders.adapters import read_spending
from marketplace.orders.models import Order, OrderState


@transaction.atomic(savepoint=False)
def invoice_order(order: Order) -> Invoice | None:
    """Invoice what was spent on an order and no invoice names yet; nothing where that is nothing.

    Called in the transaction that settles the order, before its escrow is given back; and in that of whatever is paid
    from the prepaid account afterwards (a bonus, an appeal that was won).
    """
    open_escrow = order.state in {OrderState.FUNDED, OrderState.PUBLISHED}
    payer = (AccountKind.ESCROW, order.pk) if open_escrow else (AccountKind.PREPAID, order.organization_id)
    charged = Charged(
        organization_id=order.organization_id,
        order_id=order.pk,
        currency=order.currency,
        subject=f"Annotation work: {order.job.name}"[:300],
    )
    return issue_invoice(charged, _not_invoiced(order), payer=account_for(*payer, order.currency))


def _not_invoiced(order: Order) -> list[Charge]:
    before: Counter[str] = Counter()
    n_before: Counter[str] = Counter()
    lines = InvoiceLine.objects.filter(invoice__order_id=order.pk).exclude(kind=CAP)
    for kind, micros, n in lines.values_list("kind", "exact_micros", "quantity"):
        before[kind] += micros
        n_before[kind] += n or 0
    spent = read_spending(order.pk, organization_id=order.organization_id, currency=order.currency)
    set_up_micros = order.quote.set_up_micros if order.quote else 0
    spent = [part for charge in spent for part in _told_apart(charge, set_up_micros)]
    missing = [
        Charge(charge.kind, charge.exact_micros - before.pop(charge.kind, 0), _more(charge, n_before))
        for charge in spent
    ]
    # What was invoiced and then taken back in full is credited.
    return missing + [Charge(kind, -micros) for kind, micros in before.items()]


def _told_apart(charge: Charge, set_up_micros: int) -> list[Charge]:
    """Return the fee without the set-up work that the ledger moves with it, and that work by itself."""
    set_up = min(charge.exact_micros, set_up_micros) if charge.kind == "fee" else 0
    if not set_up:
        return [charge]
    rest = [replace(charge, exact_micros=charge.exact_micros - set_up)] if charge.exact_micros > set_up else []
    return [Charge("set_up", set_up), *rest]


def _more(charge: Charge, n_before: Counter[str]) -> int | None:
    return None if charge.quantity is None else max(0, charge.quantity - n_before[charge.kind])
