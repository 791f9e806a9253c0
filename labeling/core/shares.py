"""Parts of a pay, in whole micro-units."""

WHOLE_PPM = 1_000_000


def part_of(micros: int, ppm: int) -> int:
    """Return so many millionths of an amount, a started micro-unit counting in full.

    >>> part_of(17_001, 500_000)
    8501
    """
    return -(-micros * ppm // WHOLE_PPM)
