"""How often somebody tried something within a window; whoever counts says what is too often."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from marketplace.accounts.core.secrets import hash_of
from marketplace.accounts.models import SignInCounter

WINDOW = timedelta(minutes=15)


@dataclass(frozen=True)
class Counter:
    """What is counted, under a hash that names nobody, and how many tries a window has."""

    key: str
    limit: int

    @classmethod
    def of(cls, *parts: str, limit: int) -> "Counter":
        """Return the counter of something that these parts name together."""
        return cls(hash_of("\n".join(parts)), limit)


def count_try(counter: Counter, now: datetime) -> int | None:
    """Add one try, and return the seconds to wait where it was one too many.

    One statement; the row is new, in its window, or starts the next window. Call it outside a transaction: what is
    rolled back does not count.
    """
    table = SignInCounter._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {table} AS c (key, n_tries, window_until) VALUES (%(key)s, 1, %(until)s)
            ON CONFLICT (key) DO UPDATE SET
                n_tries = CASE WHEN c.window_until <= %(now)s THEN 1 ELSE least(c.n_tries + 1, 1000000) END,
                window_until = CASE WHEN c.window_until <= %(now)s THEN %(until)s ELSE c.window_until END
            RETURNING n_tries, window_until
            """,  # noqa: S608 - the table's name is ours
            {"key": counter.key, "now": now, "until": now + WINDOW},
        )
        n_tries, window_until = cursor.fetchone()
    return max(1, int((window_until - now).total_seconds())) if n_tries > counter.limit else None


def network_of(address: str) -> str:
    """Return the address, or for IPv6 its /64: one subscriber has all of it."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return ""
    if parsed.version == 4:
        return str(parsed)
    return str(ipaddress.ip_network((parsed, 64), strict=False))
