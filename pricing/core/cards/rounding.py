"""Rounding to the cent, by the rule that a card states."""

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")


def half_up(amount: Decimal) -> Decimal:
    """Return an amount to the cent, halves up."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def up(amount: Decimal) -> Decimal:
    """Return an amount up to the cent."""
    return amount.quantize(CENT, rounding=ROUND_CEILING)


def up_to(amount: Decimal, step: Decimal) -> Decimal:
    """Return an amount up to the next multiple of a step, in the decimals of the step."""
    return (amount / step).to_integral_value(rounding=ROUND_CEILING) * step


CENT_RULES: dict[str, Callable[[Decimal], Decimal]] = {"half_up_cent": half_up, "up_to_cent": up}
