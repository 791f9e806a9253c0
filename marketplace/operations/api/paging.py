"""Lists by key: a page starts after the last row of the one before, however long the list is."""

import base64
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from marketplace.operations.api.fields import is_id
from marketplace.operations.errors import InvalidParameter

DEFAULT_LIMIT = 50
MAX_LIMIT = 300
_MAX_CURSOR_CHARS = 1000


class KeySetPagination(BasePagination):
    """Pages along the view's `page_order`: names of non-null columns, `-` for falling; the last must be unique."""

    parameters = frozenset({"limit", "after"})

    def paginate_queryset(
        self, queryset: QuerySet[Any] | Sequence[Any], request: Request, view: APIView | None = None
    ) -> list[Any]:
        """Return the rows of one page and remember where the next starts."""
        if not isinstance(queryset, QuerySet):
            raise TypeError("Only rows of the database have keys.")
        order: Sequence[str] = getattr(view, "page_order", ("id",))
        limit = _limit(request.query_params.get("limit"))
        after = request.query_params.get("after")
        if after is not None:
            queryset = queryset.filter(_beyond(queryset.model, order, _decode(queryset.model, order, after)))
        rows = list(queryset.order_by(*order)[: limit + 1])
        self.next_cursor = _encode(rows[limit - 1], order) if len(rows) > limit else None
        return rows[:limit]

    def get_paginated_response(self, data: Any) -> Response:
        """Return the page and the cursor of the next."""
        return Response({"items": data, "next": self.next_cursor})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Describe the page."""
        return {
            "type": "object",
            "required": ["items", "next"],
            "properties": {
                "items": schema,
                "next": {"type": "string", "nullable": True, "description": "Give it as `after` for the next page."},
            },
        }

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """Describe the parameters."""
        limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
        return [
            {"name": "limit", "required": False, "in": "query", "schema": limit, "description": "Rows of a page."},
            {
                "name": "after",
                "required": False,
                "in": "query",
                "schema": {"type": "string"},
                "description": "`next` of the page before.",
            },
        ]


def _limit(text: str | None) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MAX_LIMIT):
        raise InvalidParameter(f"A page has 1 to {MAX_LIMIT} rows.", field="limit", limit=MAX_LIMIT)
    return int(text)


def _beyond(model: type[Model], order: Sequence[str], values: Sequence[Any]) -> Q:
    """Return the condition of rows after the given one: a later first column, or the same and a later second, ..."""
    condition = Q(pk__in=[])
    same = Q()
    for name, value in zip(order, values, strict=True):
        column = name.removeprefix("-")
        later = Q(**{f"{column}__{'lt' if name.startswith('-') else 'gt'}": value})
        condition |= same & later
        same &= Q(**{column: value})
    return condition


def _encode(row: Model, order: Sequence[str]) -> str:
    """Return the bare id where that is the order, else the columns' texts in one opaque word."""
    texts = [str(getattr(row, name.removeprefix("-"))) for name in order]
    if _by_id(order):
        return texts[0]
    return base64.urlsafe_b64encode(json.dumps(texts).encode()).decode().rstrip("=")


def _decode(model: type[Model], order: Sequence[str], cursor: str) -> list[Any]:
    """Return the columns' values; whatever a stranger made up is refused before the database sees it."""
    refused = InvalidParameter("This is no cursor of this list.", field="after")
    if len(cursor) > _MAX_CURSOR_CHARS or "\x00" in cursor:
        raise refused
    try:
        texts = [cursor] if _by_id(order) else json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(texts, list) or len(texts) != len(order) or not all(isinstance(t, str) for t in texts):
            raise refused
        return [_value(model._meta.get_field(n.removeprefix("-")), t) for n, t in zip(order, texts, strict=True)]
    except (ValueError, TypeError, ValidationError, OverflowError, RecursionError):
        raise refused from None


def _value(column: Any, text: str) -> Any:
    text.encode()  # half a surrogate pair is no text
    value = column.to_python(text)
    too_large = isinstance(value, int) and abs(value) >= 2**63
    naive = isinstance(value, datetime) and value.tzinfo is None
    if "\x00" in text or value is None or too_large or naive:
        raise ValueError(text)
    return value


def _by_id(order: Sequence[str]) -> bool:
    return len(order) == 1 and order[0].removeprefix("-") == "id"


def parse_id(text: str, *, field: str) -> UUID:
    """Return the id given as a query parameter."""
    if not is_id(text):
        raise InvalidParameter("This is no id.", field=field)
    return UUID(text)
