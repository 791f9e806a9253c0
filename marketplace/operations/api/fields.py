"""Fields that take one JSON type and one spelling each: what is nearly right is refused, not repaired."""

import re
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

MAX_NAME = 200
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}", re.IGNORECASE | re.ASCII)
_TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)


class TextField(serializers.CharField):
    """A JSON string; numbers and booleans are none."""

    def to_internal_value(self, data: Any) -> str:
        """Return the text, without spaces around it unless told otherwise."""
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class NameField(TextField):
    """A name: one line without control characters, changes of the writing direction or invisible characters."""

    default_error_messages = {"not_printable": "Use one line of printable characters."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"max_length": MAX_NAME} | kwargs))

    def to_internal_value(self, data: Any) -> str:
        """Return the name without spaces around it."""
        text = super().to_internal_value(data)
        if not text.isprintable():
            self.fail("not_printable")
        return text


class WholeNumberField(serializers.IntegerField):
    """A JSON integer; texts, booleans and `5.0` are none."""

    def to_internal_value(self, data: Any) -> int:
        """Return the number."""
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return int(data)


class FlagField(serializers.BooleanField):
    """`true` or `false`."""

    def to_internal_value(self, data: Any) -> bool:
        """Return the flag."""
        if not isinstance(data, bool):
            self.fail("invalid", input=str(data)[:40])
        return data


class IdField(serializers.UUIDField):
    """An id as the API writes it, hyphens optional."""

    def to_internal_value(self, data: Any) -> UUID:
        """Return the id."""
        if not isinstance(data, str) or not is_id(data):
            self.fail("invalid", value=str(data)[:40])
        return UUID(data)


@extend_schema_field({"type": "string", "format": "date-time", "example": "2030-01-31T12:00:00Z"})
class TimestampField(serializers.DateTimeField):
    """A moment as in RFC 3339: date, time and offset."""

    default_error_messages = {"invalid": "Use RFC 3339 with time and offset, such as 2030-01-31T12:00:00Z."}

    def to_internal_value(self, value: Any) -> datetime:
        """Return the moment in UTC."""
        if not isinstance(value, str) or not _TIMESTAMP.fullmatch(value):
            self.fail("invalid")
        try:
            return datetime.fromisoformat(value.upper()).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail("invalid")


def is_id(text: str) -> bool:
    """Return whether a text spells a UUID plainly: `UUID` itself takes braces, underscores and any script's digits."""
    return _UUID.fullmatch(text) is not None
