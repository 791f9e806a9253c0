"""Tables of CSV, read row by row."""

import codecs
import csv
from collections.abc import Iterator
from typing import IO

from labeling.core.imports.base import MIB, UnreadableFile

_CHUNK_BYTES = 64 * 1024
MAX_ROW_CHARS = MIB


def rows(file: IO[bytes]) -> Iterator[dict[str, str]]:
    """Yield the rows below the header, by its names in small letters.

    Raises
    ------
    UnreadableFile
        This is no table, or one row of it is too long.
    """
    listed = records(file)
    header = [name.strip().lower() for name in next(listed, [])]
    for row in listed:
        yield dict(zip(header, row, strict=False))


def records(file: IO[bytes]) -> Iterator[list[str]]:
    """Yield the rows that hold something, the header among them.

    Raises
    ------
    UnreadableFile
        This is no table, or one row of it is too long.
    """
    lines = _Lines(file)
    try:
        for row in csv.reader(lines):
            lines.n_chars = 0
            if row:
                yield row
    except csv.Error:
        raise UnreadableFile("The file is no table of comma-separated values.") from None


class _Lines:
    """The lines of a text in UTF-8; a quoted cell may go over several."""

    def __init__(self, file: IO[bytes]) -> None:
        self.n_chars = 0
        self._lines = self._read(file)

    def __iter__(self) -> Iterator[str]:
        return self._lines

    def _read(self, file: IO[bytes]) -> Iterator[str]:
        decoder = codecs.getincrementaldecoder("utf-8-sig")("replace")
        held = ""
        while True:
            chunk = file.read(_CHUNK_BYTES)
            *lines, held = (held + decoder.decode(chunk, final=not chunk)).split("\n")
            for line in [*lines, *([held] if held and not chunk else [])]:
                self._count(line)
                yield f"{line}\n"
            if not chunk:
                return
            if len(held) > MAX_ROW_CHARS:
                self._count(held)

    def _count(self, line: str) -> None:
        self.n_chars += len(line)
        if self.n_chars > MAX_ROW_CHARS:
            raise UnreadableFile(f"One row of the table has more than {MAX_ROW_CHARS} characters.")
