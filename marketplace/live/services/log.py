"""Appending to the log. The number of an event is given by the commit (a deferred trigger), not here."""

import json
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from marketplace.live.core.subscriptions import consumers_of
from marketplace.live.models import Stream, StreamType
from marketplace.live.services.nudge import nudge


def append_event(
    stream_type: StreamType, subject_id: UUID, *, event_type: str, data: dict[str, Any], deltas: dict[str, int]
) -> None:
    """Insert an event and the deliveries it gives rise to; listeners are nudged after the commit."""
    stream_id = _insert(stream_type, subject_id, event_type, data, deltas)
    if stream_id is None:
        Stream.objects.bulk_create([Stream(type=stream_type, subject_id=subject_id)], ignore_conflicts=True)
        stream_id = _insert(stream_type, subject_id, event_type, data, deltas)
    transaction.on_commit(lambda: nudge(stream_type, subject_id), robust=True)


def _insert(
    stream_type: StreamType, subject_id: UUID, event_type: str, data: dict[str, Any], deltas: dict[str, int]
) -> int | None:
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH event AS (
                   INSERT INTO live_event (stream_id, type, data, deltas, at)
                   SELECT id, %s, %s, %s, clock_timestamp() FROM live_stream WHERE type = %s AND subject_id = %s
                   RETURNING id, stream_id
               ), delivery AS (
                   INSERT INTO live_delivery (event_id, stream_id, consumer, due_at, attempts, last_error)
                   SELECT event.id, event.stream_id, consumer, clock_timestamp(), 0, ''
                   FROM event, unnest(%s::text[]) AS consumer
               )
               SELECT stream_id FROM event""",
            [event_type, json.dumps(data), json.dumps(deltas), stream_type, subject_id, list(consumers_of(event_type))],
        )
        row = cursor.fetchone()
    return row[0] if row else None
