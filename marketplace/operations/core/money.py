"""Money between its two forms: a decimal string outside, integer micro-dollars inside."""

import re
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

MICROS = 1_000_000
CENT = Decimal("0.01")
MONEY_PATTERN = r"^(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?$"
# What `format_money` writes.
SHOWN_PATTERN = r"^-?(0|[1-9][0-9]*)\.[0-9]{2,6}$"
_MONEY = re.compile(r"(0|[1-9][0-9]{0,11})(?:\.([0-9]{1,6}))?")


def parse_money(text: str) -> int | None:
    """Return the micro-dollars of a decimal string, or nothing where it is no plain amount.

    ASCII digits, at most 12 before and 6 after the point; no sign, exponent, space, or superfluous zero in front.
    """
    found = _MONEY.fullmatch(text)
    if found is None:
        return None
    return int(found[1]) * MICROS + int((found[2] or "").ljust(6, "0"))


def format_money(micros: int) -> str:
    """Return the decimal string of an amount, exact, with at least two decimals."""
    whole, rest = divmod(abs(micros), MICROS)
    decimals = f"{rest:06d}".rstrip("0").ljust(2, "0")
    return f"{'-' if micros < 0 else ''}{whole}.{decimals}"


def half_up_cent(amount: Decimal) -> int:
    """Round a non-negative amount in whole units to the cent, halves up, and return its micro-units.

    >>> half_up_cent(Decimal("0.005"))
    10000
    """
    return int(amount.quantize(CENT, rounding=ROUND_HALF_UP) * MICROS)


def up_to_cent(amount: Decimal) -> int:
    """Round an amount in whole units up to the cent and return its micro-units: for limits that must be enough.

    >>> up_to_cent(Decimal("0.102"))
    110000
    """
    return int(amount.quantize(CENT, rounding=ROUND_CEILING) * MICROS)
