"""What the tests of the API expect of answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

from django.apps import apps

from marketplace.operations.models import IdempotencyKey

_keys = count(1)


def with_key(key: str | None = None) -> dict[str, str]:
    """Return the header of an idempotency key, one that no request has used unless given."""
    return {"Idempotency-Key": key or f"key-{next(_keys)}"}


def body_of(response: Any, status: int = 200) -> Any:
    """Return the JSON of an answer that has this status."""
    assert response.status_code == status, response.content
    return response.json() if response.content else None


def problem_of(response: Any, status: int, code: str, field: str | None = None) -> dict[str, Any]:
    """Return the problem document of a refusal, which names code and field."""
    document: dict[str, Any] = body_of(response, status)
    assert response["Content-Type"] == "application/problem+json"
    assert (document["code"], document["field"], document["status"]) == (code, field, status), document
    assert document["type"] == f"urn:plenum:problem:{code}"
    assert document["title"]
    assert document["detail"]
    return document


def row_counts() -> dict[str, int]:
    """Return how many rows every table has; that a refusal is kept under its key is no effect."""
    models = [model for model in apps.get_models() if model is not IdempotencyKey]
    return {model._meta.label: model._base_manager.count() for model in models}


@contextmanager
def nothing_written() -> Iterator[None]:
    """Assert that the block leaves as many rows in every table as it found."""
    before = row_counts()
    yield
    assert row_counts() == before
