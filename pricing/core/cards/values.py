"""Members of documents, read strictly: every refusal names its place, and no number is ever a float."""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from marketplace.operations.core.currencies import CURRENCIES
from pricing.core.cards.errors import InvalidValue, UnknownField

MAX_TEXT = 500
MAX_COUNT = 10**12
_DECIMAL = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,12})?", re.ASCII)
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_SHOWN = 40


def refuse(path: str, detail: str) -> InvalidValue:
    """Return the error that says what is wrong with the member at `path`."""
    return InvalidValue(f"{path or 'The document'}: {detail}", field=path or None)


def join(path: str, name: str | int) -> str:
    """Return the path of a member of a member, as `[3].spec.replicas`."""
    if isinstance(name, int):
        return f"{path}[{name}]"
    shown = name if name.isprintable() else ascii(name)
    return f"{path}.{shown[:_SHOWN]}" if path else shown[:_SHOWN]


def mapping(value: Any, path: str) -> Mapping[str, Any]:
    """Return an object."""
    if not isinstance(value, Mapping):
        raise refuse(path, "this has to be an object.")
    return value


def require_known(given: Mapping[str, Any], path: str, known: Sequence[str] | frozenset[str]) -> None:
    """Refuse the first member that is not among those known."""
    for name in given:
        if name not in known:
            raise UnknownField(f"There is no field {join(path, name)}.", field=join(path, name), allowed=sorted(known))


def member(given: Mapping[str, Any], path: str, name: str) -> Any:
    """Return a member that has to be there."""
    if name not in given:
        raise refuse(join(path, name), "this is required.")
    return given[name]


def items(value: Any, path: str, *, most: int = 200, least: int = 0) -> Sequence[Any]:
    """Return an array of bounded length."""
    if not isinstance(value, list | tuple):
        raise refuse(path, "this has to be an array.")
    if not least <= len(value) <= most:
        raise refuse(path, f"this holds {least} to {most} items.")
    return value


def text(value: Any, path: str, *, most: int = MAX_TEXT) -> str:
    """Return a text of one to `most` printable characters."""
    if not isinstance(value, str) or not 1 <= len(value) <= most or not value.isprintable():
        raise refuse(path, f"this has to be a text of 1 to {most} printable characters.")
    return value


def name_of(value: Any, path: str) -> str:
    """Return a name: small letters, digits, dots, hyphens and underscores."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise refuse(path, "use 1 to 64 small letters, digits, dots, hyphens and underscores.")
    return value


def choice(value: Any, path: str, among: Sequence[str] | frozenset[str] | Mapping[str, Any]) -> str:
    """Return one of the values named."""
    if not isinstance(value, str) or value not in among:
        raise refuse(path, f"use one of {', '.join(sorted(among))}.")
    return value


def country(value: Any, path: str) -> str:
    """Return a country's code."""
    if not isinstance(value, str) or len(value) != 2 or not (value.isascii() and value.isalpha() and value.isupper()):
        raise refuse(path, "use two capital letters, as in ISO 3166.")
    return value


def currency_of(value: Any, path: str) -> str:
    """Return a currency's code, of those whose minor unit is known."""
    if not isinstance(value, str) or value not in CURRENCIES:
        raise refuse(path, f"use one of {', '.join(CURRENCIES)}.")
    return value


def flag(value: Any, path: str) -> bool:
    """Return `true` or `false`."""
    if not isinstance(value, bool):
        raise refuse(path, "use true or false.")
    return value


def day(value: Any, path: str) -> date:
    """Return a day, written as 2026-01-31."""
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise refuse(path, "write the day as 2026-01-31.")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise refuse(path, "there is no such day.") from None


def number(value: Any, path: str, *, least: Decimal | int = 0, most: Decimal | int = MAX_COUNT) -> Decimal:
    """Return a decimal between two bounds, given as a decimal string or a JSON number (taken as it is written)."""
    if isinstance(value, bool) or not isinstance(value, int | str | float | Decimal):
        raise refuse(path, "give a number, as a decimal string or an integer.")
    return _bounded(_exact(value, path), path, least, most)


def money(value: Any, path: str, *, least: Decimal | int = 0, most: Decimal | int = MAX_COUNT) -> Decimal:
    """Return an amount, given as a decimal string (or whole, as an integer)."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise refuse(path, "give the amount as a decimal string.")
    return _bounded(_exact(value, path), path, least, most)


def count(value: Any, path: str, *, least: int = 1, most: int = MAX_COUNT) -> int:
    """Return a whole number between two bounds, given as an integer or its decimal string."""
    given = number(value, path, least=least, most=most)
    if given != given.to_integral_value():
        raise refuse(path, "this has to be a whole number.")
    return int(given)


def _exact(value: int | str | float | Decimal, path: str) -> Decimal:
    if isinstance(value, str):
        if not _DECIMAL.fullmatch(value):
            raise refuse(path, "use ASCII digits with at most 12 decimals, without exponent or separators.")
        return Decimal(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise refuse(path, "this is not a finite number.")
        return Decimal(repr(value))  # the shortest that reads the same: what the document says
    return Decimal(value)


def _bounded(given: Decimal, path: str, least: Decimal | int, most: Decimal | int) -> Decimal:
    if not least <= given <= most:
        raise refuse(path, f"this has to be from {least} to {most}.")
    exponent = given.as_tuple().exponent
    if isinstance(exponent, int) and exponent < -12:
        raise refuse(path, "this has more than 12 decimals.")
    return given
