"""Fetching what strangers name, without being led to where only the service itself may go.

A name is looked up once, its addresses are looked at, and only those are connected to: an answer that changes between
the look and the connection changes nothing. Every redirect is a URL like any other.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from labeling.core.addresses import Network, UrlFault, check_url, is_public, literal
from labeling.errors import FetchFailed, ItemRefused, MemberTooLarge, UrlRefused

Lookup = Callable[[str], Awaitable[Sequence[str]]]

N_AT_ONCE = 8
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PIECE_BYTES = 64 * 1024
_NOT_PUBLIC = "The URL leads to an address that is not public."


@dataclass(frozen=True)
class FetchLimits:
    """How much of a stranger's server is put up with; `networks` are gone to though they are not public."""

    max_bytes: int
    total_s: float = 30.0
    connect_s: float = 5.0
    max_redirects: int = 4
    networks: tuple[Network, ...] = ()


async def look_up(host: str) -> Sequence[str]:
    """Return the addresses of a name, as this machine sees them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]


def fetch_all(
    urls: Sequence[str], *, limits: Sequence[FetchLimits], lookup: Lookup = look_up
) -> list[bytes | ItemRefused]:
    """Fetch each URL within its limits, a few at a time; in their order, what came or why nothing did."""
    return asyncio.run(_fetch_all(urls, limits, lookup))


async def _fetch_all(urls: Sequence[str], limits: Sequence[FetchLimits], lookup: Lookup) -> list[bytes | ItemRefused]:
    turn = asyncio.Semaphore(N_AT_ONCE)

    async def in_turn(url: str, limit: FetchLimits) -> bytes | ItemRefused:
        async with turn:
            return await _fetch(url, limit, lookup)

    return list(await asyncio.gather(*map(in_turn, urls, limits)))


async def _fetch(url: str, limits: FetchLimits, lookup: Lookup) -> bytes | ItemRefused:
    connector = aiohttp.TCPConnector(resolver=_Checked(lookup, limits.networks), use_dns_cache=False, force_close=True)
    try:
        async with (
            asyncio.timeout(limits.total_s),
            aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                auto_decompress=False,  # what is packed is not unpacked: nobody asked for it
                headers={"Accept-Encoding": "identity", "User-Agent": "plenum"},
                timeout=aiohttp.ClientTimeout(total=limits.total_s, sock_connect=limits.connect_s),
            ) as session,
        ):
            return await _follow(session, url, limits)
    except ItemRefused as refusal:
        return refusal
    except _NotPublic:
        return UrlRefused(_NOT_PUBLIC)
    except TimeoutError:
        return FetchFailed(f"The file did not arrive within {limits.total_s:g} s.")
    except (aiohttp.ClientError, OSError, ValueError):
        return FetchFailed("The server cannot be reached, or does not speak HTTP.")


async def _follow(session: aiohttp.ClientSession, url: str, limits: FetchLimits) -> bytes:
    for _ in range(limits.max_redirects + 1):
        _check(url, limits.networks)
        async with session.get(url, allow_redirects=False) as response:
            if response.status not in _REDIRECTS:
                return await _body(response, limits.max_bytes)
            url = urljoin(url, response.headers.get("Location", ""))
    raise FetchFailed(f"The URL redirects more than {limits.max_redirects} times.")


def _check(url: str, networks: Sequence[Network]) -> None:
    try:
        host = check_url(url).hostname or ""
    except UrlFault as fault:
        raise UrlRefused(str(fault)) from None
    if literal(host) is not None and not is_public(host, allowed=networks):
        raise UrlRefused(_NOT_PUBLIC)


async def _body(response: aiohttp.ClientResponse, max_bytes: int) -> bytes:
    if response.status != 200:
        raise FetchFailed(f"The server answered {response.status}.")
    if response.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise FetchFailed("The server sent the file packed, though it was not asked to.")
    data = bytearray()
    async for piece in response.content.iter_chunked(_PIECE_BYTES):
        data += piece
        if len(data) > max_bytes:
            raise MemberTooLarge(f"The file has more than {max_bytes} bytes.", limit=max_bytes)
    if response.content_length is not None and len(data) != response.content_length:
        raise FetchFailed("The file ended before its announced length.")
    return bytes(data)


class _NotPublic(Exception):
    """A name leads to an address that is not gone to; no OSError, which the client would take for a failed look-up."""


class _Checked(AbstractResolver):
    """Looks a name up once for each connection and gives out its addresses only when all of them are public."""

    def __init__(self, lookup: Lookup, networks: Sequence[Network]) -> None:
        self._lookup = lookup
        self._networks = networks

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return what to connect to."""
        addresses = list(dict.fromkeys(await self._lookup(host)))
        if not addresses:
            raise OSError(f"{host} has no address")
        if not all(is_public(address, allowed=self._networks) for address in addresses):
            raise _NotPublic(host)
        return [self._result(host, port, address) for address in addresses]

    async def close(self) -> None:
        """Hold nothing."""

    @staticmethod
    def _result(host: str, port: int, address: str) -> ResolveResult:
        found: Any = literal(address)
        family = socket.AF_INET6 if found.version == 6 else socket.AF_INET
        return ResolveResult(
            hostname=host, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST
        )
