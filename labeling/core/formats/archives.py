"""Archives written as they are read: a zip for what is a folder, a tar for WebDataset; never whole in memory.

What a zip says at its end about its members waits in the export's scratch file. Times are those of the request, so that
the same tasks give the same bytes.

Source: APPNOTE.TXT 6.3.10 (zip, with its 64-bit records throughout) and POSIX.1-1988 (ustar).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO

from labeling.core.formats.base import Export, pieces_of

COMPRESSION = 1
_UTF8 = 0x800
_SIZES_FOLLOW = 0x8
_VERSION = 45  # of the format that knows 64-bit sizes
_STORED, _DEFLATED = 0, 8
_ALREADY_SMALL = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".zip")
_FULL = 0xFFFFFFFF


@dataclass(frozen=True)
class Member:
    """A file of an archive.

    Attributes
    ----------
    path : relative, of names that are ours or come from `names`.
    content : its bytes, whole or in pieces.
    n_bytes : how many; needed in a tar where the content comes in pieces.
    """

    path: str
    content: bytes | Iterable[bytes]
    n_bytes: int | None = None


def zipped(members: Callable[[Export], Iterator[Member]]) -> Callable[[Export], Iterator[bytes]]:
    """Return a writer of a zip of these members."""

    def write(export: Export) -> Iterator[bytes]:
        with export.scratch() as directory:
            yield from _Zip(directory, export.created_at).write(members(export))

    return write


def tarred(members: Callable[[Export], Iterator[Member]]) -> Callable[[Export], Iterator[bytes]]:
    """Return a writer of a tar of these members."""

    def write(export: Export) -> Iterator[bytes]:
        moment = int(export.created_at.timestamp())
        for member in members(export):
            pieces = [member.content] if isinstance(member.content, bytes) else member.content
            n_bytes = len(member.content) if isinstance(member.content, bytes) else member.n_bytes
            if n_bytes is None:
                raise ValueError("a tar tells the size of a member before its content")
            yield _tar_header(member.path, n_bytes, moment)
            n_written = 0
            for piece in pieces:
                n_written += len(piece)
                yield piece
            if n_written != n_bytes:
                raise ValueError(f"{member.path} has {n_written} bytes and not {n_bytes}")
            yield bytes(-n_bytes % 512)
        yield bytes(1024)

    return write


def _tar_header(path: str, n_bytes: int, moment: int) -> bytes:
    prefix, name = _tar_path(path)
    fields = (name, b"0000644\0", b"0000000\0", b"0000000\0", _octal(n_bytes), _octal(moment), b" " * 8, b"0", b"")
    head = struct.pack("100s8s8s8s12s12s8s1s100s", *fields)
    rest = struct.pack("6s2s32s32s8s8s155s12x", b"ustar\0", b"00", b"", b"", b"0000000\0", b"0000000\0", prefix)
    header = head + rest
    return header[:148] + b"%06o\0 " % sum(header) + header[156:]


def _tar_path(path: str) -> tuple[bytes, bytes]:
    """Return the path in the two parts that the header has room for."""
    text = path.encode()
    if len(text) <= 100:
        return b"", text
    cut = text.rfind(b"/", 0, 156)
    if cut < 0 or len(text) - cut - 1 > 100:
        raise ValueError(f"{path} is too long for a tar")
    return text[:cut], text[cut + 1 :]


def _octal(number: int) -> bytes:
    """Return 12 bytes; what eleven octal digits do not hold is written as a binary number, as GNU and star do."""
    if number < 8**11:
        return b"%011o\0" % number
    return b"\x80" + number.to_bytes(11, "big")


class _Zip:
    """One archive on its way out."""

    def __init__(self, directory: BinaryIO, moment: datetime) -> None:
        self._directory = directory
        self._offset = 0
        self._n_members = 0
        self._time = moment.hour << 11 | moment.minute << 5 | moment.second // 2
        self._date = max(moment.year - 1980, 0) << 9 | moment.month << 5 | moment.day

    def write(self, members: Iterable[Member]) -> Iterator[bytes]:
        """Yield the members and then the directory."""
        for member in members:
            for piece in self._member(member):
                self._offset += len(piece)
                yield piece
        start, n_bytes = self._offset, self._directory.tell()
        yield from pieces_of(self._directory)
        yield self._end(start, n_bytes)

    def _member(self, member: Member) -> Iterator[bytes]:
        path = member.path.encode()
        method = _STORED if member.path.lower().endswith(_ALREADY_SMALL) else _DEFLATED
        start = self._offset
        if isinstance(member.content, bytes):
            packed = _packed(member.content, method)
            facts, flags = (zlib.crc32(member.content), len(packed), len(member.content)), _UTF8
            yield self._local(path, method, flags, facts) + packed
        else:
            flags = _UTF8 | _SIZES_FOLLOW
            yield self._local(path, method, flags, (0, 0, 0))
            facts = yield from _streamed(member.content, method)
            yield struct.pack("<4sLQQ", b"PK\x07\x08", *facts)
        self._note(path, method, flags, facts, start)

    def _local(self, path: bytes, method: int, flags: int, facts: tuple[int, int, int]) -> bytes:
        checksum, n_packed, n_bytes = facts
        extra = struct.pack("<HHQQ", 1, 16, n_bytes, n_packed)
        fields = (_VERSION, flags, method, self._time, self._date, checksum, _FULL, _FULL, len(path), len(extra))
        return struct.pack("<4s5H3L2H", b"PK\x03\x04", *fields) + path + extra

    def _note(self, path: bytes, method: int, flags: int, facts: tuple[int, int, int], start: int) -> None:
        checksum, n_packed, n_bytes = facts
        extra = struct.pack("<HHQQQ", 1, 24, n_bytes, n_packed, start)
        made_by_unix, mode = 3 << 8 | _VERSION, 0o100644 << 16
        moment = (self._time, self._date, checksum, _FULL, _FULL)
        lengths = (len(path), len(extra), 0, 0, 0, mode, _FULL)
        record = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", made_by_unix, _VERSION, flags, method, *moment, *lengths)
        self._directory.write(record + path + extra)
        self._n_members += 1

    def _end(self, start: int, n_bytes: int) -> bytes:
        n_members = self._n_members
        large = struct.pack(
            "<4sQ2H2L4Q", b"PK\x06\x06", 44, _VERSION, _VERSION, 0, 0, n_members, n_members, n_bytes, start
        )
        where = struct.pack("<4sLQL", b"PK\x06\x07", 0, start + n_bytes, 1)
        few = min(n_members, 0xFFFF)
        small = (0, 0, few, few, min(n_bytes, _FULL), min(start, _FULL), 0)
        return large + where + struct.pack("<4s4H2LH", b"PK\x05\x06", *small)


def _packed(content: bytes, method: int) -> bytes:
    if method == _STORED:
        return content
    packer = zlib.compressobj(COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(content) + packer.flush()


def _streamed(pieces: Iterable[bytes], method: int) -> Generator[bytes, None, tuple[int, int, int]]:
    """Yield the packed pieces; return the checksum, the packed size and the size."""
    packer = zlib.compressobj(COMPRESSION, zlib.DEFLATED, -zlib.MAX_WBITS) if method == _DEFLATED else None
    checksum = n_packed = n_bytes = 0
    for piece in pieces:
        checksum = zlib.crc32(piece, checksum)
        n_bytes += len(piece)
        packed = piece if packer is None else packer.compress(piece)
        n_packed += len(packed)
        yield packed
    rest = b"" if packer is None else packer.flush()
    yield rest
    return checksum, n_packed + len(rest), n_bytes
