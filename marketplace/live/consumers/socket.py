"""One open socket: tells what the log says, answers pings, and ends when its reader may no longer listen."""

import asyncio
import json
import logging
from datetime import timedelta
from uuid import UUID

from django.db import Error as DatabaseError
from django.utils import timezone

from marketplace.live.consumers.asgi import Receive, Send, in_database
from marketplace.live.consumers.credentials import Credential
from marketplace.live.consumers.feeds import RETRY_S, Feed
from marketplace.live.consumers.guard import Guard
from marketplace.live.consumers.limits import MessageRate
from marketplace.live.consumers.reading import Frame, snapshot_frame
from marketplace.live.consumers.refusals import (
    CLIENT_LEFT,
    FLOODING,
    GOING_AWAY,
    NO_LONGER_VISIBLE,
    Closing,
    Ended,
)
from marketplace.operations.core.strict_json import parse_strict
from marketplace.operations.errors import DomainError

logger = logging.getLogger(__name__)

HEARTBEAT_S = 20.0
RECHECK_S = 3.5
SEND_TIMEOUT_S = 60.0
LONGEST = timedelta(hours=12)
MESSAGE_DEPTH = 8


class ProgressSocket:
    """An accepted socket on a job's progress."""

    def __init__(
        self,
        *,
        receive: Receive,
        send: Send,
        credential: Credential,
        job_id: UUID,
        feed: Feed,
        guard: Guard,
        last_seq: int | None,
    ) -> None:
        self._receive = receive
        self._send = send
        self._credential = credential
        self._job_id = job_id
        self._feed = feed
        self._guard = guard
        self._last_seq = last_seq
        self._rate = MessageRate()
        self._sending = asyncio.Lock()

    async def run(self) -> Closing:
        """Serve until one side ends it, and return how it ended."""
        try:
            async with asyncio.timeout(LONGEST.total_seconds()), asyncio.TaskGroup() as tasks:
                for part in (self._tell, self._listen, self._beat, self._recheck):
                    tasks.create_task(part())
        except TimeoutError:
            return GOING_AWAY
        except ExceptionGroup as group:  # how a task group tells what ended its parts; all but endings goes on
            endings, others = group.split(Ended)
            if others is not None or endings is None:
                raise
            return _first(endings)
        raise AssertionError("no part of a socket ends without saying how")

    async def _tell(self) -> None:
        """Send everything after what the client has, starting from a snapshot where it has nothing."""
        seq = self._last_seq
        while True:
            try:
                if seq is None:
                    seq = await self._tell_snapshot()
                frames = await self._feed.after(seq)
            except DatabaseError as error:
                logger.warning("The log of job %s cannot be read: %s", self._job_id, error)
                await asyncio.sleep(RETRY_S)
                continue
            if not frames or frames[0].seq != seq + 1:  # what came in between is no longer there
                seq = None
                continue
            for frame in frames:
                await self._put(frame.text)
            seq = frames[-1].seq

    async def _tell_snapshot(self) -> int:
        snapshot = await _read_snapshot(self._credential, self._job_id)
        if snapshot is None:
            raise Ended(NO_LONGER_VISIBLE)
        await self._put(snapshot.text)
        return snapshot.seq

    async def _listen(self) -> None:
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                raise Ended(CLIENT_LEFT)
            if self._rate.is_exceeded():
                raise Ended(FLOODING)
            await self._put(_answer(message.get("text")))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            await self._put('{"type":"heartbeat"}')

    async def _recheck(self) -> None:
        """Look again whether what opened the socket still would."""
        while True:
            await asyncio.sleep(RECHECK_S)
            try:
                ended = await self._guard.look_again(self._credential, self._job_id)
            except DatabaseError as error:
                logger.warning("Whether a socket may stay open cannot be read: %s", error)
                continue
            if ended is not None:
                raise Ended(ended)

    async def _put(self, text: str) -> None:
        """Send a message, waiting for a slow client, but not for ever."""
        try:
            async with asyncio.timeout(SEND_TIMEOUT_S), self._sending:
                await self._send({"type": "websocket.send", "text": text})
        except (OSError, RuntimeError) as error:  # servers tell in either that the client is gone; the time-out is one
            raise Ended(CLIENT_LEFT) from error


def _answer(text: str | None) -> str:
    """Return the answer to a client's message: there is nothing to say to a socket but `ping`."""
    if text is None:
        return _error("invalid_message", "Send text.")
    try:
        message = parse_strict(text.encode("utf-8", "surrogatepass"), max_depth=MESSAGE_DEPTH)
    except DomainError as error:
        return _error(error.code, error.detail)
    if isinstance(message, dict) and message.get("type") == "ping":
        return '{"type":"pong"}'
    return _error("unknown_type", "There is no such message; the only one is ping.")


def _error(code: str, detail: str) -> str:
    return json.dumps({"type": "error", "code": code, "detail": detail})


def _first(endings: BaseExceptionGroup[Ended]) -> Closing:
    first = endings.exceptions[0]
    return first.closing if isinstance(first, Ended) else _first(first)


@in_database
def _read_snapshot(credential: Credential, job_id: UUID) -> Frame | None:
    user = credential.user(timezone.now())
    return None if user is None else snapshot_frame(user, job_id)
