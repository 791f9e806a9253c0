"""What PostgreSQL lets the service's role do: all that its work takes, and nothing that could rewrite the books.

Triggers refuse changes to whoever has not the power to drop them; so the service must not own its tables. Which are
append-only the database itself knows: by the triggers that make them so.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection

# Rows of these rooms are changed, and never deleted.
KEPT = ("ledger_", "orders_", "pricing_")
# What triggers bring up to date, in the name of whoever made them run, and what rows are locked by.
COLUMNS = {"ledger_account": "last_entry_id", "live_event": "seq"}
READ_ONLY = "django_migrations"

_TABLES = """
    SELECT c.relname, quote_ident(n.nspname) || '.' || quote_ident(c.relname),
        EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = c.relname || '_is_append_only')
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema AND c.relkind IN ('r', 'p') ORDER BY c.relname"""
_ROLE = """
    SELECT quote_ident(r.rolname), quote_ident(current_schema), quote_ident(current_database()),
        r.rolsuper OR EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = current_schema::regnamespace
            AND c.relkind IN ('r', 'p') AND pg_has_role(r.oid, c.relowner, 'MEMBER'))
    FROM pg_roles r WHERE r.rolname = %s"""
_POWERS = """
    WITH books AS (
        SELECT c.oid, c.relname, c.relowner, EXISTS (
            SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = c.relname || '_is_append_only'
        ) AS append_only
        FROM pg_class c WHERE c.relnamespace = current_schema::regnamespace AND c.relkind IN ('r', 'p')
    )
    SELECT 'role ' || current_user || ' is a superuser' FROM pg_roles WHERE rolname = current_user AND rolsuper
    UNION ALL
    SELECT 'role ' || current_user || ' may create tables and functions in schema ' || current_schema
    WHERE has_schema_privilege(current_schema, 'CREATE')
    UNION ALL
    (SELECT 'role ' || current_user || ' ' || CASE
            WHEN pg_has_role(relowner, 'MEMBER') THEN 'owns '
            WHEN has_table_privilege(oid, 'TRUNCATE') THEN 'may empty '
            WHEN has_table_privilege(oid, 'TRIGGER') THEN 'may put triggers on '
            ELSE 'may change or delete rows of ' END || relname
    FROM books
    WHERE pg_has_role(relowner, 'MEMBER') OR has_table_privilege(oid, 'TRUNCATE, TRIGGER')
        OR (append_only AND has_table_privilege(oid, 'UPDATE, DELETE'))
        OR (relname = 'ledger_account' AND has_table_privilege(oid, 'UPDATE, DELETE'))
    ORDER BY append_only DESC, relname)"""


class RoleUnfit(Exception):
    """No grants make this role the service's."""


@dataclass(frozen=True)
class Table:
    """A table, and whether its rows stand as they were written."""

    name: str
    quoted: str
    is_append_only: bool

    @property
    def rights(self) -> str:
        """Return what the service may do with it."""
        if self.name == READ_ONLY:
            return "SELECT"
        if column := COLUMNS.get(self.name):
            return f'SELECT, INSERT, UPDATE ("{column}")'
        if self.is_append_only:
            return "SELECT, INSERT"
        return "SELECT, INSERT, UPDATE" if self.name.startswith(KEPT) else "SELECT, INSERT, UPDATE, DELETE"


def grants_for(role: str) -> list[str]:
    """Return the statements that give a role what the service needs, and take whatever else it had.

    Raises
    ------
    RoleUnfit
        There is no such role, or it owns tables or is a superuser: no grant would bind it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ROLE, [role])
        found = cursor.fetchone()
        if found is None:
            raise RoleUnfit(f"There is no role {role}: create it first (CREATE ROLE ... LOGIN PASSWORD ...).")
        name, schema, database, is_above = found
        if is_above:
            raise RoleUnfit(f"{role} is a superuser, or owns tables: what it may do is not limited by grants.")
        cursor.execute(_TABLES)
        tables = [Table(*row) for row in cursor.fetchall()]
    return [
        f"REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {name}",
        f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM {name}",
        f"REVOKE ALL ON SCHEMA {schema} FROM {name}",
        f"GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {name}",
        f"GRANT USAGE ON SCHEMA {schema} TO {name}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {name}",
        *[f"GRANT {table.rights} ON {table.quoted} TO {name}" for table in tables],
    ]


def powers_over_books() -> Iterator[str]:
    """Yield by what the role that this connection has could get round the books' triggers."""
    with connection.cursor() as cursor:
        cursor.execute(_POWERS)
        yield from (str(row[0]) for row in cursor.fetchall())
