"""Idempotency keys: the key is taken in the transaction of the effect, so both happen once or neither does."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from marketplace.operations.errors import AlreadyDone, IdempotencyKeyReused
from marketplace.operations.models import IdempotencyKey

KEPT_FOR = timedelta(days=1)


@dataclass(frozen=True)
class KeptAnswer:
    """The first answer to a request, as it was sent."""

    status: int
    body: str


def reserve_key(
    *, user_id: UUID, key: str, route: str, fingerprint: str, permanent: bool, now: datetime
) -> KeptAnswer | None:
    """Take a key for this request, or return the answer that the same request got before.

    Runs in the caller's transaction. A second request with the key waits here until the first has committed or rolled
    back; then it finds the answer, or takes the key itself.

    Raises
    ------
    IdempotencyKeyReused
        The key was used for another request.
    AlreadyDone
        The first answer held a secret and was not kept.
    """
    fresh = IdempotencyKey(
        user_id=user_id, key=key, route=route, fingerprint=fingerprint, permanent=permanent, created_at=now
    )
    found = None
    while found is None:  # again only where the sweep deleted the key in between
        if _insert(fresh):
            return None
        found = IdempotencyKey.objects.filter(user_id=user_id, key=key).first()
    if found.fingerprint != fingerprint:
        raise IdempotencyKeyReused("This key was used for another request.", route=found.route)
    if found.status is None or found.response is None:
        raise AlreadyDone("This was done before; its answer held a secret and is not shown again.")
    return KeptAnswer(status=found.status, body=found.response)


def _insert(fresh: IdempotencyKey) -> bool:
    """Insert the key and return whether it was free; waits for whoever is inserting the same one."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO operations_idempotencykey (id, user_id, key, route, fingerprint, permanent, created_at)
               VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT (user_id, key) DO NOTHING""",
            [fresh.pk, fresh.user_id, fresh.key, fresh.route, fresh.fingerprint, fresh.permanent, fresh.created_at],
        )
        return bool(cursor.rowcount)


def keep_answer(*, user_id: UUID, key: str, status: int, body: str | None) -> None:
    """Keep the answer beside its key, in the same transaction; `None` for one that holds a secret."""
    IdempotencyKey.objects.filter(user_id=user_id, key=key).update(status=status, response=body)


def forget_key(*, user_id: UUID, key: str) -> None:
    """Let the key go in the transaction that took it: what was refused but left a trace may be tried again."""
    IdempotencyKey.objects.filter(user_id=user_id, key=key).delete()


def sweep_idempotency_keys(now: datetime) -> int:
    """Delete keys older than a day, except those of money and answers, and return how many."""
    return IdempotencyKey.objects.filter(permanent=False, created_at__lt=now - KEPT_FOR).delete()[0]
