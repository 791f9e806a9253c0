"""`/ws/v1/jobs/<id>`: the progress of a job, for the staff of its organization."""

import asyncio
import logging
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qs
from uuid import UUID

from django.db import Error as DatabaseError
from django.utils import timezone

from labeling.models import LabelingJob
from marketplace.live.consumers.asgi import Receive, Scope, Send, headers_of, in_database
from marketplace.live.consumers.credentials import Credential, identify
from marketplace.live.consumers.feeds import FeedFailed, Feeds
from marketplace.live.consumers.guard import Guard
from marketplace.live.consumers.limits import Seats
from marketplace.live.consumers.origins import check_origin
from marketplace.live.consumers.reading import latest_seq
from marketplace.live.consumers.refusals import (
    BAD_REQUEST,
    BUSY,
    CROWDED,
    FAILED,
    NOT_FOUND,
    UNAUTHENTICATED,
    Closing,
    Refused,
)
from marketplace.live.consumers.socket import ProgressSocket

logger = logging.getLogger(__name__)

CLOSE_TIMEOUT_S = 5.0
TICKET = "plenum.ticket"
_SEQ = re.compile(r"0|[1-9][0-9]{0,17}")


@dataclass(frozen=True)
class Opening:
    """A socket that may be opened, and what it starts after; nothing means from a snapshot."""

    credential: Credential
    last_seq: int | None


@dataclass(frozen=True)
class Query:
    """What may stand behind the `?`, apart from the ticket."""

    last_seq: int | None

    @classmethod
    def of(cls, scope: Scope) -> Self:
        """Read it, or refuse."""
        try:
            given = parse_qs(scope["query_string"].decode("ascii"), keep_blank_values=True, max_num_fields=4)
        except ValueError:
            raise Refused(BAD_REQUEST) from None
        texts = given.pop("last_seq", [])
        if given or len(texts) > 1 or not all(_SEQ.fullmatch(text) for text in texts):
            raise Refused(BAD_REQUEST)
        return cls(last_seq=int(texts[0]) if texts else None)


class JobProgressSockets:
    """The sockets of this process."""

    def __init__(self) -> None:
        self._feeds = Feeds()
        self._seats = Seats()
        self._guard = Guard()

    async def __call__(self, scope: Scope, receive: Receive, send: Send, *, job_id: UUID) -> None:
        """Serve one socket from its handshake to its end."""
        if (await receive())["type"] != "websocket.connect":
            return
        try:
            opening = await _open(scope, job_id)
        except Refused as refused:
            await refused.refusal.answer(scope, send)
            return
        except DatabaseError as error:
            logger.warning("A socket cannot be opened: %s", error)
            await BUSY.answer(scope, send)
            return
        await send({"type": "websocket.accept"})
        closing = await self._serve(opening, receive, send, job_id)
        if closing.code is not None:
            with suppress(OSError, RuntimeError):  # gone already, or too slow for a farewell
                async with asyncio.timeout(CLOSE_TIMEOUT_S):
                    await send({"type": "websocket.close", "code": closing.code, "reason": closing.reason})

    async def _serve(self, opening: Opening, receive: Receive, send: Send, job_id: UUID) -> Closing:
        with self._seats.taken_by(opening.credential.user_id) as has_seat:
            if not has_seat:
                return CROWDED
            async with self._feeds.of_job(job_id) as feed:
                socket = ProgressSocket(
                    receive=receive,
                    send=send,
                    credential=opening.credential,
                    job_id=job_id,
                    feed=feed,
                    guard=self._guard,
                    last_seq=opening.last_seq,
                )
                try:
                    return await socket.run()
                except* FeedFailed:
                    logger.exception("The feed of job %s failed", job_id)
                return FAILED


async def _open(scope: Scope, job_id: UUID) -> Opening:
    has_origin = check_origin(scope)
    query = Query.of(scope)
    return await _look(
        job_id,
        query,
        ticket=scope.get(TICKET),
        authorization=headers_of(scope, "authorization"),
        cookies=headers_of(scope, "cookie"),
        has_origin=has_origin,
    )


@in_database
def _look(
    job_id: UUID,
    query: Query,
    *,
    ticket: str | None,
    authorization: list[str],
    cookies: list[str],
    has_origin: bool,
) -> Opening:
    """Find out who asks and whether they see the job; a foreign job is as absent as one that never was."""
    now = timezone.now()
    credential = identify(ticket=ticket, authorization=authorization, cookies=cookies, has_origin=has_origin, now=now)
    user = credential.user(now)
    if user is None:
        raise Refused(UNAUTHENTICATED)
    if not LabelingJob.objects.visible_to(user).filter(pk=job_id).exists():
        raise Refused(NOT_FOUND)
    if query.last_seq is not None and query.last_seq > latest_seq(job_id):
        return Opening(credential, last_seq=None)  # of another life of the database
    return Opening(credential, last_seq=query.last_seq)
