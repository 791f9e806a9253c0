"""Sending payouts, and booking what the provider says became of them.

A batch is written into the books first and handed over afterwards: a process that dies in between leaves a batch that
the next run hands over, with the same ids, and never one that the books know nothing of.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef

from marketplace.accounts.models import PayoutDestination
from marketplace.ledger.adapters import PayoutProvider, payout_provider
from marketplace.ledger.core.payout_files import Answer, Payment
from marketplace.ledger.errors import ProviderAnswerRefused
from marketplace.ledger.models import AccountKind, Payout, PayoutFile, PayoutState, TransferKind
from marketplace.ledger.services.holding import hold_accounts
from marketplace.ledger.services.payouts import give_back, usable_from
from marketplace.ledger.services.transfers import Owner, account_for, accounts_for, post_transfer
from marketplace.operations.adapters import database_now
from marketplace.operations.core.currencies import format_amount

MAX_A_FILE = 5_000
DESTINATION_GONE = "The destination was withdrawn."
DESTINATION_CHANGED = "The destination was changed before the payout was sent."


@dataclass(frozen=True)
class Settled:
    """How many payouts a provider's answer settled, and how many it had settled before."""

    n_paid: int
    n_failed: int
    n_before: int


def send_payouts() -> list[PayoutFile]:
    """Send what is asked for, and what an earlier run left unsent; return the files that were handed over."""
    currencies = Payout.objects.filter(state=PayoutState.REQUESTED).values_list("currency", flat=True)
    for currency in sorted(set(currencies)):
        while _make_batch(currency):
            pass
    unsent = PayoutFile.objects.filter(written_at__isnull=True).order_by("id")
    return [file for file_id in list(unsent.values_list("pk", flat=True)) if (file := _hand_over(file_id))]


@transaction.atomic
def settle_payouts(answers: Iterable[Answer]) -> Settled:
    """Book what became of payouts: all of the answers, or none; the same answers again change nothing.

    Raises
    ------
    ProviderAnswerRefused
        A line is about no payout that was sent, another amount, or says otherwise than before.
    """
    now = database_now()
    n_paid = n_failed = n_before = 0
    # By id, as everybody locks rows: two runs of the same file wait for each other and do not deadlock.
    ordered = sorted(answers, key=lambda answer: answer.payout_id)
    payouts = _locked(ordered)
    _hold_accounts(payouts.values(), given_back=[answer.payout_id for answer in ordered if not answer.paid])
    for answer in ordered:
        payout = payouts.get(answer.payout_id)
        if payout is None or payout.file_id is None:
            raise _refused(answer, "no such payout was sent")
        if (payout.amount_micros, payout.currency) != (answer.amount_micros, answer.currency):
            sent = f"{format_amount(payout.amount_micros, payout.currency)} {payout.currency}"
            raise _refused(answer, f"{sent} was sent, and not what is said here")
        if payout.state != PayoutState.SENT:
            if (payout.state == PayoutState.PAID) != answer.paid:
                raise _refused(answer, f"it is {payout.state} already")
            n_before += 1
        elif answer.paid:
            _book_paid(payout, answer, now=now)
            n_paid += 1
        else:
            reason = answer.reason or "The provider gave no reason."
            give_back(payout, reason=reason, now=now, provider_reference=answer.provider_reference)
            n_failed += 1
    return Settled(n_paid=n_paid, n_failed=n_failed, n_before=n_before)


def _locked(answers: Sequence[Answer]) -> dict[UUID, Payout]:
    found: dict[UUID, Payout] = {}
    for start in range(0, len(answers), MAX_A_FILE):
        asked = [answer.payout_id for answer in answers[start : start + MAX_A_FILE]]
        rows = Payout.objects.select_for_update(no_key=True).filter(pk__in=asked).order_by("pk")
        found |= {payout.pk: payout for payout in rows}
    return found


def _hold_accounts(payouts: Iterable[Payout], *, given_back: Collection[UUID]) -> None:
    """Lock what payouts on their way move between, as everybody does by id: earnings of many are paid at once too."""
    back = frozenset(given_back)
    by_currency: defaultdict[str, set[Owner]] = defaultdict(set)
    for payout in payouts:
        if payout.state != PayoutState.SENT:
            continue
        by_currency[payout.currency].add((AccountKind.TRANSIT, payout.file_id))
        owner = (AccountKind.WORKER, payout.worker_id) if payout.pk in back else (AccountKind.PROVIDER, None)
        by_currency[payout.currency].add(owner)
    for currency, owners in sorted(by_currency.items()):
        hold_accounts(*owners, currency=currency)


@transaction.atomic
def _make_batch(currency: str) -> bool:
    """Put what is asked for in a currency into one batch, as far as it can be sent, and return whether more may be."""
    now = database_now()
    too_new = PayoutDestination.objects.filter(changed_at__gte=now - timedelta(seconds=settings.PAYOUT_HOLD_S))
    asked = (
        Payout.objects.select_for_update(no_key=True, skip_locked=True)
        .filter(state=PayoutState.REQUESTED, currency=currency)
        .exclude(worker_id__in=too_new.values("pk"))  # however many these are, they are not in the others' way
    )
    # Those that wait must not take the places of others that need not.
    payouts = list(asked.exclude(_waits(now)).order_by("id")[:MAX_A_FILE])
    usable = _usable_destinations(payouts)
    gone = [payout for payout in payouts if payout.worker_id not in usable]
    sources = [(AccountKind.PAYOUT, payout.worker_id) for payout in payouts]
    hold_accounts(*sources, *((AccountKind.WORKER, payout.worker_id) for payout in gone), currency=currency)
    for payout in gone:
        give_back(payout, reason=DESTINATION_GONE, now=now)
    ready = [payout for payout in payouts if usable.get(payout.worker_id, now) < now]
    if ready:
        _send_together(ready, currency, now)
    return len(payouts) == MAX_A_FILE


def _send_together(ready: list[Payout], currency: str, now: datetime) -> None:
    file = PayoutFile.objects.create(
        provider=settings.PAYOUT_PROVIDER,
        currency=currency,
        n_payouts=len(ready),
        total_micros=sum(payout.amount_micros for payout in ready),
        created_at=now,
    )
    for payout in ready:
        waiting, transit = accounts_for(
            (AccountKind.PAYOUT, payout.worker_id), (AccountKind.TRANSIT, file.pk), currency=currency
        )
        post_transfer(
            TransferKind.PAYOUT_SENT,
            reference=f"payout_sent:{payout.pk}",
            amounts={waiting: -payout.amount_micros, transit: payout.amount_micros},
        )
        payout.state, payout.file, payout.sent_at = PayoutState.SENT, file, now
    Payout.objects.bulk_update(ready, ["state", "file", "sent_at"])


def _waits(now: datetime) -> Exists:
    """Return the condition on payouts that their destination was changed too lately."""
    since = now - timedelta(seconds=settings.PAYOUT_HOLD_S)
    return Exists(PayoutDestination.objects.filter(pk=OuterRef("worker_id"), changed_at__gte=since))


def _usable_destinations(payouts: Iterable[Payout]) -> dict[UUID, datetime]:
    """Return by worker when a destination became usable."""
    found = PayoutDestination.objects.filter(pk__in=_workers_of(payouts))
    return {destination.pk: usable_from(destination) for destination in found}


def _workers_of(payouts: Iterable[Payout]) -> set[UUID]:
    return {payout.worker_id for payout in payouts}


@transaction.atomic
def _hand_over(file_id: UUID) -> PayoutFile | None:
    """Give a batch to the provider, in a transaction that only notes that it was done; nothing if another run does."""
    file = PayoutFile.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=file_id).first()
    if file is None or file.written_at is not None:
        return None
    payouts = list(file.payouts.select_for_update(no_key=True).filter(state=PayoutState.SENT).order_by("id"))
    payments = _payments_of(payouts)
    provider: PayoutProvider = payout_provider()
    file.sha256 = provider.hand_over(file.pk, payments)
    file.n_payouts, file.total_micros = len(payments), sum(payment.amount_micros for payment in payments)
    file.written_at = database_now()
    file.save(update_fields=["sha256", "n_payouts", "total_micros", "written_at"])
    return file


def _payments_of(payouts: Sequence[Payout]) -> list[Payment]:
    """Return what is handed over; what has nowhere to go, or not for long enough, since it was put in goes back."""
    now = database_now()
    destinations = {found.pk: found for found in PayoutDestination.objects.filter(pk__in=_workers_of(payouts))}
    reasons = {}
    for payout in payouts:
        if (destination := destinations.get(payout.worker_id)) is None:
            reasons[payout.pk] = DESTINATION_GONE
        elif usable_from(destination) > now:
            reasons[payout.pk] = DESTINATION_CHANGED
    back = [payout for payout in payouts if payout.pk in reasons]
    _hold_accounts(back, given_back=reasons)
    for payout in back:
        give_back(payout, reason=reasons[payout.pk], now=now)
    return [
        Payment(payout.pk, destinations[payout.worker_id].reference, payout.amount_micros, payout.currency)
        for payout in payouts
        if payout.pk not in reasons
    ]


def _book_paid(payout: Payout, answer: Answer, *, now: datetime) -> None:
    transit = account_for(AccountKind.TRANSIT, payout.file_id, payout.currency)
    outside = account_for(AccountKind.PROVIDER, None, payout.currency)
    post_transfer(
        TransferKind.PAYOUT_PAID,
        reference=f"payout_paid:{payout.pk}",
        amounts={transit: -payout.amount_micros, outside: payout.amount_micros},
    )
    payout.state, payout.settled_at = PayoutState.PAID, now
    payout.provider_reference = answer.provider_reference
    payout.save(update_fields=["state", "settled_at", "provider_reference"])


def _refused(answer: Answer, why: str) -> ProviderAnswerRefused:
    return ProviderAnswerRefused(
        f"Line {answer.line}: {why}.", field="payout_id", line=answer.line, payout=str(answer.payout_id)
    )
