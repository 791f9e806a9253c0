"""From a coroutine to a command's end: one sentence for whatever went wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import orjson
import uvloop
from django.core.management.base import CommandError

from marketplace.management.driving.errors import DrivingError

T = TypeVar("T")


def run_driving(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end.

    Raises
    ------
    CommandError
        The drive ended early; the sentence says why.
    """
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(work)
    except (DrivingError, BaseExceptionGroup) as error:
        reasons = [reason for reason in _flattened(error) if not isinstance(reason, asyncio.CancelledError)]
        if not all(isinstance(reason, DrivingError) for reason in reasons):
            raise
        raise CommandError(str(reasons[0])) from error


def write_json(path: Path, document: Any) -> None:
    """Write a document for people and programs."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def _flattened(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _flattened(inner)
    else:
        yield error
