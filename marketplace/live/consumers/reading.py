"""What sockets read from the log, as the texts they send."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from rest_framework.renderers import JSONRenderer

from labeling.models import LabelingJob
from marketplace.accounts.models import User
from marketplace.live.api.progress import read_progress
from marketplace.live.api.serializers import SnapshotSerializer
from marketplace.live.models import Event, Stream, StreamType


@dataclass(frozen=True)
class Frame:
    """The text of one message that tells the state up to `seq`."""

    seq: int
    text: str


def latest_seq(job_id: UUID) -> int:
    """Return the number of a job's latest event, 0 before the first."""
    found = Stream.objects.filter(type=StreamType.JOB, subject_id=job_id).values_list("seq", flat=True).first()
    return found or 0


def event_frames(job_id: UUID, *, after: int, limit: int) -> list[Frame]:
    """Return the next events of a job, in order; committed ones have their number, and none comes in between later."""
    rows = Event.objects.filter(stream__type=StreamType.JOB, stream__subject_id=job_id, seq__gt=after)
    fields = rows.order_by("seq").values_list("seq", "type", "at", "data", "deltas")
    return [
        Frame(seq or 0, _event_text(seq or 0, kind, at, data, deltas)) for seq, kind, at, data, deltas in fields[:limit]
    ]


def snapshot_frame(user: User, job_id: UUID) -> Frame | None:
    """Return how the job stands, or nothing where the user does not see it."""
    progress = read_progress(LabelingJob.objects.visible_to(user), job_id)
    if progress is None:
        return None
    body = JSONRenderer().render({"type": "snapshot", **SnapshotSerializer(progress).data})
    return Frame(progress.seq, body.decode())


def _event_text(seq: int, kind: str, at: datetime, data: dict[str, Any], deltas: dict[str, int]) -> str:
    event = {
        "type": "event",
        "seq": seq,
        "event": kind,
        "at": at.isoformat().replace("+00:00", "Z"),
        "data": data,
        "deltas": deltas,
    }
    return json.dumps(event, separators=(",", ":"))
