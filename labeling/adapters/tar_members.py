"""Members of a tar file, plain or gzipped, read from front to back.

Of our own, since the standard library's reads long names and sparse maps of any size into memory.

Source: POSIX.1-2001, pax interchange format; GNU tar manual, Basic Tar Format.
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

from labeling.adapters.zip_members import MAX_MEMBERS, MAX_RATIO, check_content, check_size, checked_name
from labeling.core.ingesting import Content, Entry, Item, Refused
from labeling.core.names import is_litter, shown
from labeling.errors import ArchiveTooLarge, BrokenArchive, ItemRefused, UnsafeMember, UnsupportedMember

_BLOCK = 512
_PIECE_BYTES = 256 * 1024
_MAX_NAME_BYTES = 64 * 1024
_FREE_BYTES = 64 * 1024 * 1024
_GZIP = 31  # how zlib is told of a gzip header
_FILES = (b"0", b"\x00", b"7")
_FOLDER = b"5"
_LINKS = (b"1", b"2", b"3", b"4", b"6")
_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL = b"L", b"K", b"x", b"g"


class _Stream:
    """The bytes of a tar file, unpacked piece by piece, counted and bounded."""

    def __init__(self, file: IO[bytes], *, max_total_bytes: int) -> None:
        file.seek(0)
        self._file = file
        self._max_total_bytes = max_total_bytes
        is_gzip = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        self._unpacker = zlib.decompressobj(_GZIP) if is_gzip else None
        self._held = b""
        self._n_packed = self._n_bytes = 0

    def read(self, size: int) -> bytes:
        """Return so many bytes; fewer mean the end."""
        parts = []
        while size > 0 and (self._held or self._fill()):
            parts.append(self._held[:size])
            self._held = self._held[size:]
            size -= len(parts[-1])
        return b"".join(parts)

    def skip(self, size: int) -> None:
        """Leave so many bytes out."""
        while size > 0:
            piece = self.read(min(size, _PIECE_BYTES))
            if not piece:
                raise BrokenArchive("The tar file is cut off.")
            size -= len(piece)

    @property
    def n_packed(self) -> int:
        """Return how many bytes of the file were read."""
        return self._n_packed

    def _fill(self) -> bool:
        if self._unpacker is None:
            self._held = self._file.read(_PIECE_BYTES)
            self._n_packed += len(self._held)
        else:
            self._held = self._unpack(self._unpacker)
        self._n_bytes += len(self._held)
        too_dense = self._n_bytes > max(_FREE_BYTES, MAX_RATIO * self._n_packed)
        if self._n_bytes > self._max_total_bytes or too_dense:
            detail = f"The archive unpacks to more than {self._max_total_bytes} bytes, or {MAX_RATIO} times its size."
            raise ArchiveTooLarge(detail, limit=self._max_total_bytes)
        return bool(self._held)

    def _unpack(self, unpacker: "zlib._Decompress") -> bytes:
        """Return the next bytes of a gzip file; what follows its first stream is no part of it."""
        while not unpacker.eof:
            packed = unpacker.unconsumed_tail or self._file.read(_PIECE_BYTES)
            if not unpacker.unconsumed_tail:
                self._n_packed += len(packed)
            try:
                piece = unpacker.decompress(packed, _PIECE_BYTES)
            except zlib.error:
                raise BrokenArchive("The gzip file is damaged.") from None
            if piece:
                return piece
            if not packed:
                raise BrokenArchive("The gzip file is cut off.")
        return b""


@dataclass(frozen=True)
class _Header:
    path: str
    kind: bytes
    n_bytes: int


def tar_entries(
    file: IO[bytes], *, n_file_bytes: int, after: int, max_total_bytes: int, max_bytes_of: Callable[[str], int]
) -> Iterator[Entry]:
    """Yield the members after a place, in the order of the file.

    Raises
    ------
    BrokenArchive, ArchiveTooLarge
        What came before was yielded.
    """
    stream = _Stream(file, max_total_bytes=max_total_bytes)
    ordinal = 0
    while (header := _next_header(stream)) is not None:
        ordinal += 1
        if ordinal > MAX_MEMBERS:
            raise ArchiveTooLarge(f"An archive has at most {MAX_MEMBERS} members.", limit=MAX_MEMBERS)
        padded = -(-header.n_bytes // _BLOCK) * _BLOCK
        if ordinal <= after or header.kind == _FOLDER or is_litter(header.path):
            stream.skip(padded)
            continue
        item, n_read = _item(stream, header, max_bytes_of)
        stream.skip(padded - n_read)
        yield Entry(ordinal, item, {"member": ordinal}, min(1.0, stream.n_packed / max(1, n_file_bytes)))


def _item(stream: _Stream, header: _Header, max_bytes_of: Callable[[str], int]) -> tuple[Item, int]:
    """Return the member, and how many of its bytes were read."""
    n_read = 0
    try:
        name = checked_name(header.path)
        if header.kind in _LINKS:
            raise UnsafeMember("The member is a link or a device.")
        if header.kind not in _FILES:
            raise UnsupportedMember("The member is of a kind that is not read, such as a sparse file.")
        check_size(header.n_bytes, None, max_bytes_of(name))
        data = stream.read(header.n_bytes)
        n_read = len(data)
        if n_read < header.n_bytes:
            raise BrokenArchive("The tar file is cut off.")
        check_content(data)
    except ItemRefused as refusal:
        return Refused(shown(header.path), refusal.code, refusal.detail), n_read
    return Content(name, data), n_read


def _next_header(stream: _Stream) -> _Header | None:
    """Return the next member's header, with the name and size that extended headers before it give."""
    path: str | None = None
    n_bytes: int | None = None
    n_extended = 0
    while True:
        block = stream.read(_BLOCK)
        if not block.strip(b"\x00"):
            return None
        if len(block) < _BLOCK or not _is_sound(block):
            raise BrokenArchive("The tar file is cut off or damaged.")
        kind, size = block[156:157], _number(block[124:136])
        if kind not in {_LONG_NAME, _LONG_LINK, _PAX, _PAX_GLOBAL}:
            return _Header(path or _path(block), kind, size if n_bytes is None else n_bytes)
        n_extended += 1
        if size > _MAX_NAME_BYTES or n_extended > 8:
            raise BrokenArchive("A header of the tar file is far too long.")
        body = stream.read(-(-size // _BLOCK) * _BLOCK)[:size]
        if kind == _LONG_NAME:
            path = _text(body)
        elif kind == _PAX:
            stated = _pax(body)
            path = stated.get("path", path)
            n_bytes = _decimal(stated["size"]) if "size" in stated else n_bytes


def _is_sound(block: bytes) -> bool:
    stated = _number(block[148:156])
    return stated == sum(block[:148]) + 8 * 0x20 + sum(block[156:])


def _number(field: bytes) -> int:
    """Return a number in octal digits, or in GNU's binary form."""
    if field[0] & 0x80:
        value = int.from_bytes(field[1:], "big")
        if field[0] != 0x80 or value >= 1 << 62:
            raise BrokenArchive("The tar file is damaged.")
        return value
    digits = field.split(b"\x00", 1)[0].strip()
    if digits.translate(None, b"01234567"):
        raise BrokenArchive("The tar file is damaged.")
    return int(digits or b"0", 8)


def _decimal(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise BrokenArchive("The tar file is damaged.")
    return int(text)


def _path(block: bytes) -> str:
    prefix = _text(block[345:500]) if block[257:263] == b"ustar\x00" else ""
    name = _text(block[:100])
    return f"{prefix}/{name}" if prefix else name


def _text(field: bytes) -> str:
    return field.split(b"\x00", 1)[0].decode(errors="replace")


def _pax(body: bytes) -> dict[str, str]:
    """Return what an extended header states: lines of `length name=value`."""
    stated: dict[str, str] = {}
    at = 0
    while at < len(body):
        length, space, _ = body[at : at + 20].partition(b" ")
        if not space or not length.isdigit() or int(length) <= len(length) + 1 or at + int(length) > len(body):
            raise BrokenArchive("A header of the tar file is damaged.")
        name, _, value = body[at + len(length) + 1 : at + int(length) - 1].partition(b"=")
        stated[name.decode(errors="replace")] = value.decode(errors="replace")
        at += int(length)
    return stated
