"""Moving money."""

from marketplace.ledger.services.deposits import deposit
from marketplace.ledger.services.holding import hold_accounts
from marketplace.ledger.services.transfers import account_for, accounts_for, post_transfer, reverse_transfer

__all__ = ["account_for", "accounts_for", "deposit", "hold_accounts", "post_transfer", "reverse_transfer"]
