"""Periods of statements: whole days in UTC, the last one excluded."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime

from marketplace.operations.errors import InvalidParameter

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
FIRST_YEAR, LAST_YEAR = 2000, 9999


@dataclass(frozen=True)
class Period:
    """From the start of one day to the start of another."""

    start: datetime
    end: datetime


def period_of(first: str | None, until: str | None, *, now: datetime) -> Period:
    """Return the period from a day to the day before another; this calendar month unless told otherwise.

    Raises
    ------
    InvalidParameter
        One is no date, or the end is not after the start.
    """
    this_month = datetime(now.year, now.month, 1, tzinfo=UTC)
    start = this_month if first is None else _midnight(first, "from")
    next_month = datetime(start.year + start.month // 12, start.month % 12 + 1, 1, tzinfo=UTC)
    end = next_month if until is None else _midnight(until, "to")
    if end <= start:
        raise InvalidParameter("The end must be after the start.", field="to")
    return Period(start, end)


def year_of(text: str | None, *, now: datetime) -> int:
    """Return a calendar year; this one unless told otherwise."""
    if text is None:
        return now.year
    if not re.fullmatch(r"[0-9]{4}", text, re.ASCII) or not FIRST_YEAR <= int(text) < LAST_YEAR:
        raise InvalidParameter("Use a calendar year such as 2030.", field="year")
    return int(text)


def _midnight(text: str, field: str) -> datetime:
    try:
        if not _DAY.fullmatch(text):
            raise ValueError(text)
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidParameter("Use a day such as 2030-01-31.", field=field) from None
    if not FIRST_YEAR <= day.year < LAST_YEAR:
        raise InvalidParameter(f"The year is from {FIRST_YEAR} to {LAST_YEAR - 1}.", field=field)
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
