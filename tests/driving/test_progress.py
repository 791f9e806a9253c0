"""How a job stands, by its events."""

from __future__ import annotations

from typing import Any

from marketplace.management.driving.progress import Progress


def event(name: str, data: dict[str, Any] | None = None, **deltas: int) -> dict[str, Any]:
    return {"type": "event", "event": name, "data": data or {}, "deltas": deltas}


def test_counters_start_from_the_snapshot_and_move_with_events() -> None:
    progress = Progress()
    progress.take_snapshot({"counters": {"answers": 3}, "job": {"state": "open", "close_reason": ""}})
    progress.take_event(event("answer_submitted", answers=1, leased=-1))
    progress.take_event(event("task_retired", retired=1))
    progress.take_event(event("answer_accepted", paid_micros=20_000))
    assert progress.line(seconds=7.4, n_tasks=2) == "tasks done 1/2 | answers 4 (2.00 per task) | paid 0.02 | 7 s"
    assert progress.state == "open"


def test_end_is_known_from_the_event_or_from_the_job() -> None:
    told, looked = Progress(), Progress()
    told.take_event(event("job_closed", {"reason": "completed", "n_cancelled": 0}))
    looked.take_job({"state": "completed", "close_reason": "completed"})
    assert told.closed.is_set()
    assert looked.closed.is_set()
    assert not Progress().closed.is_set()


def test_unchanged_state_is_no_movement() -> None:
    progress = Progress()
    progress.take_job({"state": "open", "close_reason": ""})
    moved_at = progress.moved_at
    progress.take_job({"state": "open", "close_reason": ""})
    assert progress.moved_at == moved_at
