"""Reading past the ORM what an order's money went into."""

from uuid import UUID

from django.db import connection

from marketplace.ledger.core.invoicing import Charge

# Earnings name the assignment, and its task says what the work was; all else is told apart by the kind of transfer.
_SPENT = """
    SELECT CASE
            WHEN t.kind NOT IN ('pay', 'appeal') THEN t.kind
            WHEN k.is_gold OR k.kind = 'training' THEN 'gold'
            WHEN k.kind IN ('review', 'adjudicate') THEN 'review'
            WHEN a.uncounted_reason = 'late' THEN 'late'
            ELSE 'labour' END AS spent_on,
        -sum(e.amount_micros), count(DISTINCT t.id)
    FROM ledger_transfer t
        JOIN ledger_entry e ON e.transfer_id = t.id
        JOIN ledger_account c ON c.id = e.account_id
        LEFT JOIN labeling_assignment s ON s.id = t.assignment_id
        LEFT JOIN labeling_task k ON k.id = s.task_id
        LEFT JOIN labeling_answer a ON a.assignment_id = s.id
    WHERE t.order_id = %(order)s AND t.kind <> 'rounding' AND c.currency = %(currency)s
        AND ((c.kind = 'escrow' AND c.owner_id = %(order)s) OR (c.kind = 'prepaid' AND c.owner_id = %(organization)s))
    GROUP BY spent_on HAVING sum(e.amount_micros) <> 0 ORDER BY spent_on
"""
_ORDER = ("labour", "review", "gold", "late", "top_up", "bonus", "fee", "reversal")
COUNTED = frozenset({"labour", "review", "gold", "late", "bonus"})


def read_spending(order_id: UUID, *, organization_id: UUID, currency: str) -> list[Charge]:
    """Return what left an organization's accounts for an order, by what it was for; funding stays within them."""
    with connection.cursor() as cursor:
        cursor.execute(_SPENT, {"order": order_id, "organization": organization_id, "currency": currency})
        rows = cursor.fetchall()
    found = [Charge(kind, int(micros), int(n) if kind in COUNTED else None) for kind, micros, n in rows]
    return sorted(found, key=lambda charge: (_ORDER.index(charge.kind) if charge.kind in _ORDER else 99, charge.kind))
