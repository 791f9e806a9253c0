"""Money where a test wants it."""

from datetime import timedelta
from itertools import count
from uuid import UUID

from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.accounts.services import set_payout_destination
from marketplace.ledger.models import Account, AccountKind, Payout, TransferKind
from marketplace.ledger.services import accounts_for, post_transfer, request_payout
from marketplace.operations.core.ids import new_id
from tests import make

_numbers = count(1)


def give(kind: AccountKind, owner_id: UUID | None, *, micros: int, currency: str = "USD") -> None:
    """Put money from outside into an account, as if it had been earned there."""
    outside, target = accounts_for((AccountKind.PROVIDER, None), (kind, owner_id), currency=currency)
    reference = f"given-{new_id()}-{next(_numbers)}"
    post_transfer(TransferKind.BONUS, reference=reference, amounts={outside: -micros, target: micros})


def held(kind: AccountKind, owner_id: UUID | None, *, currency: str = "USD") -> int:
    """Return what an account holds; nothing where there is none."""
    found = Account.objects.filter(kind=kind, owner_id=owner_id, currency=currency)
    return found.values_list("balance_micros", flat=True).first() or 0


def payee(*, micros: int = 0, currency: str = "USD", reference: str = "acct_1") -> User:
    """Return a worker with earnings who said, long enough ago, where they go."""
    worker = make.worker()
    set_payout_destination(worker.pk, reference=reference, now=timezone.now() - timedelta(days=30))
    if micros:
        give(AccountKind.WORKER, worker.pk, micros=micros, currency=currency)
    return worker


def payout(*, micros: int = 5_000_000, currency: str = "USD", by: User | None = None) -> Payout:
    """Return a payout that was asked for."""
    worker = by or payee(micros=micros, currency=currency)
    return request_payout(worker.pk, currency=currency)
