"""Asking for a payout: earnings leave the balance and wait to be sent."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from marketplace.accounts.models import PayoutDestination
from marketplace.ledger.errors import (
    AmountNotPayable,
    BelowMinimum,
    DestinationTooNew,
    NoPayoutDestination,
    PayoutUnderway,
)
from marketplace.ledger.models import Account, AccountKind, Payout, PayoutState, TransferKind
from marketplace.ledger.models.payouts import UNDERWAY
from marketplace.ledger.services.transfers import accounts_for, post_transfer
from marketplace.operations.adapters import database_now
from marketplace.operations.core.currencies import down_to_minor, format_amount, minor_unit_micros


def minimum_payout_micros(currency: str) -> int:
    """Return the least that is paid out in a currency."""
    return settings.PAYOUT_MINIMUM_MINOR_UNITS * minor_unit_micros(currency)


@transaction.atomic
def request_payout(worker_id: UUID, *, currency: str, amount_micros: int | None = None) -> Payout:
    """Take an amount out of a worker's balance, to be sent: what is asked for, or all that makes whole minor units.

    Raises
    ------
    NoPayoutDestination, DestinationTooNew, AmountNotPayable, BelowMinimum, PayoutUnderway, InsufficientFunds
        Nothing moved.
    """
    now = database_now()
    _require_destination(worker_id, now=now)
    balance, waiting = accounts_for((AccountKind.WORKER, worker_id), (AccountKind.PAYOUT, worker_id), currency=currency)
    micros = amount_micros
    if micros is None:
        held = Account.objects.select_for_update(no_key=True).values_list("balance_micros", flat=True)
        micros = down_to_minor(held.get(pk=balance.pk), currency)
    elif micros % minor_unit_micros(currency):
        raise AmountNotPayable(
            f"{currency} is paid out in steps of {format_amount(minor_unit_micros(currency), currency)}.",
            field="amount",
            smallest=format_amount(minor_unit_micros(currency), currency),
        )
    _require_minimum(micros, currency)
    payout = _open(worker_id, currency, micros, now=now)
    post_transfer(TransferKind.PAYOUT, reference=f"payout:{payout.pk}", amounts={balance: -micros, waiting: micros})
    return payout


@dataclass(frozen=True)
class PayDay:
    """What was asked for on a pay day.

    Attributes
    ----------
    n_requested : payouts that were asked for.
    left_out : how many balances are not paid out, by the code of what stands against it.
    """

    n_requested: int
    left_out: dict[str, int]


def request_all_payouts() -> PayDay:
    """Ask for the payout of every worker who can have one; for regular pay days."""
    n_requested, left_out = 0, Counter[str]()
    holding = Account.objects.filter(kind=AccountKind.WORKER, balance_micros__gt=0).order_by("pk")
    for worker_id, currency, micros in holding.values_list("owner_id", "currency", "balance_micros").iterator():
        if worker_id is None or micros < minimum_payout_micros(currency):
            left_out[BelowMinimum.code] += 1
            continue
        try:
            request_payout(worker_id, currency=currency)
        except (NoPayoutDestination, DestinationTooNew, BelowMinimum, PayoutUnderway) as error:
            left_out[error.code] += 1
            continue
        n_requested += 1
    return PayDay(n_requested, dict(left_out))


def usable_from(destination: PayoutDestination) -> datetime:
    """Return from when on payouts go to a destination."""
    return destination.changed_at + timedelta(seconds=settings.PAYOUT_HOLD_S)


def _require_destination(worker_id: UUID, *, now: datetime) -> None:
    destination = PayoutDestination.objects.filter(pk=worker_id).first()
    if destination is None:
        raise NoPayoutDestination("Say first where your payouts go (PUT /api/v1/payout-destination).")
    if usable_from(destination) > now:
        raise DestinationTooNew("Payouts wait after a change of where they go.", usable_from=usable_from(destination))


def _require_minimum(micros: int, currency: str) -> None:
    minimum = minimum_payout_micros(currency)
    if micros < max(minimum, 1):
        raise BelowMinimum(
            f"A payout is at least {format_amount(minimum, currency)} {currency}.",
            minimum=format_amount(minimum, currency),
            currency=currency,
        )


def _open(worker_id: UUID, currency: str, micros: int, *, now: datetime) -> Payout:
    try:
        with transaction.atomic():
            return Payout.objects.create(worker_id=worker_id, currency=currency, amount_micros=micros, requested_at=now)
    except IntegrityError as error:
        if "payout_one_underway" not in str(error):
            raise
    earlier = Payout.objects.filter(worker_id=worker_id, currency=currency, state__in=UNDERWAY).first()
    raise PayoutUnderway("An earlier payout has not arrived yet.", payout=str(earlier.pk) if earlier else None)


def give_back(payout: Payout, *, reason: str, now: datetime, provider_reference: str = "") -> None:
    """Put the money of a payout that failed back into the worker's balance; the caller holds its lock."""
    from_where = (
        (AccountKind.PAYOUT, payout.worker_id)
        if payout.state == PayoutState.REQUESTED
        else (AccountKind.TRANSIT, payout.file_id)
    )
    source, balance = accounts_for(from_where, (AccountKind.WORKER, payout.worker_id), currency=payout.currency)
    post_transfer(
        TransferKind.PAYOUT_FAILED,
        reference=f"payout_failed:{payout.pk}",
        amounts={source: -payout.amount_micros, balance: payout.amount_micros},
    )
    payout.state, payout.failure, payout.settled_at = PayoutState.FAILED, reason[:200], now
    payout.provider_reference = provider_reference
    payout.save(update_fields=["state", "failure", "settled_at", "provider_reference"])
