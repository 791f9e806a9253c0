"""Books, invoices and payouts."""

from marketplace.ledger.models.books import (
    EARNINGS,
    MAY_OWE,
    UNOWNED,
    Account,
    AccountKind,
    Entry,
    Transfer,
    TransferKind,
)
from marketplace.ledger.models.invoices import Invoice, InvoiceLine, InvoiceSeries
from marketplace.ledger.models.payouts import Payout, PayoutFile, PayoutState

__all__ = [
    "EARNINGS",
    "MAY_OWE",
    "UNOWNED",
    "Account",
    "AccountKind",
    "Entry",
    "Invoice",
    "InvoiceLine",
    "InvoiceSeries",
    "Payout",
    "PayoutFile",
    "PayoutState",
    "Transfer",
    "TransferKind",
]
