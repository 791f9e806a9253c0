"""From exact charges to the lines of an invoice."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.operations.core.currencies import down_to_minor, half_up_minor

CAP = "cap"


@dataclass(frozen=True)
class Charge:
    """What the ledger moved for one thing: micro-units, and of how many (answers, reviews) where that is counted."""

    kind: str
    exact_micros: int
    quantity: int | None = None


@dataclass(frozen=True)
class Line:
    """A charge, and the whole minor units that it is invoiced at."""

    kind: str
    exact_micros: int
    amount_micros: int
    quantity: int | None


def lines_of(charges: Sequence[Charge], *, currency: str, at_most_micros: int) -> list[Line]:
    """Round each charge half up to the minor unit of the currency.

    Lines rounded up may come to more than there is money for, or was agreed; then a last line takes that off again.

    Parameters
    ----------
    at_most_micros : what may be charged in all; not less than the exact charges.

    >>> [line.amount_micros for line in lines_of([Charge("a", 15_000)], currency="USD", at_most_micros=20_000)]
    [20000]
    >>> [line.amount_micros for line in lines_of([Charge("a", 15_000)], currency="USD", at_most_micros=15_000)]
    [20000, -10000]
    """
    lines = [
        Line(charge.kind, charge.exact_micros, half_up_minor(charge.exact_micros, currency), charge.quantity)
        for charge in charges
    ]
    total = sum(line.amount_micros for line in lines)
    if total > max(0, at_most_micros):
        excess = total - down_to_minor(max(0, at_most_micros), currency)
        lines.append(Line(CAP, 0, -excess, None))
    return lines


def seal(document: dict[str, Any], *, previous: str) -> str:
    """Return the hash of an invoice and, through that of the one before it, of all before it."""
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(f"{previous}\n{text}".encode()).hexdigest()
