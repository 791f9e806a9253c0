"""Buckets that the deployment configures for organizations: files that are read where they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import Storage, storages

from labeling.errors import MemberTooLarge, NoSuchStorage


@dataclass(frozen=True)
class Found:
    """A file in a bucket."""

    key: str
    n_bytes: int | None


def bucket(name: str, *, organization_id: UUID) -> Storage:
    """Return a bucket that the organization may read; the credentials are in the settings and nowhere else.

    Raises
    ------
    NoSuchStorage
        There is none of that name for the organization.
    """
    allowed = settings.BUCKETS.get(name, frozenset())
    if str(organization_id) not in allowed and "*" not in allowed:
        raise NoSuchStorage("There is no such storage.", field="storage")
    return storages[name]


def keys_below(storage: Storage, prefix: str, *, after: str) -> Iterator[Found]:
    """Yield the files whose keys begin with a prefix, in the order of their keys, after a given one."""
    objects = getattr(getattr(storage, "bucket", None), "objects", None)
    if objects is None:
        yield from _walk(storage, prefix, after)
        return
    location = getattr(storage, "location", "").strip("/")
    root = f"{location}/" if location else ""
    # The service lists in the order of keys, a page at a time, and goes on after any.
    for found in objects.filter(Prefix=root + prefix, Marker=root + after if after else ""):
        if not found.key.endswith("/"):
            yield Found(key=found.key.removeprefix(root), n_bytes=found.size)


def _walk(storage: Storage, prefix: str, after: str) -> Iterator[Found]:
    """Yield the files of a storage that only lists folders; the names of one folder are in memory at a time."""
    folder = prefix.rpartition("/")[0]
    for key in _below(storage, folder):
        if key.startswith(prefix) and key > after:
            yield Found(key=key, n_bytes=None)


def _below(storage: Storage, folder: str) -> Iterator[str]:
    try:
        folders, files = storage.listdir(folder)
    except (FileNotFoundError, NotADirectoryError, SuspiciousFileOperation):
        return
    path = f"{folder}/" if folder else ""
    # A folder comes where its files do: `a/b` after `a-b` and before `a0`.
    for name in sorted([*files, *(f"{name}/" for name in folders)]):
        if name.endswith("/"):
            yield from _below(storage, path + name[:-1])
        else:
            yield path + name


def read_key(storage: Storage, key: str, *, max_bytes: int) -> bytes:
    """Return a file's bytes.

    Raises
    ------
    MemberTooLarge
    """
    with storage.open(key) as file:
        data: bytes = file.read(max_bytes + 1)
    if len(data) > max_bytes:
        raise MemberTooLarge(f"The file has more than {max_bytes} bytes.", limit=max_bytes)
    return data


def signed_url(storage: Storage, key: str) -> str | None:
    """Return a URL that opens the file for a few minutes, where the storage can sign one."""
    return storage.url(key) if getattr(storage, "querystring_auth", False) else None
