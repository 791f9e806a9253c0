"""What an ingest finds, from where it was left."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import Storage, default_storage

from labeling.adapters.buckets import bucket, keys_below
from labeling.adapters.manifest_lines import manifest_entries
from labeling.adapters.tar_members import tar_entries
from labeling.adapters.zip_members import zip_entries
from labeling.core.ingesting import Entry, Key, Refused
from labeling.core.names import fault_of_name, is_litter, shown
from labeling.core.pointclouds import SUFFIXES
from labeling.errors import BadName, SourceRefused, UnknownArchive
from labeling.models import Ingest, IngestSource

_ZIP = (b"PK\x03\x04", b"PK\x05\x06")


def is_point_cloud(name: str) -> bool:
    """Return whether a file is a point cloud, by the ending of its name."""
    return name.lower().endswith(SUFFIXES)


def max_bytes_of(name: str) -> int:
    """Return how large a file of that name may be."""
    limit: int = settings.MAX_POINT_CLOUD_BYTES if is_point_cloud(name) else settings.MAX_IMAGE_BYTES
    return limit


@contextmanager
def found_by(ingest: Ingest) -> Iterator[Iterator[Entry]]:
    """Open what the ingest reads, and give its items from where it was left.

    Raises
    ------
    SourceRefused
        It cannot be read as a whole, at once or on the way.
    """
    if ingest.source == IngestSource.BUCKET:
        yield _keys(ingest, storage_of(ingest))
        return
    try:
        file = storage_of(ingest).open(ingest.storage_key)
    except (FileNotFoundError, IsADirectoryError, SuspiciousFileOperation):
        raise SourceRefused("There is no such file.", field="key") from None
    with file:
        yield _entries(ingest, file, n_bytes=file.size)


def storage_of(ingest: Ingest) -> Storage:
    """Return where the ingest reads from."""
    if not ingest.storage:
        return default_storage
    return bucket(ingest.storage, organization_id=ingest.dataset.organization_id)


def _entries(ingest: Ingest, file: IO[bytes], *, n_bytes: int) -> Iterator[Entry]:
    if ingest.source == IngestSource.MANIFEST:
        return manifest_entries(file, n_bytes=n_bytes, after=ingest.cursor)
    after = ingest.cursor.get("member", 0)
    file.seek(0)
    start = file.read(512)
    total: int = settings.MAX_UNPACKED_BYTES
    if start.startswith(_ZIP):
        return zip_entries(file, after=after, max_total_bytes=total, max_bytes_of=max_bytes_of)
    if start.startswith(b"\x1f\x8b") or start[257:262] == b"ustar":
        return tar_entries(file, n_file_bytes=n_bytes, after=after, max_total_bytes=total, max_bytes_of=max_bytes_of)
    raise UnknownArchive("The file is neither a zip nor a tar archive, the latter perhaps gzipped.")


def _keys(ingest: Ingest, storage: Storage) -> Iterator[Entry]:
    ordinal = ingest.cursor.get("ordinal", 0)
    for found in keys_below(storage, ingest.storage_key, after=ingest.cursor.get("key", "")):
        if is_litter(found.key):
            continue
        ordinal += 1
        fault = fault_of_name(found.key)
        item = Key(found.key, found.key) if fault is None else Refused(shown(found.key), BadName.code, fault)
        yield Entry(ordinal, item, {"key": found.key, "ordinal": ordinal}, 0.0)
