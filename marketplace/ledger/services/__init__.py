"""Moving money."""

from marketplace.ledger.services.deposits import deposit
from marketplace.ledger.services.holding import hold_accounts
from marketplace.ledger.services.invoices import Charged, issue_invoice
from marketplace.ledger.services.paying_out import Settled, send_payouts, settle_payouts
from marketplace.ledger.services.payouts import minimum_payout_micros, request_all_payouts, request_payout
from marketplace.ledger.services.transfers import account_for, accounts_for, post_transfer, reverse_transfer

__all__ = [
    "Charged",
    "Settled",
    "account_for",
    "accounts_for",
    "deposit",
    "hold_accounts",
    "issue_invoice",
    "minimum_payout_micros",
    "post_transfer",
    "request_all_payouts",
    "request_payout",
    "reverse_transfer",
    "send_payouts",
    "settle_payouts",
]
