"""The door to where files are kept."""

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO, cast
from uuid import UUID

from django.core.files import File
from django.core.files.storage import default_storage

from marketplace.operations.core.ids import new_id

PIECE_BYTES = 256 * 1024


@dataclass(frozen=True)
class StoredFile:
    """A file as it was written: its key, its size and the hash of its bytes."""

    storage_key: str
    n_bytes: int
    sha256: str


class _Whole(File[bytes]):
    """A local file that a storage on the same disk takes over by renaming it, and any other copies."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        self._path = file.name

    def temporary_file_path(self) -> str:
        """Return where it is."""
        return self._path


class AttemptFolder:
    """Where one attempt at a release keeps its files; attempts never share one, so none spoils another's."""

    def __init__(self, release_id: UUID) -> None:
        self._release_path = f"releases/{release_id}"
        self._name = str(new_id())
        self.path = f"{self._release_path}/{self._name}"

    def write(self, name: str, pieces: Iterable[bytes]) -> StoredFile:
        """Write a file whose name is ours and not a user's, hashing on the way."""
        digest = hashlib.sha256()
        # A local file first: only what is whole goes to the storage.
        with tempfile.NamedTemporaryFile(delete=False) as spool:
            try:
                _write_beside(_gathered(pieces), digest.update, spool.write)
                n_bytes = spool.tell()
                spool.flush()
                storage_key = default_storage.save(f"{self.path}/{name}", _Whole(spool))
            finally:
                Path(spool.name).unlink(missing_ok=True)
        return StoredFile(storage_key=storage_key, n_bytes=n_bytes, sha256=digest.hexdigest())

    def discard(self) -> None:
        """Remove what this attempt has written."""
        _remove_folder(self.path)

    def discard_others(self) -> None:
        """Remove what earlier attempts, which were cut off, have left."""
        for name in _listed(self._release_path)[0]:
            if name != self._name:
                _remove_folder(f"{self._release_path}/{name}")


def _write_beside(pieces: Iterable[bytes], *takers: Callable[[bytes], Any]) -> None:
    """Hand each piece to the takers while the next is made: hashing and writing let others run meanwhile."""

    def take(piece: bytes) -> None:
        for taker in takers:
            taker(piece)

    with ThreadPoolExecutor(max_workers=1) as beside:
        taken = None
        for piece in pieces:
            if taken is not None:
                taken.result()
            taken = beside.submit(take, piece)
        if taken is not None:
            taken.result()


def _gathered(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Yield larger pieces of the same bytes."""
    held: list[bytes] = []
    n_held = 0
    for piece in pieces:
        held.append(piece)
        n_held += len(piece)
        if n_held >= PIECE_BYTES:
            yield b"".join(held)
            held, n_held = [], 0
    yield b"".join(held)


def scratch_file() -> BinaryIO:
    """Return an empty file that is gone when it is closed."""
    return cast(BinaryIO, tempfile.TemporaryFile(buffering=PIECE_BYTES))


def pieces_of_asset(storage_key: str) -> Iterator[bytes]:
    """Yield the stored bytes of an asset."""
    with default_storage.open(storage_key) as file:
        yield from file.chunks(PIECE_BYTES)


def discard_all(release_id: UUID) -> None:
    """Remove whatever any attempt at a release has left."""
    path = f"releases/{release_id}"
    for name in _listed(path)[0]:
        _remove_folder(f"{path}/{name}")
    default_storage.delete(path)


def _remove_folder(path: str) -> None:
    for name in _listed(path)[1]:
        default_storage.delete(f"{path}/{name}")
    default_storage.delete(path)  # an object store has no folders, and has nothing to do here


def _listed(path: str) -> tuple[list[str], list[str]]:
    """Return the folders and files directly below a path."""
    try:
        return default_storage.listdir(path)
    except FileNotFoundError:  # a file system; an object store lists nothing
        return [], []
