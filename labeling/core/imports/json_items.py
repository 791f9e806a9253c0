"""JSON documents read member by member: one large array of small objects never is in memory as a whole."""

import re
from collections.abc import Iterator
from typing import IO, Any, NamedTuple

import orjson

from labeling.core.imports.base import MAX_ITEM_BYTES, MIB, UnreadableFile

_CHUNK_BYTES = MIB
MAX_DEPTH = 32
# From one bracket to the next in one step, texts passed over; possessive, and so linear in any input.
_TO_BRACKET = re.compile(rb'[^"\[\]{}]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"\[\]{}]*+)*+', re.DOTALL)
_SCALAR_OR_TEXT = re.compile(rb'(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^\s,:\[\]{}"]++)', re.DOTALL)
_SPACE = re.compile(rb"[ \t\r\n]*+")
_OPENING, _CLOSING = frozenset(b"[{"), frozenset(b"]}")


class Member(NamedTuple):
    """One value of the document: of the top-level object's member `name`, or of the top-level array (None).

    `in_array` says whether it is one entry of an array that is the member, or the member itself.
    """

    name: str | None
    in_array: bool
    value: Any


def members(file: IO[bytes], *, max_item_bytes: int = MAX_ITEM_BYTES) -> Iterator[Member]:
    """Yield the entries of every array directly below the top, and every other member whole.

    Raises
    ------
    UnreadableFile
        This is no JSON, or a value is larger than `max_item_bytes` or nests too deep.
    """
    scan = _Scan(file, max_item_bytes)
    opening = scan.next_byte()
    if opening == b"[":
        yield from _entries(scan, None)
    elif opening == b"{":
        yield from _object(scan)
    else:
        raise UnreadableFile("The file is no JSON object or array.")
    if scan.next_byte() != b"":
        raise UnreadableFile("Something follows the end of the JSON document.")


def documents(file: IO[bytes], *, max_item_bytes: int = MAX_ITEM_BYTES) -> Iterator[Any]:
    """Yield the values of a file that holds one after another, such as JSON Lines.

    Raises
    ------
    UnreadableFile
        A value is no JSON, is larger than `max_item_bytes` or nests too deep.
    """
    scan = _Scan(file, max_item_bytes)
    while scan.peek():
        yield scan.value()


def _object(scan: "_Scan") -> Iterator[Member]:
    if scan.peek() == b"}":
        scan.next_byte()
        return
    while True:
        name = scan.value()
        if not isinstance(name, str) or scan.next_byte() != b":":
            raise UnreadableFile("A member of the JSON object has no name.")
        if scan.peek() == b"[":
            scan.next_byte()
            yield from _entries(scan, name)
        else:
            yield Member(name, False, scan.value())
        if scan.comma_or(b"}"):
            return


def _entries(scan: "_Scan", name: str | None) -> Iterator[Member]:
    if scan.peek() == b"]":
        scan.next_byte()
        return
    while True:
        yield Member(name, True, scan.value())
        if scan.comma_or(b"]"):
            return


class _Scan:
    """A window on the file that grows to hold the value being read, and no further."""

    def __init__(self, file: IO[bytes], max_item_bytes: int) -> None:
        self._file = file
        self._max = max_item_bytes
        self._window = b""
        self._at = 0
        self._ended = False

    def peek(self) -> bytes:
        """Return the next byte that is no space, without taking it; nothing at the end."""
        while True:
            found = _SPACE.match(self._window, self._at)
            self._at = found.end() if found else self._at
            if self._at < len(self._window) or not self._grow():
                return self._window[self._at : self._at + 1]

    def next_byte(self) -> bytes:
        """Take the next byte that is no space."""
        taken = self.peek()
        self._at += len(taken)
        return taken

    def comma_or(self, closing: bytes) -> bool:
        """Take a comma or the closing bracket, and return whether it was the bracket."""
        taken = self.next_byte()
        if taken not in {b",", closing} or not taken:
            raise UnreadableFile("The JSON is cut off, or a comma is missing.")
        return taken == closing

    def value(self) -> Any:
        """Take and parse one value."""
        first = self.peek()
        end = self._end_of_nest() if first in {b"[", b"{"} else self._end_of_plain()
        text = self._window[self._at : end]
        self._at = end
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise UnreadableFile(f"A value is no JSON: {error.msg[:200]}.") from None

    def _end_of_plain(self) -> int:
        """Return where a text, a number or a word ends; one that touches the window's end may go on."""
        while True:
            found = _SCALAR_OR_TEXT.match(self._window, self._at)
            if found and (found.end() < len(self._window) or self._ended):
                return found.end()
            if not self._grow():
                raise UnreadableFile("The JSON is cut off, or is none.")

    def _end_of_nest(self) -> int:
        depth, at = 0, self._at
        while True:
            found = _TO_BRACKET.match(self._window, at)
            bracket = found.end() if found else at
            if bracket < len(self._window) and self._window[bracket] in _OPENING | _CLOSING:
                depth += 1 if self._window[bracket] in _OPENING else -1
                at = bracket + 1
                if depth > MAX_DEPTH:
                    raise UnreadableFile(f"The JSON nests deeper than {MAX_DEPTH}.")
                if depth == 0:
                    return at
                continue
            # An unclosed text, or none of the brackets yet: look at it again with more behind it.
            moved = self._at
            if not self._grow():
                raise UnreadableFile("The JSON is cut off.")
            at -= moved

    def _grow(self) -> bool:
        """Read on, dropping what was taken; what was at `_at` is at 0 after that."""
        held = len(self._window) - self._at
        if held > self._max:
            raise UnreadableFile(f"One value of the JSON is larger than {self._max} bytes.")
        chunk = b"" if self._ended else self._file.read(_CHUNK_BYTES)
        self._window = self._window[self._at :] + chunk
        self._at = 0
        self._ended = self._ended or not chunk
        return bool(chunk)
