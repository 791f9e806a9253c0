"""The doors to payment and payout providers."""

from marketplace.ledger.adapters.charging import PaymentProvider, PlayMoney, Receipt, payment_provider
from marketplace.ledger.adapters.payouts import PayoutFiles, PayoutProvider, payout_provider

__all__ = [
    "PaymentProvider",
    "PayoutFiles",
    "PayoutProvider",
    "PlayMoney",
    "Receipt",
    "payment_provider",
    "payout_provider",
]
