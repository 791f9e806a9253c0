"""What must hold in the database after any history; each check returns what breaks it."""

from django.db import connection

_CHECKS = {
    "a task has more counted answers than max_overlap": """
        SELECT t.id FROM labeling_task t JOIN labeling_answer a ON a.task_id = t.id AND a.counted
        GROUP BY t.id HAVING count(*) > t.max_overlap""",
    "a worker answered a task twice": """
        SELECT task_id FROM labeling_answer GROUP BY task_id, worker_id HAVING count(*) > 1""",
    "n_counted is not the number of counted answers": """
        SELECT t.id FROM labeling_task t WHERE t.n_counted <>
            (SELECT count(*) FROM labeling_answer a WHERE a.task_id = t.id AND a.counted)""",
    "n_taken is not the counted answers and the leases": """
        SELECT t.id FROM labeling_task t WHERE t.n_taken <> t.n_counted +
            (SELECT count(*) FROM labeling_assignment s WHERE s.task_id = t.id AND s.state = 'active') +
            (SELECT count(*) FROM labeling_answer a
             WHERE a.task_id = t.id AND a.uncounted_reason IN ('gold', 'review'))""",
    "an answer to gold counts, or one to another task is called gold": """
        SELECT a.id FROM labeling_answer a JOIN labeling_task t ON t.id = a.task_id
        WHERE (t.is_gold AND a.counted) OR (NOT t.is_gold AND a.uncounted_reason = 'gold')""",
    "the gold reserve is not what leases on gold and answers to it left": """
        SELECT j.id FROM labeling_labelingjob j JOIN orders_order o ON o.job_id = j.id
        JOIN pricing_quote q ON q.id = o.quote_id
        WHERE o.state = 'published' AND NOT o.is_over AND q.gold_reserve_micros <>
            j.gold_reserve_micros + coalesce((SELECT sum(s.pay_micros) FROM labeling_assignment s
                JOIN labeling_task t ON t.id = s.task_id LEFT JOIN labeling_answer a ON a.assignment_id = s.id
                WHERE t.job_id = j.id AND t.is_gold AND (s.state = 'active' OR a.uncounted_reason = 'gold')), 0)""",
    "a review counts as an answer, or an answer as a review": """
        SELECT a.id FROM labeling_answer a JOIN labeling_task t ON t.id = a.task_id
        WHERE (t.kind IN ('review', 'adjudicate')) <> (a.uncounted_reason = 'review')
            AND a.uncounted_reason <> 'late'""",
    "somebody checked what they had in hand themselves": """
        SELECT a.id FROM labeling_answer a JOIN labeling_task t ON t.id = a.task_id
        JOIN labeling_answer b ON b.worker_id = a.worker_id AND b.task_id = t.parent_task_id""",
    "the review reserve is not what reviews asked for and made left": """
        SELECT j.id FROM labeling_labelingjob j JOIN orders_order o ON o.job_id = j.id
        JOIN pricing_quote q ON q.id = o.quote_id
        WHERE o.state = 'published' AND NOT o.is_over AND q.review_reserve_micros <>
            j.review_reserve_micros + coalesce((SELECT sum(t.pay_micros *
                CASE WHEN t.state = 'open' THEN t.wanted_overlap ELSE t.n_taken END)
                FROM labeling_task t WHERE t.job_id = j.id AND t.kind IN ('review', 'adjudicate')), 0)""",
    "committed pay is not that of leases and counted answers": """
        SELECT j.id FROM labeling_labelingjob j WHERE j.committed_micros <> coalesce(
            (SELECT sum(s.pay_micros) FROM labeling_assignment s JOIN labeling_task t ON t.id = s.task_id
             LEFT JOIN labeling_answer a ON a.assignment_id = s.id
             WHERE s.job_id = j.id AND NOT t.is_gold AND t.kind = 'annotate'
                AND (s.state = 'active' OR a.counted)), 0)""",
    "a transfer does not sum to zero, or mixes currencies": """
        SELECT transfer_id FROM ledger_entry GROUP BY transfer_id
        HAVING sum(amount_micros) <> 0 OR count(DISTINCT currency) > 1""",
    "an account owes what it may not": """
        SELECT id FROM ledger_account WHERE balance_micros < 0 AND kind NOT IN ('provider', 'rounding')""",
    "a balance is not the sum of its entries": """
        SELECT c.id FROM ledger_account c WHERE c.balance_micros <>
            coalesce((SELECT sum(e.amount_micros) FROM ledger_entry e WHERE e.account_id = c.id), 0)""",
    "an accepted assignment was not paid its share": """
        SELECT s.id FROM labeling_assignment s WHERE s.state = 'accepted' AND
            ceil(s.pay_micros * s.accepted_share) IS DISTINCT FROM
            (SELECT coalesce(sum(e.amount_micros), 0) FROM ledger_transfer t JOIN ledger_entry e ON e.transfer_id = t.id
             JOIN ledger_account c ON c.id = e.account_id AND c.kind = 'worker' AND c.owner_id = s.worker_id
             WHERE t.assignment_id = s.id AND t.kind IN ('pay', 'appeal'))""",
    "an accepted assignment has no transfer, or two of a kind": """
        SELECT s.id FROM labeling_assignment s LEFT JOIN ledger_transfer t
            ON t.assignment_id = s.id AND t.kind IN ('pay', 'appeal')
        WHERE s.state = 'accepted' GROUP BY s.id HAVING count(t.id) NOT IN (1, count(DISTINCT t.kind))""",
    "an overturned rejection was not paid, or one that stands was": """
        SELECT r.id FROM orders_rejection r LEFT JOIN ledger_transfer t
            ON t.assignment_id = r.assignment_id AND t.kind = 'appeal'
        WHERE (r.state = 'overturned') <> (t.id IS NOT NULL)""",
    "somebody was paid for work that was not accepted": """
        SELECT t.id FROM ledger_transfer t LEFT JOIN labeling_assignment s ON s.id = t.assignment_id
        WHERE t.kind IN ('pay', 'appeal') AND s.state IS DISTINCT FROM 'accepted'""",
    "a stream has a gap or an unnumbered event": """
        SELECT s.id FROM live_stream s LEFT JOIN live_event e ON e.stream_id = s.id
        GROUP BY s.id HAVING count(e.seq) <> s.seq OR count(*) FILTER (WHERE e.id IS NOT NULL) <> s.seq
            OR max(e.seq) <> s.seq""",
    "a settled order's money does not add up": """
        SELECT id FROM orders_order WHERE state = 'settled'
            AND funded_micros <> paid_micros + fee_micros + rounding_micros + refunded_micros""",
}


def broken() -> dict[str, list[object]]:
    """Return the invariants that do not hold, each with the ids that break it."""
    found = {}
    with connection.cursor() as cursor:
        for name, query in _CHECKS.items():
            cursor.execute(query)
            ids = [row[0] for row in cursor.fetchall()]
            if ids:
                found[name] = ids
    return found
