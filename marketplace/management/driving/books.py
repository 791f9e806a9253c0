"""The four books of an order side by side: its quote, its invoices, the ledger, and its workers' statements."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Json = Mapping[str, Any]
CLIENTS_OWN = frozenset({"escrow", "prepaid"})
# What the platform itself is paid for; all else on a quote and an invoice goes to people.
PLATFORMS_OWN = frozenset({"fee", "set_up", "custom_export_format", "api_work", "workforce_onboarding"})
PAY_KINDS = frozenset({"pay", "appeal", "bonus", "top_up"})
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Row:
    """One thing in all four books; none where a book does not know it."""

    name: str
    expected: Decimal | None
    at_most: Decimal | None
    invoiced: Decimal | None
    ledger: Decimal | None
    workers: Decimal | None


@dataclass(frozen=True)
class Books:
    """The rows, and what of them does not agree."""

    currency: str
    rows: Sequence[Row]
    differences: Sequence[str]

    def lines(self) -> list[str]:
        """Return the books as text."""
        titles = ("by card", "at most", "invoice", "ledger", "workers")
        shown = [f"{f'in {self.currency}':<16}" + "".join(f"{title:>13}" for title in titles)]
        for row in self.rows:
            amounts = (row.expected, row.at_most, row.invoiced, row.ledger, row.workers)
            shown.append(f"{row.name:<16}" + "".join(f"{'' if one is None else _told(one):>13}" for one in amounts))
        agree = "invoice, ledger and the workers' own statements agree to the micro-unit"
        return [*shown, *([f"DIFFERS: {what}" for what in self.differences] or [agree])]


def compare_books(
    order: Json, *, invoices: Iterable[Json], transfers: Iterable[Json], statements: Iterable[Json]
) -> Books:
    """Put the books of a settled order side by side, as the API tells them.

    Parameters
    ----------
    order, invoices, transfers : as its requester sees them.
    statements : of everybody who worked on it, as they see them.
    """
    invoices = list(invoices)
    quote, spent = order["quote"], _spent(transfers)
    workers = _earned(statements, job=order["job"])
    work = Row(
        "work",
        _quoted(quote, "expected", to_people=True),
        _quoted(quote, "cap", to_people=True),
        _invoiced(invoices, "amount", to_people=True),
        sum((spent[kind] for kind in PAY_KINDS), NOTHING),
        workers,
    )
    fee = Row(
        "platform",
        _quoted(quote, "expected", to_people=False),
        _quoted(quote, "cap", to_people=False),
        _invoiced(invoices, "amount", to_people=False),
        spent["fee"],
        None,
    )
    rounding = Row("rounding", None, None, None, spent["rounding"], None)
    total = Row(
        "total",
        Decimal(quote["expected_total"]),
        Decimal(quote["cap"]),
        sum((Decimal(invoice["total"]) for invoice in invoices), NOTHING),
        sum(spent.values(), NOTHING),
        None,
    )
    exact = {people: _invoiced(invoices, "exact", to_people=people) for people in (True, False)}
    went = sum((Decimal(order[name]) for name in ("paid", "fee", "rounding", "refunded")), NOTHING)
    pairs = (
        ("the invoices' total and what left the client's accounts", total.invoiced, total.ledger),
        ("work on the invoices and in the ledger", exact[True], work.ledger),
        ("the platform's share on the invoices and in the ledger", exact[False], fee.ledger),
        ("work in the ledger and in the workers' statements", work.ledger, workers),
        ("what was set aside, and where that went", Decimal(order["funded"]), went),
    )
    return Books(
        currency=order["currency"],
        rows=(work, fee, rounding, total),
        differences=[f"{name}: {left} and {right}" for name, left, right in pairs if left != right],
    )


def _spent(transfers: Iterable[Json]) -> defaultdict[str, Decimal]:
    """Return by kind what left the client's own accounts; funding and refunds stay in them."""
    spent: defaultdict[str, Decimal] = defaultdict(Decimal)
    for transfer in transfers:
        moved = sum((Decimal(one["amount"]) for one in transfer["entries"] if one["account"] in CLIENTS_OWN), NOTHING)
        spent[transfer["kind"]] -= moved
    return spent


def _earned(statements: Iterable[Json], *, job: str) -> Decimal:
    jobs = (one for statement in statements for one in statement["jobs"] if one["job"] == job)
    return sum((Decimal(one["total"]) for one in jobs), NOTHING)


def _quoted(quote: Json, column: str, *, to_people: bool) -> Decimal:
    lines = (line for line in quote["lines"] if (line["name"] not in PLATFORMS_OWN) == to_people)
    return sum((Decimal(line[column]) for line in lines), NOTHING)


def _invoiced(invoices: Iterable[Json], column: str, *, to_people: bool) -> Decimal:
    lines = (line for invoice in invoices for line in invoice["lines"])
    return sum((Decimal(line[column]) for line in lines if (line["kind"] not in PLATFORMS_OWN) == to_people), NOTHING)


def _told(amount: Decimal) -> str:
    return f"{amount:.6f}".rstrip("0") if amount % Decimal("0.01") else f"{amount:.2f}"
