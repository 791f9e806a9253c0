"""Money from outside."""

from uuid import UUID

from django.db import transaction

from marketplace.ledger.adapters import PaymentProvider, payment_provider
from marketplace.ledger.errors import PaymentRefused
from marketplace.ledger.models import AccountKind, Transfer, TransferKind
from marketplace.ledger.services.transfers import accounts_for, post_transfer


@transaction.atomic
def deposit(organization_id: UUID, *, micros: int, currency: str, reference: str) -> Transfer:
    """Take money from the payment provider into an organization's prepaid account.

    Raises
    ------
    PaymentRefused
        The provider did not take it; nothing moved.
    """
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
