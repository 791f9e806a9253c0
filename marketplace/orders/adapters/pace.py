"""Reading past the ORM how long answers took and how soon they were decided on."""

from uuid import UUID

from django.db import connection

from marketplace.orders.core.pace import Earned, WorkerPace, WorkKind

# What a client says of active time is believed as far as there was time: since the lease began and since the worker's
# answer before that, so that nobody was active longer than they were there. Where a client says nothing, that counts.
_PACE = """
    SELECT worker_id, kind, aided, pay_micros, count(*), percentile_disc(0.5) WITHIN GROUP (ORDER BY ms)
    FROM (
        SELECT worker_id, kind, aided, pay_micros, LEAST(COALESCE(active_ms, there_ms), there_ms) AS ms
        FROM (
            SELECT s.worker_id, t.kind, s.aided, s.pay_micros, s.active_ms, (1000 * EXTRACT(EPOCH FROM
                s.submitted_at - GREATEST(s.leased_at, lag(s.submitted_at) OVER (
                    PARTITION BY s.worker_id ORDER BY s.submitted_at, s.id))))::bigint AS there_ms
            FROM labeling_assignment s JOIN labeling_task t ON t.id = s.task_id
            WHERE s.job_id = %s AND s.submitted_at IS NOT NULL
        ) AS answers
    ) AS timed
    WHERE pay_micros > 0
    GROUP BY worker_id, kind, aided, pay_micros ORDER BY worker_id
"""
_EARNED = """
    SELECT s.worker_id, t.kind, s.aided, s.pay_micros, (s.accepted_share * 1000000)::bigint, count(*)
    FROM labeling_assignment s JOIN labeling_task t ON t.id = s.task_id
    WHERE s.job_id = %s AND s.state = 'accepted' AND s.pay_micros > 0
    GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
"""
_DECISION = """
    SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY EXTRACT(EPOCH FROM decided_at - submitted_at)), count(*)
    FROM labeling_assignment WHERE job_id = %s AND decided_at IS NOT NULL AND submitted_at IS NOT NULL
"""


def read_pace(job_id: UUID) -> list[WorkerPace]:
    """Return the median time of every worker of a job for each kind of paid work, with the number of answers."""
    with connection.cursor() as cursor:
        cursor.execute(_PACE, [job_id])
        rows = cursor.fetchall()
    return [
        WorkerPace(worker_id, WorkKind(kind, aided, int(pay)), int(n), int(ms))
        for worker_id, kind, aided, pay, n, ms in rows
    ]


def read_owed_for(job_id: UUID) -> list[Earned]:
    """Return how many answers of each kind, and of which accepted share, every worker of a job is paid for."""
    with connection.cursor() as cursor:
        cursor.execute(_EARNED, [job_id])
        rows = cursor.fetchall()
    return [
        Earned(worker_id, WorkKind(kind, aided, int(pay)), int(share_ppm), int(n))
        for worker_id, kind, aided, pay, share_ppm, n in rows
    ]


def read_decision_s(job_id: UUID) -> tuple[int, int]:
    """Return the median seconds from an answer of a job to its decision, and the number of decisions."""
    with connection.cursor() as cursor:
        cursor.execute(_DECISION, [job_id])
        seconds, n = cursor.fetchone() or (0, 0)
    return int(seconds or 0), int(n)
