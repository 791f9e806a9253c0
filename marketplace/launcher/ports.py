"""Find ports on the loopback interface."""

from __future__ import annotations

import random
import socket
from pathlib import Path

from marketplace.launcher.errors import LauncherError

HOST = "127.0.0.1"
_LOWEST = 15_000
_EPHEMERAL_RANGE = Path("/proc/sys/net/ipv4/ip_local_port_range")


def is_free(port: int) -> bool:
    """Tell whether a server could listen on the port now."""
    with socket.socket() as probe:
        # Servers set this too: without it a connection that just ended would look like a listener.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def free_port() -> int:
    """Return a free port below the range the system gives to outgoing connections.

    A server killed and started again must find its port free; one from that range may meanwhile be the local end of any
    client's connection, even that of a client connecting to the dead server itself.
    """
    try:
        highest = int(_EPHEMERAL_RANGE.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        highest = 32_768
    chance = random.SystemRandom()
    for _ in range(200):
        port = chance.randrange(_LOWEST, max(highest, _LOWEST + 1_000))
        if is_free(port):
            return port
    raise LauncherError("No free port was found on 127.0.0.1.")
