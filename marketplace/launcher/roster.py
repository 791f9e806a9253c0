"""The processes of the service, as data."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field

from marketplace.launcher.instance import CHECKOUT, Instance
from marketplace.launcher.ports import HOST
from marketplace.launcher.processes import Spec

WEB_WORKERS = 2


@dataclass(frozen=True)
class Role:
    """One process: what Python runs ({port} and {state} are filled in), and what its environment has besides."""

    name: str
    arguments: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    stop_timeout_s: float = 10.0


WEB = Role(
    "web",
    (
        *("-m", "uvicorn", "marketplace.asgi:application", "--host", HOST, "--port", "{port}"),
        *("--workers", str(WEB_WORKERS), "--no-access-log", "--no-server-header"),
        "--no-proxy-headers",  # clients come straight to it: an address they claim for themselves is not believed
        *("--ws-max-size", "65536", "--ws-max-queue", "8", "--ws-ping-interval", "20", "--ws-ping-timeout", "20"),
        *("--limit-concurrency", "400", "--backlog", "512", "--h11-max-incomplete-event-size", "65536"),
        *("--timeout-graceful-shutdown", "25"),
    ),
    stop_timeout_s=27,
)
WORKER = Role(
    "worker",
    (
        *("-m", "celery", "-A", "marketplace", "worker", "--concurrency", "2", "--loglevel", "INFO"),
        *("--without-gossip", "--without-mingle"),  # there is one worker: nobody to talk to
    ),
    env={"REMAP_SIGTERM": "SIGQUIT"},  # soft shutdown: unfinished tasks go back to the queue
    stop_timeout_s=25,
)
BEAT = Role(
    "beat",
    (
        *("-m", "celery", "-A", "marketplace", "beat", "--loglevel", "INFO"),
        *("--schedule", "{state}/celerybeat-schedule", "--pidfile="),
    ),
)
RELAY = Role("relay", ("manage.py", "relay"))
ROSTER = (WEB, WORKER, BEAT, RELAY)


def spec_of(role: Role, *, instance: Instance, env: Mapping[str, str], port: int) -> Spec:
    """Say how to run a role in this instance."""
    arguments = (argument.format(port=port, state=instance.folder) for argument in role.arguments)
    return Spec(
        name=role.name,
        argv=(sys.executable, *arguments),
        env={**env, **role.env},
        cwd=CHECKOUT,
        log=instance.logs / f"{role.name}.log",
        # Data that is removed next needs no long farewell.
        stop_timeout_s=role.stop_timeout_s if instance.kept else 8.0,
        tier=1,
    )
