"""Rounding to the cent, or the minor unit that a currency has instead, by the rule that a card states."""

from collections.abc import Callable, Sequence
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from fractions import Fraction
from math import floor

CENT = Decimal("0.01")
MILLIONTH = Decimal("0.000001")


def half_up(amount: Decimal, step: Decimal = CENT) -> Decimal:
    """Return an amount to the cent, halves up."""
    return amount.quantize(step, rounding=ROUND_HALF_UP)


def up(amount: Decimal, step: Decimal = CENT) -> Decimal:
    """Return an amount up to the cent."""
    return amount.quantize(step, rounding=ROUND_CEILING)


def up_to(amount: Decimal, step: Decimal) -> Decimal:
    """Return an amount up to the next multiple of a step, in the decimals of the step."""
    return (amount / step).to_integral_value(rounding=ROUND_CEILING) * step


def decimal_of(number: Fraction) -> Decimal:
    """Return a fraction as a decimal, to as many digits as the context has."""
    return Decimal(number.numerator) / number.denominator


def shares_of_rounded(amounts: Sequence[Fraction], step: Fraction, *, most: Sequence[int] | None = None) -> list[int]:
    """Return amounts, none below 0, in whole steps that add up to their exact sum, halves up.

    Each is rounded down, and what is missing goes to those that lost most, the first among equals. A total of lines
    that are rounded each for itself could fall where an exact amount moves from one line to another.

    Parameters
    ----------
    most : steps that each gets at most; together enough.

    >>> shares_of_rounded([Fraction("0.006"), Fraction("0.007"), Fraction("0.002")], Fraction("0.01"))
    [1, 1, 0]
    """
    exact = [amount / step for amount in amounts]
    limits = [floor(each) + 1 for each in exact] if most is None else most
    given = [min(floor(each), limit) for each, limit in zip(exact, limits, strict=True)]
    for _ in range(floor(sum(exact, Fraction(1, 2))) - sum(given)):
        lost = [each - got if got < limit else -1 for each, got, limit in zip(exact, given, limits, strict=True)]
        given[lost.index(max(lost))] += 1
    return given


CENT_RULES: dict[str, Callable[[Decimal, Decimal], Decimal]] = {"half_up_cent": half_up, "up_to_cent": up}
