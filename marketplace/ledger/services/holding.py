"""Locking accounts ahead of several transfers in one transaction."""

from marketplace.ledger.models import Account
from marketplace.ledger.services.transfers import Owner, accounts_for

# A query takes no more values than 65,535.
AT_ONCE = 5_000


def hold_accounts(*owners: Owner, currency: str) -> None:
    """Lock accounts in the order of their ids, so that transfers among them may follow in any; opened where missing."""
    found: set[int] = set()
    for start in range(0, len(owners), AT_ONCE):
        found.update(account.pk for account in accounts_for(*owners[start : start + AT_ONCE], currency=currency))
    ordered = sorted(found)
    for start in range(0, len(ordered), AT_ONCE):
        held = Account.objects.filter(pk__in=ordered[start : start + AT_ONCE]).order_by("pk")
        list(held.select_for_update(no_key=True).values_list("pk"))
