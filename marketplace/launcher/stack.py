"""The servers of one run, and the environment that leads programs to them."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from marketplace.launcher.account import server_account
from marketplace.launcher.binaries import reachable_binaries
from marketplace.launcher.errors import DiskFull, ProcessFailed
from marketplace.launcher.folders import kept_secret
from marketplace.launcher.instance import Instance
from marketplace.launcher.leftovers import INSTANCE_VARIABLE
from marketplace.launcher.ports import free_port
from marketplace.launcher.postgres import Postgres
from marketplace.launcher.processes import Process, Spec, log_tail
from marketplace.launcher.signals import Signals
from marketplace.launcher.supervisor import Supervisor
from marketplace.launcher.valkey import Valkey

_READY_TIMEOUT_S = 60.0  # a kept cluster may have much to recover
_LOOK_S = 0.02
_PORT_ATTEMPTS = 5
_PORT_TAKEN = ("Address already in use", "could not create any TCP/IP sockets", "Could not create server TCP")
# Set but empty means not set.
# Where a run leaves the addresses of its servers, for commands beside it.
_ADDRESSES = "addresses.json"
_REPLACEABLE = {"DATABASE_URL", "REDIS_URL", "PLENUM_SECRET_KEY", "PLENUM_DATA_DIR", "PLENUM_LOCAL"}


@dataclass
class _Candidate:
    """A server being started on a port that may turn out to be taken."""

    spec: Callable[[int], Spec]
    is_ready: Callable[[Process, int], bool]
    process: Process
    port: int
    log_start: int


def start_servers(instance: Instance, *, supervisor: Supervisor, signals: Signals, durable: bool) -> dict[str, str]:
    """Start the servers that the environment does not name already, and return the environment for programs."""
    env = _program_env(instance)
    note = instance.folder / _ADDRESSES
    note.unlink(missing_ok=True)
    starting: dict[str, _Candidate] = {}
    urls: dict[str, Callable[[int], str]] = {}
    if "DATABASE_URL" not in env or "REDIS_URL" not in env:
        account = server_account()
        binaries = reachable_binaries(instance.places.home, account=account)
        server_env = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", INSTANCE_VARIABLE: str(instance.folder)}
        if "DATABASE_URL" not in env:
            postgres = Postgres(instance, binaries, account=account, env=server_env, durable=durable)
            postgres.prepare()
            signals.sleep(0)
            urls["DATABASE_URL"] = postgres.url
            starting["DATABASE_URL"] = _launch(
                instance, supervisor, postgres.spec, lambda process, _port: postgres.is_ready(process)
            )
        if "REDIS_URL" not in env:
            valkey = Valkey(instance, binaries, account=account, env=server_env)
            valkey.prepare()
            urls["REDIS_URL"] = valkey.url
            starting["REDIS_URL"] = _launch(instance, supervisor, valkey.spec, valkey.is_ready)
    for variable, candidate in starting.items():
        env[variable] = urls[variable](_await(candidate, instance, supervisor, signals))
    with os.fdopen(os.open(note, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump({name: env[name] for name in ("DATABASE_URL", "REDIS_URL")}, file)
    return env


def joined_env(instance: Instance) -> dict[str, str] | None:
    """Return the environment for programs beside a run that is up; None while its servers start."""
    try:
        addresses: dict[str, str] = json.loads((instance.folder / _ADDRESSES).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return _program_env(instance) | addresses


def _launch(
    instance: Instance,
    supervisor: Supervisor,
    spec: Callable[[int], Spec],
    is_ready: Callable[[Process, int], bool],
) -> _Candidate:
    port = free_port()
    wanted = spec(port)
    start = wanted.log.stat().st_size if wanted.log.exists() else 0
    return _Candidate(spec=spec, is_ready=is_ready, process=supervisor.start(wanted), port=port, log_start=start)


def _await(candidate: _Candidate, instance: Instance, supervisor: Supervisor, signals: Signals) -> int:
    """Wait until the server is ready, moving to another port if somebody took ours; return the port."""
    for _ in range(_PORT_ATTEMPTS):
        waited_s = 0.0
        while candidate.process.poll() is None and waited_s < _READY_TIMEOUT_S:
            if candidate.is_ready(candidate.process, candidate.port):
                return candidate.port
            signals.sleep(_LOOK_S)
            waited_s += _LOOK_S
        ended = candidate.process.poll() is not None
        supervisor.forget(candidate.process)
        failed = candidate.process.spec
        tail = log_tail(failed.log, since=candidate.log_start)
        if "No space left on device" in tail:
            raise DiskFull(path=instance.folder)
        if not ended or not any(text in tail for text in _PORT_TAKEN):
            what = "ended while starting" if ended else f"was not ready after {_READY_TIMEOUT_S:.0f} s"
            raise ProcessFailed(name=failed.name, what=what, log_tail=tail)
        candidate = _launch(instance, supervisor, candidate.spec, candidate.is_ready)
    raise ProcessFailed(name=candidate.process.spec.name, what="found no free port")


def _program_env(instance: Instance) -> dict[str, str]:
    """Return our environment with what the settings need; what the caller has set stays."""
    given: Mapping[str, str] = {name: value for name, value in os.environ.items() if value or name not in _REPLACEABLE}
    defaults = {
        "PLENUM_SECRET_KEY": kept_secret(instance.places.checkout_state / "secret_key"),
        "PLENUM_DATA_DIR": str(instance.files),
        "PLENUM_LOCAL": "1",
    }
    search = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    ours = {"PATH": search, "PYTHONUNBUFFERED": "1", INSTANCE_VARIABLE: str(instance.folder)}
    return {**defaults, **given, **ours, "PLENUM_PROCESSES_FILE": str(instance.processes_file)}
