"""Telling the relay that there is news. A hint: when Redis is away it is not given, and polling finds the news."""

import logging
import time
from functools import cache
from uuid import UUID

import redis
from django.conf import settings

NUDGES = "plenum:nudges"
PAUSE_S = 5.0

logger = logging.getLogger(__name__)
_silent_until = 0.0


@cache
def nudge_client() -> redis.Redis:
    """Return this process's connection pool for nudges."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5, health_check_interval=30
    )


def nudge(stream_type: str, subject_id: UUID) -> None:
    """Say that a stream has news; after a failure stay silent for a while rather than hold up every request."""
    global _silent_until  # noqa: PLW0603 -- one breaker for the process
    if time.monotonic() < _silent_until:
        return
    try:
        nudge_client().publish(NUDGES, f"{stream_type}:{subject_id}")
    except redis.RedisError as error:
        _silent_until = time.monotonic() + PAUSE_S
        logger.warning("No nudges for %.0f s: %s", PAUSE_S, error)
