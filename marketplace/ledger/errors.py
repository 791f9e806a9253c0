"""What the ledger refuses."""

from marketplace.operations.errors import DomainError


class LedgerError(DomainError):
    """Base of the ledger's refusals."""


class InsufficientFunds(LedgerError):
    """The account does not hold what is to leave it; `missing` says how much more is needed."""

    code = "insufficient_funds"


class ReferenceReused(LedgerError):
    """The reference belongs to a transfer with other entries."""

    code = "reference_reused"


class CurrenciesMixed(LedgerError):
    """A transfer stays in one currency; `currencies` says which ones were named."""

    code = "currencies_mixed"


class AlreadyReversed(LedgerError):
    """A reversal is not reversed: post what is right instead."""

    code = "already_reversed"


class PaymentRefused(LedgerError):
    """The payment provider did not take the money."""

    code = "payment_refused"
