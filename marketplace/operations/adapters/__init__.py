"""The door to the database past its models."""

from marketplace.operations.adapters.clock import database_now

__all__ = ["database_now"]
