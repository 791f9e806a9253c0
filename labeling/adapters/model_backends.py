"""Calling a server that speaks the protocol of Label Studio's ML backends, within limits.

Source: https://labelstud.io/guide/ml_create (GET /health, POST /setup, POST /predict). It is a stranger's server: only
addresses that ingests go to, no redirects, a bounded time and a bounded answer.
"""

import asyncio
from collections.abc import Mapping
from typing import Any

import aiohttp
import orjson

from labeling.adapters.fetching import (
    NOT_PUBLIC,
    FetchLimits,
    Lookup,
    NotPublic,
    guarded_session,
    look_up,
    require_allowed,
)
from labeling.errors import (
    BackendGarbled,
    BackendRefused,
    BackendTooLarge,
    BackendTooSlow,
    BackendUnreachable,
    LabelingError,
    UrlRefused,
)

MAX_ANSWER_BYTES = 16 * 1024 * 1024
_PIECE_BYTES = 64 * 1024


def call_backend(
    url: str, body: Mapping[str, Any] | None, *, token: str, limits: FetchLimits, lookup: Lookup = look_up
) -> bytes:
    """Return what the backend answers: to a GET, or to a POST of a JSON body.

    Raises
    ------
    UrlRefused
        The URL is not gone to.
    BackendFault
        Saying what went wrong on the other side.
    """
    return asyncio.run(_call(url, body, token, limits, lookup))


async def _call(url: str, body: Mapping[str, Any] | None, token: str, limits: FetchLimits, lookup: Lookup) -> bytes:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    method = "GET" if body is None else "POST"
    data = None if body is None else orjson.dumps(body)
    try:
        require_allowed(url, limits.networks)
        async with (
            asyncio.timeout(limits.total_s),
            guarded_session(limits, lookup) as session,
            session.request(method, url, data=data, headers=headers, allow_redirects=False) as response,
        ):
            return await _answer(response, limits.max_bytes)
    except LabelingError:
        raise
    except NotPublic:
        raise UrlRefused(NOT_PUBLIC) from None
    except TimeoutError:
        raise BackendTooSlow(f"The model did not answer within {limits.total_s:g} s.") from None
    except (aiohttp.ClientError, OSError, ValueError):
        raise BackendUnreachable("The model cannot be reached, or does not speak HTTP.") from None


async def _answer(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    if response.status not in {200, 201}:
        raise BackendRefused(f"The model answered {response.status}.", status=response.status)
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise BackendGarbled("The model sent its answer packed, though it was not asked to.")
    data = bytearray()
    async for piece in response.content.iter_chunked(_PIECE_BYTES):
        data += piece
        if len(data) > max_bytes:
            raise BackendTooLarge(f"The model answered with more than {max_bytes} bytes.", limit=max_bytes)
    return bytes(data)
