"""The database's clock."""

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """Return the database's wall clock: what leases are measured by, whichever machine asks."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment
