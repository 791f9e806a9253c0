"""Statements: what an organization or a worker had, what came and went, and what is left; read from the entries."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from marketplace.ledger.models import EARNINGS, Account, AccountKind, Entry, TransferKind
from marketplace.orders.core.periods import Period
from marketplace.orders.models import Order

PIECE = 1_000
# What moves money between an organization's own accounts, and what brings it in from outside.
_INTERNAL = (TransferKind.FUND, TransferKind.REFUND)


@dataclass(frozen=True)
class Holdings:
    """What an organization has: free to spend, and held for its orders."""

    available_micros: int
    held_micros: int


@dataclass(frozen=True)
class ClientStatement:
    """An organization's period: opening + deposits - spent = closing, with what is held counted in.

    Attributes
    ----------
    held_micros, released_micros : put into escrow, and given back from it: within what the organization has.
    spent : by kind of transfer (pay, fee, bonus, rounding, ...).
    """

    opening: Holdings
    closing: Holdings
    deposited_micros: int
    held_micros: int
    released_micros: int
    spent: dict[str, int] = field(default_factory=dict)

    @property
    def spent_micros(self) -> int:
        """Return all that was spent."""
        return sum(self.spent.values())


@dataclass(frozen=True)
class JobEarnings:
    """What a worker earned with one job, by kind (pay, bonus, ...); no job where it was for none."""

    job_id: UUID | None
    earned: dict[str, int]
    n_paid: int

    @property
    def total_micros(self) -> int:
        """Return the sum."""
        return sum(self.earned.values())


@dataclass(frozen=True)
class WorkerStatement:
    """A worker's period: opening + earned + corrections - paid out + given back = closing."""

    opening_micros: int
    closing_micros: int
    jobs: list[JobEarnings]
    paid_out_micros: int
    given_back_micros: int
    corrections_micros: int

    @property
    def earned_micros(self) -> int:
        """Return what was earned with all jobs."""
        return sum(job.total_micros for job in self.jobs)


@dataclass(frozen=True)
class Movement:
    """One line of a statement: what a transfer did to the balance, and what that was afterwards."""

    moved_at: datetime
    kind: str
    order_id: UUID | None
    job_id: UUID | None
    amount_micros: int
    balance_micros: int


def client_statement(organization_id: UUID, *, currency: str, period: Period) -> ClientStatement:
    """Return an organization's statement; money that moves meanwhile is in all of it or in none."""
    prepaid, escrows = _prepaid(organization_id, currency), _escrows(organization_id, currency)
    opening = Holdings(_sum_before(prepaid, period.start), _sum_before(escrows, period.start))
    entries = _within(Entry.objects.filter(account__in=prepaid | escrows), period)
    sums = entries.values_list("account__kind", "transfer__kind").annotate(total=Sum("amount_micros"))
    by_account = {(account, kind): int(total) for account, kind, total in sums.order_by("account__kind")}
    free = {kind: total for (account, kind), total in by_account.items() if account == AccountKind.PREPAID}
    held = {kind: total for (account, kind), total in by_account.items() if account == AccountKind.ESCROW}
    moved = {kind: free.get(kind, 0) + held.get(kind, 0) for kind in sorted(free.keys() | held.keys())}
    outside = {TransferKind.DEPOSIT, *_INTERNAL}
    return ClientStatement(
        opening=opening,
        closing=Holdings(opening.available_micros + sum(free.values()), opening.held_micros + sum(held.values())),
        deposited_micros=moved.get(TransferKind.DEPOSIT, 0),
        held_micros=-free.get(TransferKind.FUND, 0),
        released_micros=free.get(TransferKind.REFUND, 0),
        spent={kind: -micros for kind, micros in moved.items() if kind not in outside and micros},
    )


def worker_statement(worker_id: UUID, *, currency: str, period: Period) -> WorkerStatement:
    """Return a worker's statement; money that moves meanwhile is in all of it or in none."""
    account = _earnings(worker_id, currency)
    opening, jobs = _sum_before(account, period.start), _jobs(account, period)
    # What is not earned; the end is reckoned, and not read once more.
    moved = _by_kind(Entry.objects.filter(account__in=account).exclude(transfer__kind__in=EARNINGS), period)
    return WorkerStatement(
        opening_micros=opening,
        closing_micros=opening + sum(job.total_micros for job in jobs) + sum(moved.values()),
        jobs=jobs,
        paid_out_micros=-moved.get(TransferKind.PAYOUT, 0),
        given_back_micros=moved.get(TransferKind.PAYOUT_FAILED, 0),
        corrections_micros=moved.get(TransferKind.REVERSAL, 0),
    )


def client_movements(organization_id: UUID, *, currency: str, period: Period) -> Iterator[Movement]:
    """Yield every transfer that changed what an organization has free to spend, however many they are."""
    return _movements(_prepaid(organization_id, currency), period)


def worker_movements(worker_id: UUID, *, currency: str, period: Period) -> Iterator[Movement]:
    """Yield every transfer that changed a worker's balance, however many they are."""
    return _movements(_earnings(worker_id, currency), period)


def _prepaid(organization_id: UUID, currency: str) -> QuerySet[Account]:
    return Account.objects.filter(kind=AccountKind.PREPAID, owner_id=organization_id, currency=currency)


def _escrows(organization_id: UUID, currency: str) -> QuerySet[Account]:
    orders = Order.objects.filter(organization_id=organization_id).values("pk")
    return Account.objects.filter(kind=AccountKind.ESCROW, owner_id__in=orders, currency=currency)


def _earnings(worker_id: UUID, currency: str) -> QuerySet[Account]:
    return Account.objects.filter(kind=AccountKind.WORKER, owner_id=worker_id, currency=currency)


def _sum_before(accounts: QuerySet[Account], moment: datetime) -> int:
    entries = Entry.objects.filter(account__in=accounts, transfer__created_at__lt=moment)
    return int(entries.aggregate(total=Sum("amount_micros"))["total"] or 0)


def _within(entries: QuerySet[Entry], period: Period) -> QuerySet[Entry]:
    return entries.filter(transfer__created_at__gte=period.start, transfer__created_at__lt=period.end)


def _by_kind(entries: QuerySet[Entry], period: Period) -> dict[str, int]:
    sums = _within(entries, period).values_list("transfer__kind").annotate(total=Sum("amount_micros"))
    return {kind: int(total) for kind, total in sums.order_by("transfer__kind")}


def _jobs(account: QuerySet[Account], period: Period) -> list[JobEarnings]:
    entries = _within(Entry.objects.filter(account__in=account, transfer__kind__in=EARNINGS), period)
    earned: defaultdict[UUID | None, dict[str, int]] = defaultdict(dict)
    n_paid: defaultdict[UUID | None, int] = defaultdict(int)
    sums = entries.values_list("transfer__order_id", "transfer__kind").annotate(
        total=Sum("amount_micros"), n=Count("pk")
    )
    for order_id, kind, total, n in sums.order_by("transfer__order_id", "transfer__kind"):
        earned[order_id][kind] = int(total)
        n_paid[order_id] += n if kind == TransferKind.PAY else 0
    jobs = _jobs_of(earned)
    return [JobEarnings(jobs.get(order_id), kinds, n_paid[order_id]) for order_id, kinds in earned.items()]


def _jobs_of(order_ids: Iterable[UUID | None]) -> dict[UUID | None, UUID]:
    wanted = [order_id for order_id in order_ids if order_id is not None]
    return dict(Order.objects.filter(pk__in=wanted).values_list("pk", "job_id"))


def _movements(account: QuerySet[Account], period: Period) -> Iterator[Movement]:
    """Read a piece at a time, each by a query of its own: a download may take long, and holds nothing open."""
    balance = _sum_before(account, period.start)
    entries = _within(Entry.objects.filter(account__in=account), period).select_related("transfer")
    ordered = entries.order_by("transfer__created_at", "pk")
    after = Q()
    while piece := list(ordered.filter(after)[:PIECE]):
        jobs = _jobs_of({entry.transfer.order_id for entry in piece})
        for entry in piece:
            transfer = entry.transfer
            balance += entry.amount_micros
            job_id = jobs.get(transfer.order_id)
            yield Movement(transfer.created_at, transfer.kind, transfer.order_id, job_id, entry.amount_micros, balance)
        last = piece[-1]
        after = Q(transfer__created_at__gt=last.transfer.created_at) | Q(
            transfer__created_at=last.transfer.created_at, pk__gt=last.pk
        )
