"""A light client of the HTTP API that outlives restarts of the service."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson

from marketplace.management.driving.errors import ApiProblem, DrivingError, ServiceGone

PATIENCE_S = 90.0  # a service that is killed and started again is back long before
# A connection that was made to a dying process may stay silent for ever; the same key makes asking again safe.
ATTEMPT_S = 15.0
LARGE_ATTEMPT_S = 60.0
LARGE_BYTES = 10_000
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0
MAX_SERVER_ERRORS = 6  # a 500 that comes again this often is a fault and no restart
PAGE = 300

MakeBody = Callable[[], aiohttp.FormData]


def new_key() -> str:
    """Return an idempotency key for one logical request."""
    return uuid.uuid4().hex


@dataclass(frozen=True)
class Reply:
    """What the service answered, and how many times we had to ask."""

    status: int
    body: bytes
    attempts: int

    @property
    def data(self) -> Any:
        """Return the body as JSON."""
        return orjson.loads(self.body) if self.body else None


class Backoff:
    """Pauses between attempts that grow, and a bound on all of them together."""

    def __init__(self, patience_s: float) -> None:
        self._until = time.monotonic() + patience_s
        self._pause_s = FIRST_PAUSE_S

    @property
    def exhausted(self) -> bool:
        """Return whether we have waited long enough."""
        return time.monotonic() >= self._until

    async def pause(self, wanted_s: float | None = None) -> None:
        """Wait as long as the service asked for, else a little longer than the last time."""
        await asyncio.sleep(min(self._pause_s if wanted_s is None else wanted_s, LONGEST_PAUSE_S * 5))
        self._pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)


class Service:
    """The address of the service and the connections to it, shared by everybody we play."""

    def __init__(self, url: str, *, connections: int = 32, patience_s: float = PATIENCE_S) -> None:
        self.url = url.rstrip("/")
        self.patience_s = patience_s
        self.n_retries = 0
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=self._connections, keepalive_timeout=4.0)
        timeout = aiohttp.ClientTimeout(total=ATTEMPT_S)  # of a websocket: until it is open
        self._session = aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=aiohttp.DummyCookieJar())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        """Return the open session."""
        if self._session is None:
            raise DrivingError("The connection to the service is not open.")
        return self._session

    def as_user(self, token: str | None = None) -> Api:
        """Return the API as seen by the holder of a token."""
        return Api(self, token)


class Api:
    """The API in the name of one person."""

    def __init__(self, service: Service, token: str | None) -> None:
        self.service = service
        self.headers = {} if token is None else {"Authorization": f"Bearer {token}"}

    async def get(self, path: str, **params: str | int) -> Any:
        """Return the JSON of a resource."""
        return (await self.send("GET", path, params=params)).data

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """Send JSON once, however often that takes, and return the answer."""
        return (await self.send("POST", path, body=body, key=key or new_key())).data

    async def upload(self, path: str, make_body: MakeBody) -> Any:
        """Send a form with files; it is made anew for every attempt."""
        return (await self.send("POST", path, make_body=make_body, key=new_key())).data

    async def download(self, path: str) -> bytes:
        """Return the bytes of a file."""
        return (await self.send("GET", path)).body

    async def items(self, path: str, **params: str | int) -> AsyncIterator[dict[str, Any]]:
        """Yield the items of a list, page by page."""
        after: str | None = None
        while True:
            page = await self.get(path, **params, limit=PAGE, **({} if after is None else {"after": after}))
            for item in page["items"]:
                yield item
            after = page["next"]
            if after is None:
                return

    async def send(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        make_body: MakeBody | None = None,
        key: str | None = None,
        params: Mapping[str, str | int] | None = None,
    ) -> Reply:
        """Send a request until it is answered, with the same key every time.

        Raises
        ------
        ApiProblem
            The service refused it.
        ServiceGone
            There was no answer for as long as the service is waited for.
        """
        data = orjson.dumps({} if body is None else body) if method == "POST" and make_body is None else None
        headers = self._headers(is_json=data is not None, key=key)
        is_large = make_body is not None or len(data or b"") > LARGE_BYTES
        timeout = aiohttp.ClientTimeout(total=LARGE_ATTEMPT_S if is_large else ATTEMPT_S)
        backoff = Backoff(self.service.patience_s)
        attempts = n_server_errors = 0
        while True:
            attempts += 1
            try:
                async with self.service.session.request(
                    method,
                    self._url(path),
                    data=make_body() if make_body else data,
                    headers=headers,
                    params=params or None,
                    timeout=timeout,
                ) as response:
                    reply = Reply(status=response.status, body=await response.read(), attempts=attempts)
                    wait_s = _retry_after_s(response.headers)
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                if backoff.exhausted:
                    raise ServiceGone(f"{self.service.url} does not answer: {_reason(error)}.") from error
                wait_s = None
            else:
                n_server_errors += reply.status == 500
                if not _worth_another(reply.status) or backoff.exhausted or n_server_errors >= MAX_SERVER_ERRORS:
                    return _checked(reply, f"{method} {path}")
            self.service.n_retries += 1
            await backoff.pause(wait_s)

    def _headers(self, *, is_json: bool, key: str | None) -> dict[str, str]:
        headers = dict(self.headers)
        if is_json:
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["Idempotency-Key"] = key
        return headers

    def _url(self, path: str) -> str:
        """Return the address of a path, which is below the API unless it starts with a slash."""
        return self.service.url + (path if path.startswith("/") else f"/api/v1/{path}")


def _worth_another(status: int) -> bool:
    return status >= 500 or status == 429


def _checked(reply: Reply, request: str) -> Reply:
    if reply.status < 400:
        return reply
    try:
        document = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        document = {}
    raise ApiProblem(request, reply.status, document if isinstance(document, dict) else {})


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    text = headers.get("Retry-After", "")
    return float(text) if text.isdigit() else None


def _reason(error: BaseException) -> str:
    return str(error) or type(error).__name__
