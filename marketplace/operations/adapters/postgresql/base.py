"""The backend that settings name: Django's own, which sends every number at a width that holds it.

Django sends the number of `F("budget_micros") + n` as an integer of four bytes, whatever the column, and psycopg cuts
off what does not fit: 3,000 dollars in micro-units would arrive as less than nothing.
"""

from typing import Any

from django.db.backends.postgresql import base, operations
from psycopg.types.numeric import IntNumeric


class DatabaseOperations(operations.DatabaseOperations):
    """Sends numbers whole."""

    def adapt_integerfield_value(self, value: Any, internal_type: str) -> Any:
        """Wrap a number for psycopg: by its field's width, or by the least above it that holds it."""
        if isinstance(value, int) and not self._fits(value, internal_type):
            if not self._fits(value, "BigIntegerField"):
                return IntNumeric(value)  # which the database refuses where it belongs into a column
            internal_type = "BigIntegerField"
        return super().adapt_integerfield_value(value, internal_type)

    def _fits(self, value: int, internal_type: str) -> bool:
        _, most = self.integer_field_range(internal_type)
        return most is None or -most - 1 <= value <= most


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection whose numbers stay what they are."""

    ops_class = DatabaseOperations
