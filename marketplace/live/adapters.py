"""The door to the channel layer, for a program that is not asynchronous."""

import asyncio
import logging
import threading
from collections.abc import Iterable

import redis
from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)

GIVEN_UP_AFTER_S = 1.0
CLOSED_AFTER_S = 5.0


def group_of(stream: str) -> str:
    """Return the name of the websocket group of a stream given as `type:subject`."""
    return stream.replace(":", ".")


class HintSender:
    """Tells websocket groups to look again, from an event loop of its own; never waits, never fails."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="hints", daemon=True)
        self._thread.start()

    def send(self, streams: Iterable[str]) -> None:
        """Tell the groups of these streams that there is news."""
        asyncio.run_coroutine_threadsafe(self._send(frozenset(streams)), self._loop)

    def close(self) -> None:
        """Stop the loop, and leave no connection open; hints that are still on their way are given up soon."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop)
        self._thread.join(timeout=CLOSED_AFTER_S)
        if not self._thread.is_alive():
            self._loop.close()

    async def _stop(self) -> None:
        under_way = asyncio.all_tasks() - {asyncio.current_task()}
        if under_way:
            _, late = await asyncio.wait(under_way, timeout=GIVEN_UP_AFTER_S)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._loop.stop()

    async def _send(self, streams: frozenset[str]) -> None:
        layer = get_channel_layer()
        if layer is None:
            return
        for stream in streams:
            try:
                await layer.group_send(group_of(stream), {"type": "stream.news"})
            except (redis.RedisError, OSError) as error:
                logger.debug("Hint for %s not given: %s", stream, error)
                return
