"""Identifiers, from where the rest of the project imports them."""

from marketplace.operations.core.ids import new_id

__all__ = ["new_id"]
