"""Writes of the operations app."""

from marketplace.operations.services.idempotency import (
    KeptAnswer,
    forget_key,
    keep_answer,
    reserve_key,
    sweep_idempotency_keys,
)
from marketplace.operations.services.running import (
    cancel_operation,
    claim_operation,
    fail_operation,
    forget_starts,
    record_progress,
    start_operation,
    succeed_operation,
)

__all__ = [
    "KeptAnswer",
    "cancel_operation",
    "claim_operation",
    "fail_operation",
    "forget_key",
    "forget_starts",
    "keep_answer",
    "record_progress",
    "reserve_key",
    "start_operation",
    "succeed_operation",
    "sweep_idempotency_keys",
]
