"""Lines of a price."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class PricedLine:
    """What one part of a job costs, and how that came about (texts, whole numbers and flags only)."""

    name: str
    amount: Decimal
    detail: dict[str, Any] = field(default_factory=dict)

    def as_document(self) -> dict[str, Any]:
        """Return the line as JSON has it, amounts as decimal strings."""
        return {"name": self.name, "amount": shown_money(self.amount), "detail": self.detail}


def shown(number: Decimal) -> str:
    """Return a decimal as it is written: no exponent, no zeros behind."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def shown_money(amount: Decimal) -> str:
    """Return an amount with at least two decimals."""
    whole, _, decimals = shown(amount).partition(".")
    return f"{whole}.{decimals.ljust(2, '0')}"
