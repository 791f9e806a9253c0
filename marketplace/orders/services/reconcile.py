"""Reconciliation: whether the ledger, the orders, the invoices and the provider's files tell the same story."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection, transaction

from marketplace.ledger.adapters.roles import powers_over_books
from marketplace.ledger.core.invoicing import seal
from marketplace.ledger.models import Invoice, PayoutFile
from marketplace.ledger.services.invoices import sealed_document

NAMED = 20
# Each returns what differs, named; none where all agree. They run in one snapshot.
_CHECKS = {
    "every transfer sums to zero in one currency": """
        SELECT 'transfer ' || transfer_id FROM ledger_entry GROUP BY transfer_id
        HAVING sum(amount_micros) <> 0 OR count(DISTINCT currency) > 1""",
    "each currency sums to zero": """
        SELECT currency || ' is out by ' || sum(balance_micros) || ' micro-units' FROM ledger_account
        GROUP BY currency HAVING sum(balance_micros) <> 0""",
    "balances are the sums of their entries": """
        SELECT 'account ' || c.id || ' (' || c.kind || ') holds ' || c.balance_micros || ', its entries come to '
            || coalesce(sum(e.amount_micros), 0)
        FROM ledger_account c LEFT JOIN ledger_entry e ON e.account_id = c.id
        GROUP BY c.id HAVING c.balance_micros <> coalesce(sum(e.amount_micros), 0)""",
    "nothing is owed by who may not": """
        SELECT 'account ' || id || ' (' || kind || ') holds ' || balance_micros FROM ledger_account
        WHERE balance_micros < 0 AND kind NOT IN ('provider', 'rounding')""",
    "settled and cancelled orders hold no escrow": """
        SELECT 'order ' || o.id || ' is ' || o.state || ', its escrow holds ' || c.balance_micros
        FROM orders_order o JOIN ledger_account c ON c.kind = 'escrow' AND c.owner_id = o.id
        WHERE o.state IN ('settled', 'cancelled', 'expired') AND c.balance_micros <> 0""",
    "an order's money is in its own currency": """
        SELECT DISTINCT 'order ' || o.id || ' in ' || o.currency || ' moved ' || e.currency
        FROM orders_order o JOIN ledger_transfer t ON t.order_id = o.id JOIN ledger_entry e ON e.transfer_id = t.id
        WHERE e.currency <> o.currency""",
    "settled orders were invoiced what they spent": """
        WITH spent AS (
            SELECT o.id, coalesce(-sum(e.amount_micros) FILTER (WHERE t.kind <> 'rounding'), 0) AS exact,
                coalesce(-sum(e.amount_micros) FILTER (WHERE t.kind = 'rounding'), 0) AS rounding
            FROM orders_order o JOIN ledger_transfer t ON t.order_id = o.id
                JOIN ledger_entry e ON e.transfer_id = t.id JOIN ledger_account c ON c.id = e.account_id
                    AND ((c.kind = 'escrow' AND c.owner_id = o.id)
                        OR (c.kind = 'prepaid' AND c.owner_id = o.organization_id))
            WHERE o.state = 'settled' AND o.settled_at >=
                coalesce((SELECT min(issued_at) FROM ledger_invoice), 'infinity') - interval '1 second'
            GROUP BY o.id),
        invoiced AS (
            SELECT order_id, sum(exact_micros) AS exact, sum(total_micros - exact_micros) AS rounding
            FROM ledger_invoice GROUP BY order_id)
        SELECT 'order ' || s.id || ' spent ' || s.exact || ' and rounding ' || s.rounding || ', was invoiced '
            || coalesce(i.exact, 0) || ' and rounding ' || coalesce(i.rounding, 0)
        FROM spent s LEFT JOIN invoiced i ON i.order_id = s.id
        WHERE (s.exact, s.rounding) IS DISTINCT FROM (coalesce(i.exact, 0), coalesce(i.rounding, 0))""",
    "the rounding account holds what invoices were rounded by": """
        SELECT coalesce(i.currency, c.currency) || ': account ' || coalesce(c.balance, 0) || ', invoices '
            || coalesce(i.rounding, 0)
        FROM (SELECT currency, sum(balance_micros) AS balance FROM ledger_account WHERE kind = 'rounding'
              GROUP BY currency) c
        FULL JOIN (SELECT currency, sum(total_micros - exact_micros) AS rounding FROM ledger_invoice
                   GROUP BY currency) i
            ON i.currency = c.currency
        WHERE coalesce(c.balance, 0) <> coalesce(i.rounding, 0)""",
    "invoices are numbered without gaps": """
        SELECT issuer || '-' || year || ' has ' || count(*) || ' invoices up to number ' || max(number)
        FROM ledger_invoice GROUP BY issuer, year HAVING count(*) <> max(number) OR min(number) <> 1""",
    "requested payouts wait in their own accounts": """
        SELECT coalesce(p.worker_id, c.owner_id) || ' asked for ' || coalesce(p.micros, 0) || ', account holds '
            || coalesce(c.balance_micros, 0)
        FROM (SELECT worker_id, currency, sum(amount_micros) AS micros FROM ledger_payout WHERE state = 'requested'
              GROUP BY worker_id, currency) p
        FULL JOIN (SELECT * FROM ledger_account WHERE kind = 'payout') c
            ON c.owner_id = p.worker_id AND c.currency = p.currency
        WHERE coalesce(p.micros, 0) <> coalesce(c.balance_micros, 0)""",
    "sent payouts are in transit, file by file": """
        SELECT 'file ' || coalesce(p.file_id, c.owner_id) || ' awaits answers for ' || coalesce(p.micros, 0)
            || ', account holds ' || coalesce(c.balance_micros, 0)
        FROM (SELECT file_id, sum(amount_micros) AS micros FROM ledger_payout WHERE state = 'sent' GROUP BY file_id) p
        FULL JOIN (SELECT * FROM ledger_account WHERE kind = 'transit') c ON c.owner_id = p.file_id
        WHERE coalesce(p.micros, 0) <> coalesce(c.balance_micros, 0)""",
    "payouts that arrived left the ledger": """
        SELECT 'payout ' || p.id || ' is ' || p.state FROM ledger_payout p
            LEFT JOIN ledger_transfer t ON t.reference = 'payout_' || p.state || ':' || p.id
            LEFT JOIN ledger_entry e ON e.transfer_id = t.id AND e.amount_micros = p.amount_micros
        WHERE p.state IN ('paid', 'failed') AND e.id IS NULL""",
}


@dataclass(frozen=True)
class Check:
    """What was compared, and the differences that were found, the first of them named."""

    name: str
    n_differences: int
    differences: tuple[str, ...]


@dataclass(frozen=True)
class Transit:
    """Payouts of one currency that are on their way."""

    currency: str
    n_requested: int
    requested_micros: int
    n_sent: int
    sent_micros: int


@dataclass(frozen=True)
class Reconciliation:
    """All checks, and what is under way."""

    checks: tuple[Check, ...]
    transit: tuple[Transit, ...]

    @property
    def agrees(self) -> bool:
        """Return whether nothing differs."""
        return not any(check.n_differences for check in self.checks)


def reconcile(*, patience_s: int = 25) -> Reconciliation:
    """Compare everything, in one snapshot of the database, and name what differs.

    Parameters
    ----------
    patience_s : a query that takes longer fails.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        if not connection.savepoint_ids:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{patience_s}s"])
        checks = [_check(name, query) for name, query in _CHECKS.items()]
        checks.append(_named("invoices are sealed as they were issued", _broken_seals()))
        checks.append(_named("payout files are what was handed over", _changed_files()))
        if not settings.LOCAL:  # what the launcher starts has one role, which owns the tables
            checks.append(_named("the role of this connection has no power over the books", powers_over_books()))
        return Reconciliation(checks=tuple(checks), transit=tuple(_transit()))


def _check(name: str, query: str) -> Check:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return _named(name, (str(row[0]) for row in cursor.fetchall()))


def _named(name: str, differences: Iterator[str]) -> Check:
    found = list(differences)
    return Check(name=name, n_differences=len(found), differences=tuple(found[:NAMED]))


def _broken_seals() -> Iterator[str]:
    previous: dict[tuple[str, int], str] = {}
    invoices = Invoice.objects.prefetch_related("lines").order_by("issuer", "year", "number")
    for invoice in invoices.iterator(chunk_size=500):
        series = (invoice.issuer, invoice.year)
        before = previous.get(series, "")
        lines = sorted(invoice.lines.all(), key=lambda line: line.position)
        sealed = seal(sealed_document(invoice, lines), previous=before)
        if (invoice.previous_sha256, invoice.sha256) != (before, sealed):
            yield f"invoice {invoice.name} is not what was sealed"
        previous[series] = invoice.sha256


def _changed_files() -> Iterator[str]:
    for file in PayoutFile.objects.filter(written_at__isnull=False, provider="file").order_by("id").iterator():
        try:
            with default_storage.open(file.storage_name) as stored:
                found = sha256(stored.read()).hexdigest()
        except OSError:
            yield f"{file.storage_name} is not there"
            continue
        if found != file.sha256:
            yield f"{file.storage_name} was changed"


def _transit() -> Iterator[Transit]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT currency, count(*) FILTER (WHERE state = 'requested'),
                    coalesce(sum(amount_micros) FILTER (WHERE state = 'requested'), 0),
                    count(*) FILTER (WHERE state = 'sent'),
                    coalesce(sum(amount_micros) FILTER (WHERE state = 'sent'), 0)
               FROM ledger_payout WHERE state IN ('requested', 'sent') GROUP BY currency ORDER BY currency"""
        )
        for currency, n_requested, requested, n_sent, sent in cursor.fetchall():
            yield Transit(currency, n_requested, int(requested), n_sent, int(sent))
