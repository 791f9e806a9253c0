"""What workers earned and were paid in a calendar year (UTC), by currency: what a tax return asks for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Sum

from marketplace.ledger.models import EARNINGS, Payout, PayoutState

PIECE = 1_000
# A correction counts as what it corrects, in the year in which it was made.
_EARNED = """
    SELECT c.owner_id, c.currency, coalesce(r.kind, t.kind), sum(e.amount_micros)
    FROM ledger_account c
        JOIN ledger_entry e ON e.account_id = c.id
        JOIN ledger_transfer t ON t.id = e.transfer_id
        LEFT JOIN ledger_transfer r ON r.id = t.reverses_id
    WHERE c.kind = 'worker' AND c.owner_id = ANY(%(workers)s) AND coalesce(r.kind, t.kind) = ANY(%(earnings)s)
        AND t.created_at >= %(start)s AND t.created_at < %(end)s
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""
_WORKERS = """
    SELECT DISTINCT owner_id FROM ledger_account
    WHERE kind = 'worker' AND owner_id > %(after)s ORDER BY owner_id LIMIT %(n)s
"""
_NOBODY = UUID(int=0)


@dataclass(frozen=True)
class YearTotal:
    """One worker's year in one currency.

    Attributes
    ----------
    earned : by kind: pay, appeal, bonus, top_up.
    paid_out_micros : arrived, by the provider's word, within the year.
    """

    worker_id: UUID
    year: int
    currency: str
    earned: dict[str, int]
    paid_out_micros: int

    @property
    def earned_micros(self) -> int:
        """Return all that was earned."""
        return sum(self.earned.values())


def year_totals_of(worker_id: UUID, *, year: int) -> list[YearTotal]:
    """Return a worker's year, one row for each currency."""
    return _totals([worker_id], year)


def all_year_totals(year: int, *, after: UUID | None = None) -> Iterator[YearTotal]:
    """Yield everybody's year, by worker, of those after the given one; read some workers at a time."""
    last = after or _NOBODY
    while workers := _workers(last):
        yield from _totals(workers, year)
        last = workers[-1]


def _workers(after: UUID) -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(_WORKERS, {"after": after, "n": PIECE})
        return [row[0] for row in cursor.fetchall()]


def _totals(workers: list[UUID], year: int) -> list[YearTotal]:
    start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    values: dict[str, Any] = {"workers": workers, "earnings": list(EARNINGS), "start": start, "end": end}
    earned: dict[tuple[UUID, str], dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_EARNED, values)
        for worker_id, currency, kind, micros in cursor.fetchall():
            earned.setdefault((worker_id, currency), {})[kind] = int(micros)
    arrived = Payout.objects.filter(
        worker_id__in=workers, state=PayoutState.PAID, settled_at__gte=start, settled_at__lt=end
    )
    sums = arrived.values_list("worker_id", "currency").annotate(total=Sum("amount_micros")).order_by("worker_id")
    paid = {(worker_id, currency): int(total) for worker_id, currency, total in sums}
    return [
        YearTotal(worker_id, year, currency, earned.get((worker_id, currency), {}), paid.get((worker_id, currency), 0))
        for worker_id, currency in sorted(earned.keys() | paid.keys())
    ]
