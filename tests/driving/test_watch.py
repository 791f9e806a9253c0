"""Following a job without losing or repeating an event."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from marketplace.management.driving.client import Service
from marketplace.management.driving.errors import DrivingError
from marketplace.management.driving.watch import JobWatch, Message, SequenceCheck


def snapshot(seq: int) -> Message:
    return {"type": "snapshot", "seq": seq, "job": {}, "counters": {}}


def event(seq: int) -> Message:
    return {"type": "event", "seq": seq, "event": "answer_submitted", "data": {}, "deltas": {}}


def test_events_in_order_are_all_news() -> None:
    check = SequenceCheck()
    check.snapshot(4)
    assert [check.event(seq) for seq in (5, 6, 7)] == [True, True, True]
    assert (check.last_seq, check.n_lost, check.n_repeated) == (7, 0, 0)


def test_gap_counts_every_event_in_it() -> None:
    check = SequenceCheck()
    check.snapshot(0)
    assert check.event(1)
    assert check.event(5)
    assert (check.n_lost, check.n_repeated) == (3, 0)


def test_repeated_event_is_counted_and_is_no_news() -> None:
    check = SequenceCheck()
    check.snapshot(0)
    assert [check.event(seq) for seq in (1, 2, 2, 1, 3)] == [True, True, False, False, True]
    assert (check.n_lost, check.n_repeated) == (0, 2)


def test_snapshot_after_events_hides_those_in_between() -> None:
    check = SequenceCheck()
    check.snapshot(2)
    check.snapshot(2)
    assert check.n_lost == 0
    check.snapshot(6)
    assert (check.n_lost, check.last_seq) == (4, 6)


def test_events_that_never_came_are_lost_at_the_end() -> None:
    check = SequenceCheck()
    check.snapshot(0)
    check.event(1)
    check.ended_at(3)
    assert check.n_lost == 2
    check.ended_at(3)
    assert check.n_lost == 2


@asynccontextmanager
async def talking(conversations: Sequence[Sequence[Message]]) -> AsyncIterator[tuple[Service, list[str]]]:
    """Serve one conversation per connection, each cut off at its end; tell with which query each was opened."""
    queries: list[str] = []

    async def talk(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        number = len(queries)
        queries.append(request.query_string)
        if number < len(conversations):
            for message in conversations[number]:
                await socket.send_str(orjson.dumps(message).decode())
            assert request.transport is not None
            request.transport.close()
        else:
            await socket.receive()
        return socket

    application = web.Application()
    application.router.add_get("/ws/v1/jobs/{job}", talk)
    async with TestServer(application) as server, Service(str(server.make_url("/")), patience_s=5.0) as service:
        yield service, queries


async def test_watch_resumes_after_the_last_event_it_saw() -> None:
    seen: list[int] = []
    conversations = [[snapshot(3), event(4), event(5)], [event(6)], [{"type": "heartbeat"}, event(6), event(8)]]
    async with talking(conversations) as (service, queries):
        watch = JobWatch(
            service.as_user("t"), "j", on_event=lambda message: seen.append(message["seq"]), on_snapshot=lambda _: None
        )
        following = asyncio.create_task(watch.follow())
        await watch.reach(8, timeout_s=10)
        following.cancel()
    assert seen == [4, 5, 6, 8]
    assert queries[:3] == ["", "last_seq=5", "last_seq=6"]
    assert (watch.check.n_lost, watch.check.n_repeated) == (1, 1)


async def test_waiting_for_events_that_do_not_come_ends_and_counts_them() -> None:
    async with talking([]) as (service, _):
        watch = JobWatch(service.as_user("t"), "j", on_event=lambda _: None, on_snapshot=lambda _: None)
        watch.take(snapshot(2))
        await watch.reach(5, timeout_s=0.05)
    assert watch.check.n_lost == 3


async def test_refused_socket_is_said_in_one_sentence() -> None:
    async with TestServer(web.Application()) as server, Service(str(server.make_url("/"))) as service:
        watch = JobWatch(service.as_user("t"), "j", on_event=lambda _: None, on_snapshot=lambda _: None)
        with pytest.raises(DrivingError, match="refused with 404"):
            await watch.follow()
