"""What a test sees of the database of a service that it did not start itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from unittest import mock
from urllib.parse import unquote, urlsplit

import psycopg
from django.db import connections
from django.db.utils import ConnectionHandler

from tests import invariants

_PROGRESS = """
    SELECT job.state,
           (SELECT count(*) FROM labeling_answer a JOIN labeling_task t ON t.id = a.task_id WHERE t.job_id = job.id),
           told.n, told.n_done
    FROM labeling_labelingjob job, LATERAL (
        SELECT count(*) AS n, count(d.done_at) AS n_done FROM live_delivery d JOIN live_stream s ON s.id = d.stream_id
        WHERE s.type = 'job' AND s.subject_id = job.id
    ) told
    WHERE job.name = %s"""


@dataclass(frozen=True)
class Stand:
    """How far a job is: answers given, deliveries of its events, and those of them whose effect is done."""

    state: str
    n_answers: int
    n_deliveries: int
    n_done: int

    @property
    def is_over(self) -> bool:
        """Return whether the job has ended."""
        return self.state in {"completed", "cancelled", "archived"}


class Watch:
    """Looks at one job; a database that is away just now shows nothing."""

    def __init__(self, database_url: str, job_name: str) -> None:
        self._url, self._job_name = database_url, job_name
        self._link: psycopg.Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._link is not None:
            self._link.close()

    def stand(self) -> Stand | None:
        """Return how far the job is, if it is there and can be seen."""
        try:
            if self._link is None:
                self._link = psycopg.connect(self._url, autocommit=True, connect_timeout=5)
            row = self._link.execute(_PROGRESS, [self._job_name]).fetchone()
        except psycopg.OperationalError:
            if self._link is not None:
                self._link.close()
                self._link = None
            return None
        return Stand(*row) if row else None


def broken_in(database_url: str) -> dict[str, list[object]]:
    """Return the invariants that do not hold in another database than the tests' own."""
    with _connected(database_url):
        return invariants.broken()


@contextmanager
def _connected(database_url: str) -> Iterator[None]:
    parts = urlsplit(database_url)
    place: dict[str, Any] = {
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname,
        "PORT": str(parts.port or ""),
        "OPTIONS": {},
    }
    other = ConnectionHandler({"default": {**connections.settings["default"], **place}})
    try:
        with mock.patch.object(invariants, "connection", other["default"]):
            yield
    finally:
        other.close_all()
