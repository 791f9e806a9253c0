"""Parts of a pay, in whole micro-units, and shares, which are whole millionths: none of them a float."""

from decimal import Decimal

WHOLE_PPM = 1_000_000


def part_of(micros: int, ppm: int) -> int:
    """Return so many millionths of an amount, a started micro-unit counting in full.

    >>> part_of(17_001, 500_000)
    8501
    """
    return -(-micros * ppm // WHOLE_PPM)


def share_of(ppm: int) -> Decimal:
    """Return so many millionths as a share.

    >>> share_of(250_000)
    Decimal('0.250000')
    """
    return Decimal(ppm).scaleb(-6)


def ppm_of(share: Decimal) -> int:
    """Return the millionths of a share of at most six decimals.

    >>> ppm_of(Decimal("0.25"))
    250000
    """
    return int(share * WHOLE_PPM)
