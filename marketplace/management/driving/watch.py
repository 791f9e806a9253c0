"""Following a job's events over a websocket, and proof that none was lost or told twice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

from marketplace.management.driving.client import Api, Backoff
from marketplace.management.driving.errors import DrivingError

SILENCE_S = 50.0  # the service says something every 20 s
REFUSED = frozenset({400, 401, 403, 404})
CLOSE_REFUSED = frozenset({4401, 4403, 4404})

Message = dict[str, Any]


@dataclass
class SequenceCheck:
    """Checks that events come numbered without gap and repeat, over any number of connections.

    Attributes
    ----------
    last_seq : of the last event seen; None before the first message.
    n_lost, n_repeated : events that were passed over, and that came again.
    """

    last_seq: int | None = None
    n_lost: int = 0
    n_repeated: int = 0

    def snapshot(self, seq: int) -> None:
        """Take notice of a snapshot; one after events have been seen stands for those in between, which are lost."""
        if self.last_seq is not None:
            self.n_lost += max(0, seq - self.last_seq)
        self.last_seq = max(seq, self.last_seq or 0)

    def event(self, seq: int) -> bool:
        """Take notice of an event and return whether it is news."""
        if self.last_seq is None:
            self.last_seq = seq - 1
        if seq <= self.last_seq:
            self.n_repeated += 1
            return False
        self.n_lost += seq - self.last_seq - 1
        self.last_seq = seq
        return True

    def ended_at(self, seq: int) -> None:
        """Count what the service says it has told and we never saw."""
        self.n_lost += max(0, seq - (self.last_seq or 0))
        self.last_seq = max(seq, self.last_seq or 0)


class JobWatch:
    """Follows one job; after any loss of the connection it asks for what came after the last event seen."""

    def __init__(
        self, api: Api, job_id: str, *, on_event: Callable[[Message], None], on_snapshot: Callable[[Message], None]
    ) -> None:
        self.check = SequenceCheck()
        self.n_connections = 0
        self.began = asyncio.Event()
        self._api = api
        self._job_id = job_id
        self._on_event = on_event
        self._on_snapshot = on_snapshot
        self._moved = asyncio.Event()

    async def follow(self) -> None:
        """Follow until cancelled.

        Raises
        ------
        DrivingError
            The service refuses to show us the job, or is gone for too long.
        """
        backoff = Backoff(self._api.service.patience_s)
        while True:
            try:
                await self._listen()
                backoff = Backoff(self._api.service.patience_s)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                if isinstance(error, aiohttp.WSServerHandshakeError) and error.status in REFUSED:
                    raise DrivingError(f"The websocket of the job was refused with {error.status}.") from error
                if backoff.exhausted:
                    raise DrivingError(f"The websocket of the job cannot be reached: {error}.") from error
            await backoff.pause()

    async def reach(self, seq: int, *, timeout_s: float) -> None:
        """Wait until the events up to `seq` were seen; what is missing then counts as lost."""
        until = time.monotonic() + timeout_s
        while (self.check.last_seq or 0) < seq and (left_s := until - time.monotonic()) > 0:
            self._moved.clear()
            try:
                await asyncio.wait_for(self._moved.wait(), timeout=left_s)
            except TimeoutError:
                break
        self.check.ended_at(seq)

    async def _listen(self) -> None:
        """Hold one connection until it ends."""
        last_seq = self.check.last_seq
        query = "" if last_seq is None else f"?last_seq={last_seq}"
        url = f"{self._api.service.url.replace('http', 'ws', 1)}/ws/v1/jobs/{self._job_id}{query}"
        connecting = self._api.service.session.ws_connect(
            url, headers=self._api.headers, max_msg_size=16 * 1024 * 1024, timeout=aiohttp.ClientWSTimeout(ws_close=1.0)
        )
        async with connecting as socket:
            self.n_connections += 1
            while True:
                received = await socket.receive(timeout=SILENCE_S)
                if received.type is not aiohttp.WSMsgType.TEXT:
                    break
                self.take(orjson.loads(received.data))
            if socket.close_code in CLOSE_REFUSED:
                raise DrivingError(f"The websocket of the job was closed with {socket.close_code}.")

    def take(self, message: Message) -> None:
        """Take notice of one message."""
        if message["type"] == "snapshot":
            self.check.snapshot(message["seq"])
            self._on_snapshot(message)
            self.began.set()
        elif message["type"] == "event" and self.check.event(message["seq"]):
            self._on_event(message)
        self._moved.set()
