"""Make and run a PostgreSQL cluster of our own."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from marketplace.launcher.account import Account
from marketplace.launcher.binaries import POSTGRES_MAJOR, Binaries
from marketplace.launcher.errors import DiskFull, OldData, ProcessFailed
from marketplace.launcher.folders import kept_secret, write_private
from marketplace.launcher.instance import Instance
from marketplace.launcher.ports import HOST
from marketplace.launcher.processes import Process, Spec, die_with_parent

ROLE = DATABASE = "plenum"
_INITDB_OPTIONS = (
    "--username=postgres",
    "--auth=reject",  # nobody logs in as the superuser; our own hba file admits one plain role
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",  # the same order on every system
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    "--no-instructions",
)
# Databases of tests; roles that are tried with `manage.py grants`.
_ROLE_OPTIONS = "LOGIN CREATEDB CREATEROLE"
_SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "synchronous_commit": "on",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_lock_waits": "on",
    "log_line_prefix": "%m [%p] ",
}
# Survives the death of the server, not that of the machine.
_THROWAWAY_SETTINGS = {"fsync": "off", "full_page_writes": "off"}
_FULL = ("No space left on device", "Disk quota exceeded")


class Postgres:
    """A cluster in an instance's folder."""

    def __init__(
        self,
        instance: Instance,
        binaries: Binaries,
        *,
        account: Account | None,
        env: Mapping[str, str],
        durable: bool,
    ) -> None:
        self._instance, self._binaries, self._account, self._env = instance, binaries, account, env
        self._durable = durable
        self._data = instance.folder / "pgdata"
        self._config = instance.folder / "postgresql.conf"
        self._hba = instance.folder / "pg_hba.conf"
        self._password = kept_secret(instance.places.checkout_state / "database_password")

    def prepare(self) -> None:
        """Make sure the data folder exists: the kept one, or a copy of a new cluster."""
        # Beside the data and not in it: the servers' account could put a link there for root to write through.
        write_private(self._config, self._config_text(), mode=0o644)
        write_private(self._hba, f"host all {ROLE} {HOST}/32 scram-sha-256\n", mode=0o644)
        if not self._instance.kept:
            self._copy_template()
        elif self._data.is_dir():
            self._check_version()
        else:
            draft = self._new_cluster()
            self._run(self._binaries.initdb, "--sync-only", "-D", str(draft), cwd=draft)
            draft.rename(self._data)

    def spec(self, port: int) -> Spec:
        """Say how to run the server on this port."""
        return Spec(
            name="postgres",
            argv=(
                *(str(self._binaries.postgres), "-D", str(self._data)),
                *("-c", f"config_file={self._config}", "-c", f"hba_file={self._hba}", "-p", str(port)),
            ),
            env=self._env,
            cwd=self._data,
            log=self._instance.logs / "postgres.log",
            account=self._account,
            # Fast shutdown keeps the data clean; immediate shutdown is enough for data that is removed next.
            stop_signal=signal.SIGINT if self._instance.kept else signal.SIGQUIT,
            orphan_signal=signal.SIGQUIT,
            before=self._remove_stale_pid,
        )

    def is_ready(self, process: Process) -> bool:
        """Tell whether this very process accepts connections; the server says so in its pid file."""
        lines = self._pid_lines()
        return len(lines) >= 8 and lines[0] == str(process.pid) and lines[7].strip() == "ready"

    def url(self, port: int) -> str:
        """Return the address for DATABASE_URL."""
        return f"postgresql://{ROLE}:{self._password}@{HOST}:{port}/{DATABASE}"

    def _config_text(self) -> str:
        settings = _SETTINGS | ({} if self._durable else _THROWAWAY_SETTINGS)
        return "".join(f"{name} = '{value}'\n" for name, value in settings.items())

    def _copy_template(self) -> None:
        """Copy a cluster made earlier: a tenth of initdb's time."""
        # After a restart of the machine a file may not be what was written to it, because nothing was synced.
        boot = Path("/proc/sys/kernel/random/boot_id")
        made_by = [self._binaries.key, *_INITDB_OPTIONS, _ROLE_OPTIONS]
        version = "".join([*made_by, boot.read_text() if boot.exists() else ""])
        template = (
            self._instance.places.checkout_state / f"template-{hashlib.sha256(version.encode()).hexdigest()[:12]}"
        )
        if not template.is_dir():
            draft = self._new_cluster()
            with contextlib.suppress(OSError):  # another start was faster; ours goes with this instance
                draft.rename(template)
        self._own(self._data)
        # As the servers' account: root would follow a link planted among that account's files.
        self._run("cp", "-R", f"{template}/.", str(self._data), cwd=self._data)

    def _new_cluster(self) -> Path:
        """Make a cluster with our role and database, in a folder that becomes something only by being renamed."""
        draft = self._instance.folder / "new-pgdata"
        shutil.rmtree(draft, ignore_errors=True)
        self._own(draft)
        self._run(self._binaries.initdb, *_INITDB_OPTIONS, "--no-sync", "-D", str(draft), cwd=draft)
        statements = (
            f"CREATE ROLE {ROLE} {_ROLE_OPTIONS} PASSWORD '{self._password}'\nCREATE DATABASE {DATABASE} OWNER {ROLE}\n"
        )
        self._run(self._binaries.postgres, "--single", "-F", "-D", str(draft), "postgres", cwd=draft, stdin=statements)
        return draft

    def _own(self, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        if self._account:
            os.chown(folder, self._account.uid, self._account.gid)

    def _run(self, program: str | Path, *arguments: str, cwd: Path, stdin: str = "") -> None:
        done = subprocess.run(
            (str(program), *arguments),
            input=stdin,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            cwd=cwd,
            env=dict(self._env),
            user=self._account.uid if self._account else None,
            group=self._account.gid if self._account else None,
            extra_groups=[] if self._account else None,
            umask=0o077,
            start_new_session=True,
            preexec_fn=die_with_parent(signal.SIGKILL),
        )
        output = done.stdout + done.stderr
        # In single-user mode a failed statement is only told, not returned.
        if done.returncode or "ERROR:" in output or "FATAL:" in output:
            if any(text in output for text in _FULL):
                raise DiskFull(path=cwd)
            tail = "\n".join(output.splitlines()[-10:])
            raise ProcessFailed(name=Path(program).name, what="could not make the database", log_tail=tail)

    def _check_version(self) -> None:
        found = _read_untrusted(self._data / "PG_VERSION").strip()
        if found != POSTGRES_MAJOR:
            raise OldData(path=self._data, found=found or "(unknown)", wanted=POSTGRES_MAJOR)

    def _pid_lines(self) -> list[str]:
        return _read_untrusted(self._data / "postmaster.pid").splitlines()

    def _remove_stale_pid(self) -> None:
        """Remove the pid file of a killed server, whose number may by now be another process's.

        We hold the instance's lock and have ended and reaped its servers, so no live one owns the file;
        PostgreSQL's own check of the shared memory still refuses to run beside a backend that is not gone yet.
        """
        (self._data / "postmaster.pid").unlink(missing_ok=True)


def _read_untrusted(path: Path) -> str:
    """Read the start of a file in a folder of the servers' account: no link is followed, no pipe waited for."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return ""
    with os.fdopen(descriptor, "rb") as file:
        return file.read(4096).decode("utf-8", "replace")
