"""Bounds on requests before anything of the application reads them."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import IO, Any

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_HEADERS = 100
MAX_HEADER_BYTES = 32 * 1024
# Closing while a client still sends resets the connection, often before the client has read why. So a little more is
# taken and thrown away, for a moment.
DRAIN_BYTES = 1024 * 1024
DRAIN_S = 0.5
# What is larger waits on disk for its thread.
IN_MEMORY_BYTES = 256 * 1024
CHUNK_BYTES = 64 * 1024


class BodyLimit:
    """ASGI middleware that refuses bodies that are too large or too slow, and too many headers.

    The framework reads a body whole before it asks who sent it; this answers first, and passes on only whole bodies.

    Parameters
    ----------
    default_bytes : most bytes of a body.
    by_prefix : other limits by the start of the path; the longest that matches counts.
    by_suffix : other limits by the end of such a path.
    chunk_s : longest wait for the next piece of a body.
    min_bytes_per_s : a body may take `chunk_s` plus its announced length at this rate, and no longer.
    """

    def __init__(
        self,
        app: App,
        *,
        default_bytes: int,
        by_prefix: Mapping[str, int] | None = None,
        by_suffix: Mapping[str, int] | None = None,
        chunk_s: float = 15.0,
        min_bytes_per_s: int = 16 * 1024,
    ) -> None:
        self.app = app
        self.default_bytes = default_bytes
        self.by_prefix = sorted((by_prefix or {}).items(), key=lambda entry: len(entry[0]), reverse=True)
        self.by_suffix = dict(by_suffix or {})
        self.chunk_s = chunk_s
        self.min_bytes_per_s = min_bytes_per_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on with its whole body, or answer in the application's place."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self._limit_of(scope["path"])
        refusal = _refusal_of_head(scope["headers"], limit)
        if refusal is not None:
            await refusal.send(send, receive)
            return
        length = _content_length(scope["headers"]) or limit
        with SpooledTemporaryFile(max_size=IN_MEMORY_BYTES) as body:
            patience = _Patience(self.chunk_s, time.monotonic() + self.chunk_s + length / self.min_bytes_per_s)
            try:
                await _take(receive, into=body, limit=limit, patience=patience)
            except _ClientLeft:
                return
            except _BodyRefused as refused:
                await refused.refusal.send(send, receive)
                return
            await self.app(scope, _Replay(body, receive), send)

    def _limit_of(self, path: str) -> int:
        limit = next((limit for prefix, limit in self.by_prefix if path.startswith(prefix)), None)
        if limit is None:
            return self.default_bytes
        return next((more for suffix, more in self.by_suffix.items() if path.endswith(suffix)), limit)


@dataclass(frozen=True)
class _Refusal:
    """An answer that ends the connection, as the rest of the body is not read."""

    status: HTTPStatus
    code: str
    detail: str

    async def send(self, send: Send, receive: Receive) -> None:
        """Answer, and let a client that is still sending read the answer."""
        document = {
            "type": f"urn:plenum:problem:{self.code}",
            "title": self.status.phrase,
            "status": int(self.status),
            "code": self.code,
            "detail": self.detail,
            "field": None,
            "errors": [],
        }
        body = json.dumps(document, separators=(",", ":")).encode()
        headers = [
            (b"content-type", b"application/problem+json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        await send({"type": "http.response.start", "status": int(self.status), "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": True})
        with suppress(TimeoutError):
            await asyncio.wait_for(_drain(receive), DRAIN_S)
        await send({"type": "http.response.body", "body": b""})


class _ClientLeft(Exception):
    """The client went away before its request was whole."""


class _BodyRefused(Exception):
    """The body is too large or too slow."""

    def __init__(self, refusal: _Refusal) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal


@dataclass(frozen=True)
class _Patience:
    """How long to wait for the next piece of a body, and when, by the monotonic clock, for no more."""

    chunk_s: float
    deadline: float

    @property
    def wait_s(self) -> float:
        return max(0.0, min(self.chunk_s, self.deadline - time.monotonic()))


async def _take(receive: Receive, *, into: IO[bytes], limit: int, patience: _Patience) -> None:
    """Read a body to its end: here, where a slow client holds up nobody, and not in one of the few threads."""
    n_bytes, more = 0, True
    while more:
        try:
            message = await asyncio.wait_for(receive(), timeout=patience.wait_s)
        except TimeoutError:
            detail = "The body did not arrive in time."
            raise _BodyRefused(_Refusal(HTTPStatus.REQUEST_TIMEOUT, "body_too_slow", detail)) from None
        if message["type"] == "http.disconnect":
            raise _ClientLeft
        chunk = message.get("body", b"")
        n_bytes += len(chunk)
        if n_bytes > limit:
            raise _BodyRefused(_too_large(limit))
        into.write(chunk)
        more = message.get("more_body", False)


class _Replay:
    """The messages of a body that was taken, and after them what comes from the client."""

    def __init__(self, body: IO[bytes], receive: Receive) -> None:
        self._n_left = body.tell()
        self._body = body
        self._receive = receive
        self._is_told = False
        body.seek(0)

    async def __call__(self) -> Message:
        if self._is_told:
            return await self._receive()
        chunk = self._body.read(CHUNK_BYTES)
        self._n_left -= len(chunk)
        self._is_told = self._n_left <= 0
        return {"type": "http.request", "body": chunk, "more_body": not self._is_told}


async def _drain(receive: Receive) -> None:
    """Throw away what comes, to the end of the body or up to a bound."""
    n_bytes, more = 0, True
    while more and n_bytes < DRAIN_BYTES:
        message = await receive()
        n_bytes += len(message.get("body", b""))
        more = message.get("more_body", False)


def _refusal_of_head(headers: list[tuple[bytes, bytes]], limit: int) -> _Refusal | None:
    if len(headers) > MAX_HEADERS or sum(len(name) + len(value) for name, value in headers) > MAX_HEADER_BYTES:
        status = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
        return _Refusal(status, "headers_too_large", "The request has too many or too long headers.")
    if any(name == b"transfer-encoding" for name, _ in headers):
        # The framework takes a body without a length for an empty one.
        return _Refusal(HTTPStatus.LENGTH_REQUIRED, "length_required", "Send the body with a Content-Length.")
    length = _content_length(headers)
    if length is not None and length > limit:
        return _too_large(limit)
    return None


def _content_length(headers: list[tuple[bytes, bytes]]) -> int | None:
    texts = [value for name, value in headers if name == b"content-length"]
    # The server refuses what is no number; the bound keeps its parsing cheap.
    return max(int(text) if text.isdigit() and len(text) < 20 else 10**20 for text in texts) if texts else None


def _too_large(limit: int) -> _Refusal:
    return _Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large", f"The body has more than {limit} bytes.")
