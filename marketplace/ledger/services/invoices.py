"""Issuing invoices: exact charges rounded by the line, what rounding adds or takes away booked to its own account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction

from marketplace.accounts.models import Organization
from marketplace.ledger.core.invoicing import Charge, lines_of, seal
from marketplace.ledger.models import (
    Account,
    AccountKind,
    Invoice,
    InvoiceLine,
    InvoiceSeries,
    TransferKind,
)
from marketplace.ledger.services.transfers import account_for, post_transfer
from marketplace.operations.adapters import database_now
from marketplace.operations.core.ids import new_id


@dataclass(frozen=True)
class Charged:
    """For whom and what an invoice is: `subject` says in words what was ordered."""

    organization_id: UUID
    order_id: UUID
    currency: str
    subject: str


@transaction.atomic(savepoint=False)
def issue_invoice(charged: Charged, charges: Sequence[Charge], *, payer: Account) -> Invoice | None:
    """Invoice what was spent and not invoiced yet; nothing where there is nothing.

    Parameters
    ----------
    charges : what the ledger moved, to the micro-unit; reconciliation compares the two.
    payer : who pays what the rounding adds, or gets what it takes away: the escrow, or once it is empty the prepaid
        account.
    """
    charges = [charge for charge in charges if charge.exact_micros]
    if not charges:
        return None
    payer.refresh_from_db(fields=["balance_micros"])
    exact = sum(charge.exact_micros for charge in charges)
    lines = lines_of(charges, currency=charged.currency, at_most_micros=exact + payer.balance_micros)
    invoice = Invoice(
        id=new_id(),
        organization_id=charged.organization_id,
        order_id=charged.order_id,
        currency=charged.currency,
        total_micros=sum(line.amount_micros for line in lines),
        exact_micros=exact,
        parties=_parties(charged.organization_id),
        subject=charged.subject,
        issued_at=database_now(),
    )
    post_transfer(
        TransferKind.ROUNDING,
        reference=f"rounding:{invoice.pk}",
        amounts={
            payer: -invoice.rounding_micros,
            account_for(AccountKind.ROUNDING, None, charged.currency): invoice.rounding_micros,
        },
        order_id=charged.order_id,
    )
    rows = [
        InvoiceLine(
            invoice=invoice,
            position=position,
            kind=line.kind,
            quantity=line.quantity,
            exact_micros=line.exact_micros,
            amount_micros=line.amount_micros,
        )
        for position, line in enumerate(lines, start=1)
    ]
    _number_and_seal(invoice, rows)
    invoice.save(force_insert=True)
    InvoiceLine.objects.bulk_create(rows)
    return invoice


def sealed_document(invoice: Invoice, lines: Sequence[InvoiceLine]) -> dict[str, Any]:
    """Return everything that an invoice's hash vouches for."""
    stated = {
        field.attname: getattr(invoice, field.attname)
        for field in Invoice._meta.concrete_fields
        if field.attname not in {"sha256", "previous_sha256"}
    }
    stated["lines"] = [
        [line.position, line.kind, line.quantity, line.exact_micros, line.amount_micros] for line in lines
    ]
    return {name: _plain(value) for name, value in stated.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _number_and_seal(invoice: Invoice, lines: Sequence[InvoiceLine]) -> None:
    """Take the next number of the year; the series stays locked to the commit, so that a rollback leaves no gap."""
    issuer, year = settings.INVOICE_ISSUER["code"], invoice.issued_at.year
    InvoiceSeries.objects.bulk_create([InvoiceSeries(issuer=issuer, year=year)], ignore_conflicts=True)
    series = InvoiceSeries.objects.select_for_update(no_key=True).get(issuer=issuer, year=year)
    invoice.issuer, invoice.year, invoice.number = issuer, year, series.last_number + 1
    invoice.previous_sha256 = series.last_sha256
    invoice.sha256 = seal(sealed_document(invoice, lines), previous=series.last_sha256)
    series.last_number, series.last_sha256 = invoice.number, invoice.sha256
    series.save(update_fields=["last_number", "last_sha256"])


def _parties(organization_id: UUID) -> Mapping[str, Any]:
    name = Organization.objects.values_list("name", flat=True).get(pk=organization_id)
    return {"issuer": dict(settings.INVOICE_ISSUER), "customer": {"name": name}}
