"""Money from outside."""

from uuid import UUID

from django.db import transaction

from marketplace.ledger.adapters import PaymentProvider, payment_provider
from marketplace.ledger.errors import AmountNotPayable, PaymentRefused
from marketplace.ledger.models import AccountKind, Transfer, TransferKind
from marketplace.ledger.services.transfers import accounts_for, post_transfer
from marketplace.operations.core.currencies import format_amount, minor_unit_micros


@transaction.atomic
def deposit(organization_id: UUID, *, micros: int, currency: str, reference: str) -> Transfer:
    """Take money from the payment provider into an organization's prepaid account.

    Raises
    ------
    AmountNotPayable
        The currency has no such small amount.
    PaymentRefused
        The provider did not take it; nothing moved.
    """
    smallest = minor_unit_micros(currency)
    if micros % smallest:
        raise AmountNotPayable(
            f"{currency} is paid in steps of {format_amount(smallest, currency)}.",
            field="amount",
            smallest=format_amount(smallest, currency),
        )
    provider: PaymentProvider = payment_provider()
    receipt = provider.charge(organization_id=organization_id, micros=micros, currency=currency, reference=reference)
    if not receipt.taken:
        raise PaymentRefused(receipt.message, field="amount")
    outside, prepaid = accounts_for(
        (AccountKind.PROVIDER, None), (AccountKind.PREPAID, organization_id), currency=currency
    )
    return post_transfer(
        TransferKind.DEPOSIT, reference=f"deposit:{reference}", amounts={outside: -micros, prepaid: micros}
    )
