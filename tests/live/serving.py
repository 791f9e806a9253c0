"""The service under a real server, and clients of its websockets."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.db import connection, connections, transaction
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from marketplace.launcher.ports import free_port
from marketplace.live.models import StreamType
from marketplace.live.services.log import append_event
from tests.live.link import Link

CHECKOUT = Path(__file__).resolve().parents[2]
TIMEOUT_S = 20.0
START_TIMEOUT_S = 180.0
Message = dict[str, Any]


@dataclass(frozen=True)
class Service:
    """A running server; its link to Redis can be cut."""

    port: int
    log: Path
    redis: Link

    @property
    def origin(self) -> str:
        """Return the Origin of its own pages."""
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def open(
        self,
        job_id: UUID | str,
        *,
        token: str | None = None,
        session: str | None = None,
        origin: str | None = None,
        query: str = "",
        host: str | None = None,
        **options: Any,
    ) -> Iterator[ClientConnection]:
        """Hold a websocket on a job."""
        headers = {}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if session is not None:
            headers["Cookie"] = f"sessionid={session}"
        url = f"ws://{host or '127.0.0.1'}:{self.port}/ws/v1/jobs/{job_id}{'?' if query else ''}{query}"
        # The address is always ours, whatever the URL calls it.
        with connect(
            url,
            additional_headers=headers,
            origin=origin,  # type: ignore[arg-type] # a text, as its type is
            sock=socket.create_connection(("127.0.0.1", self.port), timeout=TIMEOUT_S),
            open_timeout=TIMEOUT_S,
            compression=None,
            **options,
        ) as client:
            yield client

    def refusal(self, job_id: UUID | str, **credentials: Any) -> tuple[int, bytes]:
        """Return status and body with which opening a websocket is refused."""
        with pytest.raises(InvalidStatus) as refused, self.open(job_id, **credentials):
            pass
        response = refused.value.response
        return response.status_code, bytes(response.body or b"")


@contextmanager
def serve(folder: Path) -> Iterator[Service]:
    """Run the service on the test database until the block ends."""
    redis_url = urlsplit(os.environ["REDIS_URL"])
    database_url = urlsplit(os.environ["DATABASE_URL"])
    port = free_port()
    log = folder / "server.log"
    with Link(redis_url.hostname or "", redis_url.port or 6379) as link, log.open("wb") as output:
        netloc = redis_url.netloc.rpartition("@")[0] + f"@127.0.0.1:{link.port}"
        env = os.environ | {
            "DATABASE_URL": database_url._replace(path=f"/{connection.settings_dict['NAME']}").geturl(),
            "REDIS_URL": redis_url._replace(netloc=netloc).geturl(),
            "PLENUM_LOCAL": "1",
        }
        arguments = ["--host", "127.0.0.1", "--port", str(port), "--ws-max-size", "65536"]
        command = [sys.executable, "-m", "uvicorn", "marketplace.asgi:application", *arguments]
        process = subprocess.Popen(command, cwd=CHECKOUT, env=env, stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait_until_it_answers(process, port, log)
            yield Service(port, log, link)
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=TIMEOUT_S)
            process.kill()
            process.wait()


def _wait_until_it_answers(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with connect(f"ws://127.0.0.1:{port}/", open_timeout=TIMEOUT_S):
                pass
        except InvalidStatus:  # there is no socket at this address
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"The server did not answer:\n{log.read_text()[-3000:]}")


# --- messages -------------------------------------------------------------------------------------------------------
def hear(client: ClientConnection, *, timeout_s: float = TIMEOUT_S) -> Message:
    """Return the next message that is no heartbeat."""
    while True:
        message: Message = json.loads(client.recv(timeout=timeout_s))
        if message["type"] != "heartbeat":
            return message


def hear_events(client: ClientConnection, n: int) -> list[Message]:
    """Return the next events."""
    events = [hear(client) for _ in range(n)]
    assert {event["type"] for event in events} <= {"event"}
    return events


def close_code(client: ClientConnection, *, timeout_s: float = TIMEOUT_S) -> int:
    """Wait until the server closes the socket, and return the code."""
    with suppress(ConnectionClosed):
        while True:
            client.recv(timeout=timeout_s)
    assert client.close_code is not None
    return client.close_code


# --- events ---------------------------------------------------------------------------------------------------------
def tell(job_id: UUID, *marks: int) -> None:
    """Commit one event for each mark, one after the other."""
    for mark in marks:
        tell_at_once(job_id, mark)


def tell_at_once(job_id: UUID, *marks: int) -> None:
    """Commit one event for each mark, all in one transaction."""
    with transaction.atomic():
        for mark in marks:
            append_event(StreamType.JOB, job_id, event_type="marked", data={"mark": mark}, deltas={"marks": 1})


def telling(job_id: UUID, *, n_writers: int, n_each: int, pause_s: float) -> list[threading.Thread]:
    """Start writers that commit events all at once, each mark once."""

    def write(first: int) -> None:
        try:
            for mark in range(first, first + n_each):
                tell(job_id, mark)
                time.sleep(pause_s)  # so that sockets are cut while there is news, not after
        finally:
            connections.close_all()

    writers = [threading.Thread(target=write, args=(1 + n * n_each,)) for n in range(n_writers)]
    for writer in writers:
        writer.start()
    return writers
