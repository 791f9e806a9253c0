"""Which account the servers run as."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass

from marketplace.launcher.errors import NoAccount


@dataclass(frozen=True)
class Account:
    """An unprivileged account that root hands the servers to."""

    uid: int
    gid: int


def server_account() -> Account | None:
    """Return the account to drop to, or None when we are an ordinary user already.

    It must exist in the system's list, because initdb looks its own name up.
    """
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError:
        raise NoAccount from None
    return Account(uid=entry.pw_uid, gid=entry.pw_gid)
