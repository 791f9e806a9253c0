"""Run a Valkey server of our own, which keeps nothing."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Mapping

from marketplace.launcher.account import Account
from marketplace.launcher.binaries import Binaries
from marketplace.launcher.folders import kept_secret
from marketplace.launcher.instance import Instance
from marketplace.launcher.ports import HOST
from marketplace.launcher.processes import Process, Spec

_SETTINGS = {
    "bind": HOST,
    "protected-mode": "yes",
    "daemonize": "no",
    "appendonly": "no",
    "save": '""',
    "maxmemory": "512mb",
    "maxmemory-policy": "noeviction",
    "set-proc-title": "no",
}
_ANSWER_TIMEOUT_S = 1.0


class Valkey:
    """A server in an instance's folder."""

    def __init__(
        self, instance: Instance, binaries: Binaries, *, account: Account | None, env: Mapping[str, str]
    ) -> None:
        self._instance, self._binaries, self._account, self._env = instance, binaries, account, env
        self._folder = instance.folder / "valkey"
        self._password = kept_secret(instance.places.checkout_state / "broker_password")

    def prepare(self) -> None:
        """Make the folder the server runs in."""
        if not self._folder.is_dir():
            self._folder.mkdir(mode=0o700)
            if self._account:
                os.chown(self._folder, self._account.uid, self._account.gid)

    def spec(self, port: int) -> Spec:
        """Say how to run the server on this port; settings go through its standard input, where nobody reads along."""
        settings = _SETTINGS | {"port": str(port), "requirepass": self._password}
        return Spec(
            name="valkey",
            argv=(str(self._binaries.valkey), "-"),
            env=self._env,
            cwd=self._folder,
            log=self._instance.logs / "valkey.log",
            stdin="".join(f"{name} {value}\n" for name, value in settings.items()),
            account=self._account,
        )

    def is_ready(self, process: Process, port: int) -> bool:
        """Tell whether a server that knows our password answers on the port while our process lives."""
        with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=_ANSWER_TIMEOUT_S) as link:
            link.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2 and (part := link.recv(256)):
                answer += part
            return answer == b"+OK\r\n+PONG\r\n" and process.poll() is None
        return False

    def url(self, port: int) -> str:
        """Return the address for REDIS_URL."""
        return f"redis://:{self._password}@{HOST}:{port}/0"
