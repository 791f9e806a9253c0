"""Locking accounts ahead of several transfers in one transaction."""

from marketplace.ledger.services.transfers import Owner, accounts_for, accounts_of


def hold_accounts(*owners: Owner, currency: str) -> None:
    """Lock accounts in the order of their ids, so that transfers among them may follow in any; opened where missing."""
    accounts_for(*owners, currency=currency)
    list(accounts_of(owners, currency=currency).select_for_update(no_key=True).order_by("pk"))
