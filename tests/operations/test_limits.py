"""Bodies are bounded before anybody reads them, on a real server."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from marketplace.operations.api.limits import BodyLimit

KILO, MEGA = 1024, 1024 * 1024


class Application:
    """Reads the body whole, as the framework does, and says how much it was."""

    def __init__(self) -> None:
        self.n_bytes = 0
        self.n_calls = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        self.n_calls += 1
        more = True
        while more:
            message = await receive()
            self.n_bytes += len(message.get("body", b""))
            more = message.get("more_body", False)
        body = str(self.n_bytes).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


@asynccontextmanager
async def serving(application: Application, **limits: Any) -> AsyncIterator[int]:
    """Serve the limited application on a free port."""
    bounds: dict[str, Any] = {
        "default_bytes": 10 * KILO,
        "by_prefix": {"/api/": 20 * KILO, "/api/v1/images": MEGA},
        "by_suffix": {"/archives": 2 * MEGA},
    } | limits
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        BodyLimit(application, **bounds), log_config=None, lifespan="off", timeout_graceful_shutdown=1, ws="none"
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        await running


async def exchange(port: int, head: str, *, body: bytes = b"", total: int = 0) -> tuple[int, Any, int]:
    """Send a head and up to `total` bytes of body; return status, document, and how many bytes were taken."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    n_sent = 0
    try:
        writer.write(head.encode() + b"\r\n\r\n" + body)
        await writer.drain()
        chunk = b"x" * 64 * KILO
        answer = asyncio.ensure_future(reader.read(-1))
        while n_sent < total and not answer.done():
            writer.write(chunk)
            await writer.drain()
            n_sent += len(chunk)
        raw = await answer
    except ConnectionError:
        raw = b""
    finally:
        writer.close()
    status, _, rest = raw.partition(b"\r\n")
    _, _, document = rest.partition(b"\r\n\r\n")
    return int(status.split()[1] or 0) if status else 0, json.loads(document or b"{}"), n_sent


def post(path: str, *headers: str) -> str:
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: x", "Connection: close", *headers])


async def test_body_within_the_limit_passes() -> None:
    application = Application()
    async with serving(application) as port:
        head = post("/", f"Content-Length: {10 * KILO}")
        status, document, _ = await exchange(port, head, body=b"x" * 10 * KILO)
    assert (status, document, application.n_bytes) == (200, 10 * KILO, 10 * KILO)


@pytest.mark.parametrize(
    ("path", "limit"),
    [
        ("/", 10 * KILO),
        ("/api/v1/me", 20 * KILO),
        ("/api/v1/images/1", MEGA),
        ("/apis", 10 * KILO),
        ("/api/v1/images/1/archives", 2 * MEGA),
        ("/archives", 10 * KILO),
    ],
)
async def test_longest_prefix_gives_the_limit_unless_the_suffix_gives_more(path: str, limit: int) -> None:
    async with serving(Application()) as port:
        for length, expected in ((limit, 200), (limit + 1, 413)):
            status, _, _ = await exchange(port, post(path, f"Content-Length: {length}"), body=b"x" * length)
            assert status == expected


async def test_half_a_gigabyte_is_refused_at_its_announcement() -> None:
    application = Application()
    async with serving(application) as port:
        began = time.monotonic()
        status, document, _ = await exchange(port, post("/api/v1/orders", f"Content-Length: {500 * MEGA}"))
        assert time.monotonic() - began < 1
    assert (status, document["code"], document["status"]) == (413, "body_too_large", 413)
    assert application.n_bytes == 0


async def test_refused_body_is_not_taken() -> None:
    async with serving(Application()) as port:
        began = time.monotonic()
        head = post("/api/v1/orders", f"Content-Length: {500 * MEGA}")
        _, _, n_sent = await exchange(port, head, total=500 * MEGA)
        assert time.monotonic() - began < 5
    assert n_sent < 10 * MEGA  # what fits into the buffers of two sockets


async def test_body_without_a_length_is_refused() -> None:
    async with serving(Application()) as port:
        head = post("/", "Transfer-Encoding: chunked")
        status, document, _ = await exchange(port, head, body=b"5\r\nhello\r\n0\r\n\r\n")
    assert (status, document["code"]) == (411, "length_required")


async def test_half_a_body_is_closed_after_the_wait() -> None:
    application = Application()
    async with serving(application, chunk_s=0.2) as port:
        began = time.monotonic()
        status, document, _ = await exchange(port, post("/", "Content-Length: 1000"), body=b"x" * 500)
        assert 0.15 < time.monotonic() - began < 5
    assert application.n_calls == 0  # half a body holds up none of its threads
    assert (status, document["code"]) == (408, "body_too_slow")


async def test_body_that_trickles_is_closed_however_often_a_byte_comes() -> None:
    messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    sent: list[dict[str, Any]] = []
    application = Application()
    limited = BodyLimit(application, default_bytes=KILO, chunk_s=0.3, min_bytes_per_s=10 * KILO)

    async def trickle() -> dict[str, Any]:
        await asyncio.sleep(0.05)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def collect(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "path": "/", "headers": [(b"content-length", b"1000")]}
    await asyncio.wait_for(limited(scope, trickle, collect), 5)
    assert messages.empty()
    assert sent[0]["status"] == 408
    assert application.n_calls == 0


async def test_streamed_bytes_are_counted_where_none_were_announced() -> None:
    sent: list[dict[str, Any]] = []
    application = Application()

    async def stream() -> dict[str, Any]:
        return {"type": "http.request", "body": b"x" * KILO, "more_body": True}

    async def collect(message: dict[str, Any]) -> None:
        sent.append(message)

    await BodyLimit(application, default_bytes=5 * KILO)({"type": "http", "path": "/", "headers": []}, stream, collect)
    assert [message.get("status") for message in sent] == [413, None, None]
    assert application.n_calls == 0


async def test_client_that_leaves_half_way_reaches_nobody() -> None:
    application = Application()
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"x", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def leave() -> dict[str, Any]:
        return messages.pop(0)

    async def unexpected(message: dict[str, Any]) -> None:
        raise AssertionError(message)

    scope = {"type": "http", "path": "/", "headers": [(b"content-length", b"1000")]}
    await BodyLimit(application, default_bytes=KILO)(scope, leave, unexpected)
    assert application.n_calls == 0


async def test_application_learns_that_its_client_left_after_the_body() -> None:
    seen: list[str] = []
    messages: list[dict[str, Any]] = [
        {"type": "http.request", "body": b"x" * 100_000, "more_body": False},
        {"type": "http.disconnect"},
    ]

    async def come_and_go() -> dict[str, Any]:
        return messages.pop(0)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
        seen.extend([str(len(body)), message["type"]])

    async def ignore(message: dict[str, Any]) -> None:
        return None

    await BodyLimit(application, default_bytes=MEGA)({"type": "http", "path": "/", "headers": []}, come_and_go, ignore)
    assert seen == ["100000", "http.disconnect"]


@pytest.mark.parametrize(
    "headers", [[f"X-{n}: 1" for n in range(1000)], ["X-Long: " + "a" * 40_000], ["Accept: " + "a;" * 20_000]]
)
async def test_too_many_headers_are_refused(headers: list[str]) -> None:
    async with serving(Application()) as port:
        status, _, _ = await exchange(port, post("/", "Content-Length: 0", *headers))
    assert status in {400, 431}


async def test_sockets_pass_untouched() -> None:
    seen: list[str] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    async def never() -> dict[str, Any]:
        raise AssertionError("nobody asked")

    async def ignore(message: dict[str, Any]) -> None:
        return None

    await BodyLimit(application, default_bytes=1)({"type": "websocket", "path": "/", "headers": []}, never, ignore)
    assert seen == ["websocket"]
