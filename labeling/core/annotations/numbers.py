"""Coordinates: finite, not absurd, and kept to a millionth."""

from typing import Any

from labeling.core.annotations.refusals import Refusal

LIMIT_PX = 1e6  # the longest side an asset may have; also keeps out NaN and infinity
MIN_SIDE_PX = 0.01
N_DECIMALS = 6


def read_numbers(value: Any, path: str, length: int, *, form: str, limit: float = LIMIT_PX) -> list[float]:
    """Return so many numbers, none beyond the limit, not rounded yet; `form` tells a person what is wanted."""
    if not isinstance(value, list) or len(value) != length:
        raise Refusal(path, f"This is {form}.")
    for index, number in enumerate(value):
        if isinstance(number, bool) or not isinstance(number, int | float) or not -limit <= number <= limit:
            raise Refusal(f"{path}[{index}]", f"A finite number is wanted, of {limit:,.0f} at most.")
    return [float(number) for number in value]


def rounded(number: float) -> float:
    """Return a number as it is kept, never as -0.0."""
    return round(number, N_DECIMALS) + 0.0
