"""What can be wrong with a file of recorded shapes."""

from __future__ import annotations

from pathlib import Path


class BadFile(Exception):
    """A line of a file cannot be used.

    Attributes
    ----------
    path, line, field : where; line and field are None where the whole file is at fault.
    detail : one sentence for a person.
    """

    def __init__(self, path: Path, detail: str, *, line: int | None = None, field: str | None = None) -> None:
        self.path, self.line, self.field, self.detail = path, line, field, detail
        where = ", ".join([str(path), *([f"line {line}"] if line else []), *([f"field {field!r}"] if field else [])])
        super().__init__(f"{where}: {detail}")
