"""Reading and writing labels as CSV files."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import ClassVar, Protocol, TextIO

from quality.errors import QualityError

MAX_LINE_BYTES = 1_048_576


class _Rows(Protocol):
    """What `csv.reader` returns, a type that has no public name."""

    @property
    def line_num(self) -> int: ...

    def __iter__(self) -> Iterator[list[str]]: ...


class UnreadableFile(QualityError):
    """The file does not hold what it should; the text names file, line and column."""

    code: ClassVar[str] = "unreadable_file"

    def __init__(self, path: Path, problem: str, *, line: int | None = None, column: str | None = None) -> None:
        self.path, self.line, self.column = path, line, column
        place = str(path) + (f", line {line}" if line is not None else "") + (f", column {column}" if column else "")
        super().__init__(f"{place}: {problem}")


def read_labels(path: Path) -> list[tuple[str, str, str]]:
    """Return the rows (task, worker, label) of a CSV file in its order, repeats included.

    Raises
    ------
    UnreadableFile
        It is no file, no UTF-8, no CSV, lacks a column, has an empty value in one, or has no row.
    """
    rows = [(values[0], values[1], values[2]) for _, values in _values(path, ("task", "worker", "label"))]
    if not rows:
        raise UnreadableFile(path, "there is a header and no label below it")
    return rows


def read_truths(path: Path) -> dict[str, str]:
    """Return the true labels by task, of a CSV file with the columns task and label; there may be none.

    Raises
    ------
    UnreadableFile
        It is no file, no UTF-8, no CSV, lacks a column, has an empty value in one, or gives a task two labels.
    """
    truths: dict[str, str] = {}
    for line, (task, label) in _values(path, ("task", "label")):
        if truths.setdefault(task, label) != label:
            raise UnreadableFile(path, f"task {task!r} has another label further up", line=line, column="label")
    return truths


def refuse_overwriting(*, read: Iterable[Path | None], written: Iterable[Path | None]) -> None:
    """Refuse to write over what is read, or twice into one file.

    Raises
    ------
    UnreadableFile
        Naming the file.
    """
    taken = {_place(path) for path in read if path}
    for path in written:
        if path is None:
            continue
        if _place(path) in taken:
            raise UnreadableFile(path, "would be written over")
        taken.add(_place(path))


def _place(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError) as error:  # a name too long; links in a circle
        raise UnreadableFile(path, f"cannot be found: {error}") from error


def write_all(contents: Mapping[Path, Callable[[TextIO], None]]) -> None:
    """Write several files, each whole or not at all, and none when writing any of them fails.

    Raises
    ------
    UnreadableFile
        A path cannot be written to.
    """
    with ExitStack() as unfinished:
        # A device or pipe is written to, and not replaced by a file.
        streams = {path: write for path, write in contents.items() if path.exists() and not _is_plain(path)}
        drafts = {path: _draft(path, write, unfinished) for path, write in contents.items() if path not in streams}
        for path, write in streams.items():
            with path.open("w", encoding="utf-8", newline="") as file:
                write(file)
        for path, draft in drafts.items():
            try:
                os.replace(draft, path)
            except OSError as error:
                raise UnreadableFile(path, f"cannot be written: {error.strerror}") from error


def write_labels(file: TextIO, rows: Iterable[tuple[str, str | None, float]]) -> None:
    """Write rows (task, label, confidence); an undecided label is left empty."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(("task", "label", "confidence"))
    for task, label, confidence in rows:
        writer.writerow((task, "" if label is None else label, f"{confidence:.6f}"))


def _is_plain(path: Path) -> bool:
    return path.is_file() or path.is_dir()


def _draft(path: Path, write: Callable[[TextIO], None], unfinished: ExitStack) -> Path:
    """Write the content beside its place, under a name that is gone when the block is left."""
    if path.is_dir():
        raise UnreadableFile(path, "is a folder, not a file to write")
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".plenum.", suffix=".part")
    except OSError as error:
        raise UnreadableFile(path, f"cannot be written: {error.strerror}") from error
    draft = Path(name)
    unfinished.callback(draft.unlink, missing_ok=True)
    with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
        write(file)
    # Temporary files are private; the result gets the rights of any other file of this user.
    mask = os.umask(0)
    os.umask(mask)
    draft.chmod(0o666 & ~mask)
    return draft


def _values(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the line number and the named columns' values of every row."""
    if path.is_dir():
        raise UnreadableFile(path, "is a folder, not a file")
    try:
        with path.open("rb") as file:
            lines = _decoded(path, iter(lambda: file.readline(MAX_LINE_BYTES + 1), b""))
            yield from _named(path, csv.reader(lines, strict=True), columns)
    except OSError as error:
        raise UnreadableFile(path, f"cannot be read: {error.strerror}") from error


def _decoded(path: Path, lines: Iterator[bytes]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if len(line) > MAX_LINE_BYTES:
            raise UnreadableFile(path, f"longer than {MAX_LINE_BYTES} bytes", line=number)
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise UnreadableFile(path, f"byte {error.start + 1} is not UTF-8", line=number) from error


def _named(path: Path, reader: _Rows, columns: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    header = _next_row(path, reader)
    if header is None:
        raise UnreadableFile(path, "is empty; the first line names the columns")
    places = _places(path, [name.strip() for name in header], columns, line=reader.line_num)
    while (row := _next_row(path, reader)) is not None:
        if len(row) != len(header):
            raise UnreadableFile(path, f"{len(row)} values under {len(header)} columns", line=reader.line_num)
        values = [row[place] for place in places]
        for name, value in zip(columns, values, strict=True):
            if not value.strip():
                raise UnreadableFile(path, "is empty", line=reader.line_num, column=name)
        yield reader.line_num, values


def _places(path: Path, header: list[str], columns: Sequence[str], *, line: int) -> list[int]:
    for name in columns:
        if header.count(name) != 1:
            problem = "there is no such column" if name not in header else "there are several such columns"
            raise UnreadableFile(path, f"{problem}; the columns are {', '.join(header)}", line=line, column=name)
    return [header.index(name) for name in columns]


def _next_row(path: Path, reader: _Rows) -> list[str] | None:
    """Return the next row that is not blank; None at the end."""
    try:
        return next((row for row in reader if row), None)
    except csv.Error as error:
        raise UnreadableFile(path, f"not CSV: {error}", line=reader.line_num) from error
