"""The base of every error that a client can cause, and what operations themselves refuse."""

from typing import ClassVar

from marketplace.operations.core.domain_error import DomainError
from marketplace.operations.core.strict_json import (
    DuplicateKey,
    InvalidJson,
    InvalidText,
    JsonTooDeep,
    NumberOutOfRange,
)

__all__ = [
    "AlreadyDone",
    "BodyTooLarge",
    "DomainError",
    "DuplicateKey",
    "IdempotencyKeyInvalid",
    "IdempotencyKeyRequired",
    "IdempotencyKeyReused",
    "InvalidJson",
    "InvalidParameter",
    "InvalidText",
    "JsonTooDeep",
    "LeaseLost",
    "NumberOutOfRange",
    "OperationFinished",
    "OperationsError",
    "TryAgainLater",
    "UnknownParameter",
]


class OperationsError(DomainError):
    """Base of the refusals of this app."""


class LeaseLost(OperationsError):
    """Somebody else runs the operation by now, or it was cancelled."""

    code: ClassVar[str] = "lease_lost"


class OperationFinished(OperationsError):
    code: ClassVar[str] = "operation_finished"


class IdempotencyKeyRequired(OperationsError):
    code: ClassVar[str] = "idempotency_key_required"


class IdempotencyKeyInvalid(OperationsError):
    code: ClassVar[str] = "idempotency_key_invalid"


class IdempotencyKeyReused(OperationsError):
    code: ClassVar[str] = "idempotency_key_reused"


class AlreadyDone(OperationsError):
    """The request was answered before, with a secret that is not kept."""

    code: ClassVar[str] = "already_done"


class UnknownParameter(OperationsError):
    code: ClassVar[str] = "unknown_parameter"


class InvalidParameter(OperationsError):
    code: ClassVar[str] = "invalid_parameter"


class BodyTooLarge(OperationsError):
    code: ClassVar[str] = "body_too_large"


class TryAgainLater(Exception):
    """Work waits for something, or somebody else is at it; nothing was done, and coming back in a moment is right."""
