"""Locking accounts ahead of several transfers in one transaction."""

from django.db.models import Q

from marketplace.ledger.models import Account
from marketplace.ledger.services.transfers import Owner, accounts_for


def hold_accounts(*owners: Owner, currency: str) -> None:
    """Lock accounts in the order of their ids, so that transfers among them may follow in any; opened where missing."""
    accounts_for(*owners, currency=currency)
    chosen = Q(pk__in=[])
    for kind, owner_id in owners:
        chosen |= Q(kind=kind, owner_id=owner_id)
    list(Account.objects.select_for_update(no_key=True).filter(chosen, currency=currency).order_by("pk"))
