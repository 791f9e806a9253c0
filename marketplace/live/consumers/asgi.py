"""The types of the asynchronous server gateway interface, as far as sockets use them."""

import functools
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

from channels.db import database_sync_to_async

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

P = ParamSpec("P")
T = TypeVar("T")

# However many sockets there are, they hold at most so many connections to the database, each for one short query.
DATABASE_THREADS = 4
_threads = ThreadPoolExecutor(max_workers=DATABASE_THREADS, thread_name_prefix="sockets")


def in_database(function: Callable[P, T]) -> Callable[P, Awaitable[T]]:
    """Let a function that queries run in the sockets' threads; its connection goes back to the pool afterwards."""
    threaded: Callable[P, Awaitable[T]] = database_sync_to_async(function, thread_sensitive=False, executor=_threads)
    return functools.wraps(function)(threaded)


def headers_of(scope: Scope, name: str) -> list[str]:
    """Return all values of a header."""
    wanted = name.lower().encode()
    return [value.decode("latin-1") for header, value in scope["headers"] if header.lower() == wanted]
