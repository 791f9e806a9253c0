"""How long the list of members of a zip file is, told before all of it is read into memory.

Source: PKWARE, APPNOTE.TXT 6.3.10, 4.3.14 to 4.3.16.
"""

import struct
from dataclasses import dataclass
from typing import IO

_END, _END_BYTES = b"PK\x05\x06", 22
_LOCATOR, _LOCATOR_BYTES = b"PK\x06\x07", 20
_WIDE_END, _WIDE_END_BYTES = b"PK\x06\x06", 56
_LONGEST_COMMENT = 65_535
# What stands where the wide record has the number.
_MEMBERS_ELSEWHERE, _BYTES_ELSEWHERE = 0xFFFF, 0xFFFFFFFF


@dataclass(frozen=True)
class Directory:
    """What a zip file says of its list of members: the most that any reader could take it to say."""

    n_members: int
    n_bytes: int


def directory_of(file: IO[bytes]) -> Directory | None:
    """Return what the end of a zip file says, or None where it has none.

    The standard library goes by a wide (zip64) record wherever a locator stands before the end, asked for or not; some
    of its versions look right before the locator, others where that points to.
    """
    n_bytes = file.seek(0, 2)
    start = max(0, n_bytes - _END_BYTES - _LONGEST_COMMENT - _LOCATOR_BYTES - _WIDE_END_BYTES)
    file.seek(start)
    tail = file.read()
    file.seek(0)
    at = tail.rfind(_END)
    if at < 0 or at + _END_BYTES > len(tail):
        return None
    n_members, n_listed = struct.unpack_from("<HI", tail, at + 10)
    locator = tail[max(0, at - _LOCATOR_BYTES) : at]
    if not locator.startswith(_LOCATOR) or len(locator) < _LOCATOR_BYTES:
        return Directory(n_members, n_listed)
    before = tail[max(0, at - _LOCATOR_BYTES - _WIDE_END_BYTES) : at - _LOCATOR_BYTES]
    wide = [record for record in (before, _pointed_to(file, locator)) if _is_wide_end(record)]
    stated = [struct.unpack_from("<QQ", record, 32) for record in wide]
    if not wide or n_members != _MEMBERS_ELSEWHERE:
        stated.append((n_members, 0))
    if not wide or n_listed != _BYTES_ELSEWHERE:
        stated.append((0, n_listed))
    return Directory(max(members for members, _ in stated), max(listed for _, listed in stated))


def _pointed_to(file: IO[bytes], locator: bytes) -> bytes:
    place = struct.unpack_from("<Q", locator, 8)[0]
    n_bytes = file.seek(0, 2)
    record = b""
    if place <= n_bytes - _WIDE_END_BYTES:
        file.seek(place)
        record = file.read(_WIDE_END_BYTES)
    file.seek(0)
    return record


def _is_wide_end(record: bytes) -> bool:
    return len(record) == _WIDE_END_BYTES and record.startswith(_WIDE_END)
