"""Recipes of augmentation: what may stand in the parameters of a step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

MAX_DEPTH = 4
MAX_VALUES = 500
MAX_TEXT = 500


class BadRecipe(ValueError):
    """Parameters that are too large, or nothing that parameters could be."""


def check_parameters(parameters: Mapping[str, Any]) -> None:
    """Refuse parameters that are not plain and small.

    Raises
    ------
    BadRecipe
        They are nested too deeply, too many, or hold a long text.
    """
    for number, (value, depth) in enumerate(_values(dict(parameters), 0)):
        if number >= MAX_VALUES:
            raise BadRecipe(f"A step has at most {MAX_VALUES} values.")
        if depth > MAX_DEPTH:
            raise BadRecipe(f"Parameters are nested {MAX_DEPTH} deep at most.")
        if isinstance(value, str) and len(value) > MAX_TEXT:
            raise BadRecipe(f"A text has at most {MAX_TEXT} characters.")


def _values(value: Any, depth: int) -> Iterator[tuple[Any, int]]:
    """Yield a value and all that is in it, names too, with how deep it lies; no further down than may be."""
    yield value, depth
    if depth > MAX_DEPTH:
        return
    if isinstance(value, dict):
        for name, held in value.items():
            yield name, depth
            yield from _values(held, depth + 1)
    elif isinstance(value, list):
        for held in value:
            yield from _values(held, depth + 1)
