"""Identifiers."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Return a UUIDv7: unguessable enough to publish, and rising with time so that indexes stay compact."""
    return uuid7()
