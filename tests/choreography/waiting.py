"""Parts of a ring: who has to wait for a lock is waited for."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import connection


def n_waiting() -> int:
    """Return how many wait for a lock just now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_clear_snapshot()")  # a transaction looks once otherwise
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return int(cursor.fetchone()[0])


def start_until_it_waits(pool: ThreadPoolExecutor, part: Callable[[], object]) -> Future[None]:
    """Start a part in a thread, and return when it waits for a lock."""
    before = n_waiting()

    def run() -> None:
        try:
            part()
        finally:
            connection.close()

    future = pool.submit(run)
    while n_waiting() <= before:
        assert not future.done()
    return future
