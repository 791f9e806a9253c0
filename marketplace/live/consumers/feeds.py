"""One reader of the log per process and job, shared by the job's sockets."""

import asyncio
import itertools
import logging
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

import redis
from channels import DEFAULT_CHANNEL_LAYER
from channels.layers import BaseChannelLayer, channel_layers
from django.db import Error as DatabaseError

from marketplace.live.adapters import group_of
from marketplace.live.consumers.asgi import in_database
from marketplace.live.consumers.reading import Frame, event_frames, latest_seq
from marketplace.live.models import StreamType

logger = logging.getLogger(__name__)

CHUNK = 200
TAIL = 1_000
POLL_S = 2.0
POLL_WITHOUT_HINTS_S = 0.5
REJOIN_S = 10.0
RETRY_S = 1.0

_read_frames = in_database(event_frames)
_read_seq = in_database(latest_seq)
_LAYER_ERRORS = (redis.RedisError, OSError)


class FeedFailed(Exception):
    """A bug ended the feed; its sockets end too and may be opened again."""


class Feed:
    """Follows a job's log, and keeps its end at hand.

    The channel layer's group only hurries it: what is missed there, because the layer was away or lost its memory, is
    found by the poll.
    """

    def __init__(self, job_id: UUID, *, layer: BaseChannelLayer, channel: str) -> None:
        self.job_id = job_id
        self.n_sockets = 0
        self._layer = layer
        self._channel = channel
        self._group = group_of(f"{StreamType.JOB}:{job_id}")
        self._seq: int | None = None
        self._tail: deque[Frame] = deque(maxlen=TAIL)
        self._grown = asyncio.Event()
        self._hinted = asyncio.Event()
        self._hint_missed = asyncio.Event()
        self._joined = False
        self._tasks = [
            asyncio.create_task(part(), name=f"feed {job_id}")
            for part in (self._follow, self._stay_joined, self._hear_hints)
        ]
        for task in self._tasks:
            task.add_done_callback(lambda _: self._wake())

    async def after(self, seq: int) -> list[Frame]:
        """Return the next events after one, at most `CHUNK`; wait where there is none yet."""
        while self._seq is None or self._seq <= seq:
            self._check()
            await self._grown.wait()
        if self._tail and self._tail[0].seq <= seq + 1:
            start = seq + 1 - self._tail[0].seq
            return list(itertools.islice(self._tail, start, start + CHUNK))
        return await _read_frames(self.job_id, after=seq, limit=CHUNK)

    async def stop(self) -> None:
        """End following."""
        while running := [task for task in self._tasks if not task.done()]:
            for task in running:
                task.cancel()
            # Again where it was swallowed: clients of Redis do that now and then.
            await asyncio.wait(running, timeout=RETRY_S)
        with suppress(*_LAYER_ERRORS):
            async with asyncio.timeout(RETRY_S):
                await self._layer.group_discard(self._group, self._channel)

    def _check(self) -> None:
        for task in self._tasks:
            if task.done():
                raise FeedFailed from (None if task.cancelled() else task.exception())

    async def _follow(self) -> None:
        """Read on at every hint, and every so often without."""
        hinted = True
        while True:
            self._hinted.clear()
            try:
                if await self._read_on() and not hinted:
                    self._hint_missed.set()
            except DatabaseError as error:
                logger.warning("The log of job %s cannot be read: %s", self.job_id, error)
            hinted = await _is_set(self._hinted, within_s=POLL_S if self._joined else POLL_WITHOUT_HINTS_S)

    async def _read_on(self) -> bool:
        """Append what is new, and return whether there was any."""
        if self._seq is None:
            self._seq = await _read_seq(self.job_id)
            self._wake()
            return False
        n_read = 0
        while frames := await _read_frames(self.job_id, after=self._seq, limit=CHUNK):
            self._tail.extend(frames)
            self._seq = frames[-1].seq
            n_read += len(frames)
            self._wake()
        return n_read > 0

    def _wake(self) -> None:
        self._grown.set()
        self._grown = asyncio.Event()

    async def _stay_joined(self) -> None:
        """Join the group again and again: a layer that was restarted has forgotten it, and does not say so."""
        while True:
            self._hint_missed.clear()
            try:
                await self._layer.group_add(self._group, self._channel)
            except _LAYER_ERRORS as error:
                self._log_lost(error)
                await asyncio.sleep(RETRY_S)
            else:
                self._joined = True
                await _is_set(self._hint_missed, within_s=REJOIN_S)

    async def _hear_hints(self) -> None:
        while True:
            try:
                await self._layer.receive(self._channel)
            except redis.TimeoutError:  # nothing came for a while; whether the layer is there, joining finds out
                continue
            except _LAYER_ERRORS as error:
                self._log_lost(error)
                await asyncio.sleep(RETRY_S)
            else:
                self._hinted.set()

    def _log_lost(self, error: Exception) -> None:
        if self._joined:
            self._joined = False
            self._hint_missed.set()  # do not wait with joining again
            logger.warning("No hints for job %s, polling: %s", self.job_id, error)


class Feeds:
    """The feeds of this process; each lives as long as a socket needs it."""

    def __init__(self) -> None:
        self._feeds: dict[UUID, Feed] = {}

    @asynccontextmanager
    async def of_job(self, job_id: UUID) -> AsyncIterator[Feed]:
        """Hold the job's feed."""
        layer = channel_layers[DEFAULT_CHANNEL_LAYER]
        channel = await layer.new_channel()  # before looking, so that nobody else looks in between
        feed = self._feeds.get(job_id)
        if feed is None:
            feed = self._feeds[job_id] = Feed(job_id, layer=layer, channel=channel)
        feed.n_sockets += 1
        try:
            yield feed
        finally:
            feed.n_sockets -= 1
            if feed.n_sockets == 0:
                if self._feeds.get(job_id) is feed:
                    del self._feeds[job_id]
                await feed.stop()


async def _is_set(event: asyncio.Event, *, within_s: float) -> bool:
    """Wait for an event, and return whether it came in time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(within_s):
            await event.wait()
    return event.is_set()
