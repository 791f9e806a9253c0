"""What the ledger refuses."""

from marketplace.operations.errors import DomainError


class LedgerError(DomainError):
    """Base of the ledger's refusals."""


class InsufficientFunds(LedgerError):
    """The account does not hold what is to leave it; `missing` says how much more is needed."""

    code = "insufficient_funds"
    is_outcome = True


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
    is_outcome = True


class AmountNotPayable(LedgerError):
    """The currency has no such small amount; `smallest` says what it counts in."""

    code = "amount_not_payable"


class PayoutRefused(LedgerError):
    """Base of what keeps a payout from being asked for."""

    code = "payout_refused"
    is_outcome = True


class NoPayoutDestination(PayoutRefused):
    """The worker has not said where the money goes."""

    code = "no_payout_destination"


class DestinationTooNew(PayoutRefused):
    """The destination was changed a short while ago; `usable_from` says when payouts go there."""

    code = "destination_too_new"


class BelowMinimum(PayoutRefused):
    """A payout is at least `minimum`."""

    code = "below_minimum"


class PayoutUnderway(PayoutRefused):
    """An earlier payout in this currency has not arrived yet; `payout` says which."""

    code = "payout_underway"
    is_outcome = False  # the other payout is in the way just now


class ProviderAnswerRefused(LedgerError):
    """A line of the provider's answer is not about what was sent; nothing of the file was booked."""

    code = "provider_answer_refused"
