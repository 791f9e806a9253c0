"""Members of a zip file, each looked at before a byte of it is unpacked."""

import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO

from labeling.core.ingesting import Content, Entry, Item, Refused
from labeling.core.names import fault_of_name, is_archive, is_litter, member_name, shown
from labeling.core.zip_directory import directory_of
from labeling.errors import (
    ArchiveTooLarge,
    BadName,
    BrokenArchive,
    DamagedMember,
    EncryptedMember,
    ItemRefused,
    MemberTooLarge,
    NestedArchive,
    UnsafeMember,
    UnsupportedMember,
)

MAX_MEMBERS = 200_000
# The table of contents is read whole; this bounds it, whatever number of members it claims.
MAX_CONTENTS_BYTES = 24 * 1024 * 1024
MAX_RATIO = 200
_SMALL_BYTES = 1024 * 1024
_ENCRYPTED = 0x1 | 0x40
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# What the standard library raises on broken members, seen while feeding it such.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,  # how zipfile refuses a packing that it does not know
    RuntimeError,
    struct.error,
)


def zip_entries(
    file: IO[bytes], *, after: int, max_total_bytes: int, max_bytes_of: Callable[[str], int]
) -> Iterator[Entry]:
    """Yield the members after a place, in the order of the table of contents.

    Raises
    ------
    BrokenArchive, ArchiveTooLarge
    """
    _check_contents(file)
    try:
        archive = zipfile.ZipFile(file)
    except _BROKEN:
        raise BrokenArchive("The zip file is cut off or damaged.") from None
    with archive:
        members = archive.infolist()
        _check_members(members, max_total_bytes)
        for ordinal, member in enumerate(members, start=1):
            if ordinal <= after or member.is_dir() or is_litter(member.filename):
                continue
            item = _item(archive, member, max_bytes_of)
            yield Entry(ordinal, item, {"member": ordinal}, ordinal / len(members))


def _check_contents(file: IO[bytes]) -> None:
    """Refuse a table of contents that is too long, before it is read."""
    directory = directory_of(file)
    if directory is None:
        raise BrokenArchive("The zip file is cut off or damaged.")
    if directory.n_members > MAX_MEMBERS or directory.n_bytes > MAX_CONTENTS_BYTES:
        raise ArchiveTooLarge(f"An archive has at most {MAX_MEMBERS} members.", limit=MAX_MEMBERS)


def _check_members(members: list[zipfile.ZipInfo], max_total_bytes: int) -> None:
    if len(members) > MAX_MEMBERS:
        raise ArchiveTooLarge(f"An archive has at most {MAX_MEMBERS} members.", limit=MAX_MEMBERS)
    if sum(member.file_size for member in members) > max_total_bytes:
        detail = f"The archive unpacks to more than {max_total_bytes} bytes."
        raise ArchiveTooLarge(detail, limit=max_total_bytes)
    end = 0
    for member in sorted(members, key=lambda each: each.header_offset):
        if member.header_offset < end:
            raise ArchiveTooLarge("Members of the archive share bytes.", limit=0)
        end = member.header_offset + 30 + member.compress_size


def _item(archive: zipfile.ZipFile, member: zipfile.ZipInfo, max_bytes_of: Callable[[str], int]) -> Item:
    try:
        name = checked_name(member.filename)
        _check_kind(member)
        limit = max_bytes_of(name)
        check_size(member.file_size, member.compress_size, limit)
        with archive.open(member) as content:
            data = content.read(limit + 1)
        if len(data) != member.file_size:
            raise DamagedMember("The member is not as long as the archive says.")
        check_content(data)
    except ItemRefused as refusal:
        return Refused(shown(member.filename), refusal.code, refusal.detail)
    except _BROKEN:
        return Refused(shown(member.filename), DamagedMember.code, "The member is damaged.")
    return Content(name, data)


def checked_name(path: str) -> str:
    """Return the name of a member within its archive."""
    name = member_name(path)
    if name is None:
        raise UnsafeMember("The path leads out of the archive.")
    fault = fault_of_name(name)
    if fault is not None:
        raise BadName(fault)
    return name


def check_size(n_bytes: int, n_packed: int | None, limit: int) -> None:
    """Refuse what is too large, or unpacks to far more than it holds."""
    if n_bytes > limit:
        raise MemberTooLarge(f"The member has more than {limit} bytes.", limit=limit)
    if n_packed is not None and n_bytes > max(_SMALL_BYTES, MAX_RATIO * n_packed):
        raise MemberTooLarge(f"The member unpacks to more than {MAX_RATIO} times its size.", limit=limit)


def check_content(data: bytes) -> None:
    """Refuse an archive in an archive."""
    if is_archive(data):
        raise NestedArchive("Archives within archives are not unpacked.")


def _check_kind(member: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in {0, stat.S_IFREG}:
        raise UnsafeMember("The member is a link or a device.")
    if member.flag_bits & _ENCRYPTED:
        raise EncryptedMember("The member is encrypted.")
    if member.compress_type not in _PACKINGS:
        raise UnsupportedMember("Members are stored or deflated.")
