"""Zip archives of many small files: read in place, never unpacked to a folder, bounded before they are opened."""

import re
import struct
import zipfile
import zlib
from typing import IO

from labeling.core.imports.base import MAX_ITEM_BYTES, MIB, ItemRefused, UnreadableFile
from labeling.core.zip_directory import directory_of

_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
# The list of members is held in memory, about half a kilobyte for each.
MAX_DIRECTORY_BYTES = 24 * MIB
MAX_MEMBERS = 250_000
# Of all that is unpacked, one piece at a time: what a bomb may cost.
MAX_UNPACKED_BYTES = 2_048 * MIB
# NotImplementedError is how zipfile refuses a packing that it does not know, RuntimeError what is encrypted.
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


def is_archive(file: IO[bytes]) -> bool:
    """Return whether a file begins as a zip archive does."""
    file.seek(0)
    begins = file.read(4) in _MAGIC
    file.seek(0)
    return begins


class Archive:
    """The members of a zip archive by name; folders are none."""

    def __init__(self, file: IO[bytes]) -> None:
        """Read the list of members.

        Raises
        ------
        UnreadableFile
            The file is no zip archive, or has too many members.
        """
        _check_directory(file)
        try:
            self._zip = zipfile.ZipFile(file)
        except (*_UNREADABLE, struct.error):
            raise UnreadableFile("The file is no zip archive.") from None
        self._members = {info.filename: info for info in self._zip.infolist() if not info.is_dir()}
        if len(self._members) > MAX_MEMBERS:
            raise UnreadableFile(f"The archive has more than {MAX_MEMBERS} members.")
        self._n_left = MAX_UNPACKED_BYTES

    def named(self, pattern: str) -> list[str]:
        """Return the names that match a pattern from their start to their end, sorted."""
        wanted = re.compile(pattern, re.IGNORECASE | re.DOTALL)
        return sorted(name for name in self._members if wanted.fullmatch(name) and not name.startswith("__MACOSX/"))

    def read(self, name: str, *, limit: int = MAX_ITEM_BYTES) -> bytes:
        """Return what a member holds.

        Raises
        ------
        ItemRefused
            It is damaged, locked or larger than the limit.
        UnreadableFile
            The archive unpacks to more than is read of one.
        """
        try:
            with self._zip.open(self._members[name]) as member:
                content = member.read(limit + 1)
        except _UNREADABLE:
            raise ItemRefused("unreadable", "This member of the archive is damaged or locked.") from None
        self._n_left -= len(content)
        if self._n_left < 0:
            raise UnreadableFile(f"The archive unpacks to more than {MAX_UNPACKED_BYTES} bytes.")
        if len(content) > limit:
            raise ItemRefused("too_large", f"This member of the archive unpacks to more than {limit} bytes.")
        return content

    def stream(self, name: str) -> IO[bytes]:
        """Return a member to be read piece by piece, and no further than an archive may unpack to."""
        return _Bounded(self._zip, self._members[name])  # type: ignore[return-value]  # it is only ever read


class _Bounded:
    """A member that is read like a file, its damage told like that of any file."""

    def __init__(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
        self._n_left = MAX_UNPACKED_BYTES
        try:
            self._file = archive.open(member)
        except _UNREADABLE:
            raise UnreadableFile("A member of the archive is damaged or locked.") from None

    def read(self, n_bytes: int) -> bytes:
        """Return the next bytes."""
        try:
            chunk = self._file.read(n_bytes)
        except _UNREADABLE:
            raise UnreadableFile("A member of the archive is damaged.") from None
        self._n_left -= len(chunk)
        if self._n_left < 0:
            raise UnreadableFile(f"The archive unpacks to more than {MAX_UNPACKED_BYTES} bytes.")
        return chunk


def document(file: IO[bytes], pattern: str) -> IO[bytes]:
    """Return the document that a file is, or the one that an archive holds under a name that fits.

    Raises
    ------
    UnreadableFile
        The archive holds none or several.
    """
    if not is_archive(file):
        return file
    archive = Archive(file)
    found = archive.named(pattern)
    if len(found) != 1:
        raise UnreadableFile(f"The archive holds {len(found)} documents of this format; send one.")
    return archive.stream(found[0])


def _check_directory(file: IO[bytes]) -> None:
    """Refuse a list of members that is too long, before all of it is read into memory."""
    directory = directory_of(file)
    if directory is None:
        raise UnreadableFile("The file is no zip archive.")
    if directory.n_bytes > MAX_DIRECTORY_BYTES:
        raise UnreadableFile(f"The archive has more than {MAX_MEMBERS} members.")
