"""The door to where files are kept."""

import hashlib
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.core.files import File
from django.core.files.storage import default_storage

from marketplace.operations.core.ids import new_id


@dataclass(frozen=True)
class StoredFile:
    """A file as it was written: its key, its size and the hash of its bytes."""

    storage_key: str
    n_bytes: int
    sha256: str


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
        with tempfile.TemporaryFile() as spool:
            for piece in pieces:
                digest.update(piece)
                spool.write(piece)
            n_bytes = spool.tell()
            storage_key = default_storage.save(f"{self.path}/{name}", File(spool))
        return StoredFile(storage_key=storage_key, n_bytes=n_bytes, sha256=digest.hexdigest())

    def discard(self) -> None:
        """Remove what this attempt has written."""
        _remove_folder(self.path)

    def discard_others(self) -> None:
        """Remove what earlier attempts, which were cut off, have left."""
        for name in _listed(self._release_path)[0]:
            if name != self._name:
                _remove_folder(f"{self._release_path}/{name}")


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
