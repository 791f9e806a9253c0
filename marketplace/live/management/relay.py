"""The relay: finds what is due in the log and hands it on; runs it itself when the broker is away."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta

import redis
from celery.canvas import Signature
from django.db import close_old_connections
from kombu.exceptions import OperationalError

from marketplace.live.adapters import HintSender
from marketplace.live.services.closing import close_finished_jobs
from marketplace.live.services.deliver import deliver, take_due
from marketplace.live.services.nudge import NUDGES, nudge_client
from marketplace.live.tasks import deliver_batch, deliver_long

logger = logging.getLogger(__name__)

UNDER_WAY = 60
BATCH = 5
AGAIN_AFTER = timedelta(seconds=10)
POLL_S = 0.25
BUSY_POLL_S = 0.05
HINT_EVERY_S = 0.1
CLOSE_EVERY_S = 0.5
BROKER_PAUSE_S = 2.0


class Relay:
    """One relay; any number may run at once, they skip what another holds."""

    def __init__(self, *, hints: HintSender) -> None:
        self._hints = hints
        self._nudges: redis.client.PubSub | None = None
        self._news: set[str] = set()
        self._hinted_at = 0.0
        self._swept_at = 0.0
        self._broker_away_until = 0.0

    def run(self, *, stopping: Callable[[], bool]) -> None:
        """Go round until told to stop."""
        while not stopping():
            close_old_connections()
            n_taken = self.relay_due()
            self._sweep()
            self._listen(timeout_s=BUSY_POLL_S if n_taken else POLL_S)
            self._pass_hints()

    def relay_due(self) -> int:
        """Hand on everything due now; return how many deliveries that were."""
        # What this relay has to do itself is taken in small portions: if it dies, little waits to be due again.
        limit = BATCH if self._broker_is_away else UNDER_WAY
        due = take_due(limit=limit, again_after=AGAIN_AFTER)
        short = [delivery.id for delivery in due if not delivery.resumable]
        for start in range(0, len(short), BATCH):
            batch = short[start : start + BATCH]
            self._hand_on(batch, message=deliver_batch.s(batch))
        for delivery in due:
            if delivery.resumable:
                self._hand_on([delivery.id], message=deliver_long.s(delivery.id))
        return len(due)

    @property
    def _broker_is_away(self) -> bool:
        return time.monotonic() < self._broker_away_until

    def _hand_on(self, delivery_ids: list[int], *, message: Signature[None]) -> None:
        if not self._broker_is_away:
            try:
                message.apply_async(retry=False)
            except (OperationalError, redis.RedisError, OSError) as error:
                self._broker_away_until = time.monotonic() + BROKER_PAUSE_S
                logger.warning("The broker is away, delivering here: %s", error)
            else:
                return
        for delivery_id in delivery_ids:
            deliver(delivery_id)

    def _sweep(self) -> None:
        if time.monotonic() - self._swept_at >= CLOSE_EVERY_S:
            close_finished_jobs()
            self._swept_at = time.monotonic()

    def _listen(self, *, timeout_s: float) -> None:
        """Wait for news, at most so long; gather which streams have some."""
        try:
            if self._nudges is None:
                self._nudges = nudge_client().pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
                self._nudges.subscribe(NUDGES)
            message = self._nudges.get_message(timeout=timeout_s)
            while message is not None:
                self._news.add(message["data"].decode())
                message = self._nudges.get_message(timeout=0.0)
        except (redis.RedisError, OSError):
            self._nudges = None
            time.sleep(timeout_s)  # without Redis there is nothing to wait for but time

    def _pass_hints(self) -> None:
        if self._news and time.monotonic() - self._hinted_at >= HINT_EVERY_S:
            self._hints.send(self._news)
            self._news = set()
            self._hinted_at = time.monotonic()
