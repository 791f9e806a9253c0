"""Where one run keeps its files, and the lock that says it is alive."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from marketplace.launcher.errors import AlreadyRunning, DiskFull
from marketplace.launcher.folders import fresh_folder, own_folder, state_home
from marketplace.launcher.leftovers import end_leftovers
from marketplace.launcher.signals import Signals

CHECKOUT = Path(__file__).resolve().parents[2]
KEPT = "run"
_FRESH = "fresh-"
_NEEDED_BYTES = 300_000_000


@dataclass(frozen=True)
class Places:
    """The folders of one user and one checkout."""

    home: Path
    checkout_state: Path


@dataclass(frozen=True)
class Instance:
    """The folder of one run; alive as long as its lock is held."""

    folder: Path
    places: Places
    kept: bool

    @property
    def logs(self) -> Path:
        return self.folder / "log"

    @property
    def files(self) -> Path:
        """Where the service keeps uploaded and exported files."""
        return self.folder / "files"

    @property
    def last_failure(self) -> Path:
        """Where the logs of a failed run stay after its folder is gone."""
        return self.places.checkout_state / "last-failure"

    @property
    def processes_file(self) -> Path:
        return self.folder / "processes.json"


def find_places() -> Places:
    """Make the folders of this user and checkout, checked for room."""
    home = state_home()
    if shutil.disk_usage(home).free < _NEEDED_BYTES:
        raise DiskFull(path=home)
    key = hashlib.sha256(os.fsencode(CHECKOUT)).hexdigest()[:12]
    return Places(home=home, checkout_state=own_folder(home / key))


def keep_logs(instance: Instance) -> None:
    """Save the logs of a failed run from the removal of its folder."""
    shutil.rmtree(instance.last_failure, ignore_errors=True)
    with contextlib.suppress(OSError):  # another failed run at the same moment keeps its own
        instance.logs.rename(instance.last_failure)


@contextlib.contextmanager
def kept_instance(places: Places, signals: Signals) -> Iterator[Instance]:
    """Hold the instance whose data stays between runs, or refuse."""
    with _gate(places, signals):
        folder = own_folder(places.checkout_state / KEPT)
        lock = _try_lock(folder)
        if lock is None:
            raise AlreadyRunning(pid=(folder / "lock").read_text(encoding="utf-8").strip())
        _sweep(places)
        end_leftovers(folder)
    with lock:
        yield _opened(folder, places, kept=True)


def running_instance(places: Places) -> Instance:
    """Return the instance whose data stays, which another launcher holds; nothing of it is touched."""
    return Instance(folder=places.checkout_state / KEPT, places=places, kept=True)


@contextlib.contextmanager
def fresh_instance(places: Places, signals: Signals) -> Iterator[Instance]:
    """Hold a new, empty instance and remove it afterwards."""
    with _gate(places, signals):
        _sweep(places)
        folder = fresh_folder(places.checkout_state, _FRESH)
        lock = _try_lock(folder)
    if lock is None:
        raise AlreadyRunning(pid="")
    with lock:
        try:
            yield _opened(folder, places, kept=False)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def remove_state(places: Places, signals: Signals) -> None:
    """Remove all state of this checkout, unless a run is using it."""
    with _gate(places, signals):
        _sweep(places)
        for folder in places.checkout_state.glob(f"{_FRESH}*"):
            raise AlreadyRunning(pid=(folder / "lock").read_text(encoding="utf-8").strip())
        kept = places.checkout_state / KEPT
        if kept.is_dir():
            lock = _try_lock(kept)
            if lock is None:
                raise AlreadyRunning(pid=(kept / "lock").read_text(encoding="utf-8").strip())
            with lock:
                end_leftovers(kept)
        for entry in places.checkout_state.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            elif entry.name != "gate":  # others may be waiting at it
                entry.unlink()


def _opened(folder: Path, places: Places, *, kept: bool) -> Instance:
    instance = Instance(folder=folder, places=places, kept=kept)
    for inner in (instance.logs, instance.files):
        inner.mkdir(mode=0o700, exist_ok=True)
    return instance


def _sweep(places: Places) -> None:
    """Remove what killed launchers left: their processes first, then their folders."""
    for folder in places.checkout_state.glob(f"{_FRESH}*"):
        lock = _try_lock(folder)
        if lock is not None:
            with lock:
                end_leftovers(folder)
                shutil.rmtree(folder, ignore_errors=True)


def _try_lock(folder: Path) -> TextIO | None:
    """Take the folder's lock and leave our pid in it; the kernel frees it whichever way we end."""
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    file = os.fdopen(descriptor, "r+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    file.truncate()
    file.write(f"{os.getpid()}\n")
    file.flush()
    return file


@contextlib.contextmanager
def _gate(places: Places, signals: Signals) -> Iterator[None]:
    """Let one launcher at a time create or sweep instances, so that a folder without a lock is never a new one."""
    descriptor = os.open(places.checkout_state / "gate", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                signals.sleep(0.05)
        yield
