"""Lists of what a downstream model got wrong: a line for each asset, in JSON or CSV."""

import csv
import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from labeling.core.names import fault_of_name

MAX_LINE_CHARS = 16_384
COLUMNS = ("external_id", "error", "score")


class ListedError(NamedTuple):
    """An asset by its name, and how wrong the model was on it; 0 where that is not told."""

    external_id: str
    error: float


class ErrorListFault(Exception):
    """A list cannot be used.

    Attributes
    ----------
    line : from 1.
    detail : one sentence for a person.
    """

    def __init__(self, line: int, detail: str) -> None:
        super().__init__(detail)
        self.line = line
        self.detail = detail


def read_error_list(text: str, *, limit: int) -> list[ListedError]:
    """Return what a list names: JSON lines, or CSV whose first line names its columns.

    `error` is larger where the model was more wrong; `score` is smaller there, and counts as 1 - score.

    Raises
    ------
    ErrorListFault
        A line is none, or there are more than `limit`.
    """
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    for number, line in lines:
        if len(line) > MAX_LINE_CHARS:
            raise ErrorListFault(number, f"A line has at most {MAX_LINE_CHARS} characters.")
    if len(lines) > limit + 1:
        raise ErrorListFault(lines[limit + 1][0], f"A list names at most {limit} assets.")
    stated = _of_json(lines) if text.lstrip().startswith("{") else _of_csv(lines)
    listed = [_listed(number, each) for number, each in stated]
    if len(listed) > limit:
        raise ErrorListFault(lines[-1][0], f"A list names at most {limit} assets.")
    return listed


def _of_json(lines: list[tuple[int, str]]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in lines:
        try:
            stated = orjson.loads(line)
        except orjson.JSONDecodeError:
            raise ErrorListFault(number, "The line is no JSON.") from None
        if not isinstance(stated, dict):
            raise ErrorListFault(number, "The line is no JSON object.")
        yield number, stated


def _of_csv(lines: list[tuple[int, str]]) -> Iterator[tuple[int, Mapping[str, Any]]]:
    header = [name.strip() for name in _cells(*lines[0])] if lines else []
    if "external_id" not in header or len(set(header)) != len(header):
        raise ErrorListFault(1, f"The first line names columns, `external_id` among them: {', '.join(COLUMNS)}.")
    for number, line in lines[1:]:
        cells = _cells(number, line)
        if len(cells) != len(header):
            raise ErrorListFault(number, f"The line has {len(cells)} cells and the header {len(header)}.")
        yield number, {name: _told(name, cell) for name, cell in zip(header, cells, strict=True) if cell}


def _cells(number: int, line: str) -> list[str]:
    try:
        return next(csv.reader([line.rstrip("\r")], strict=True), [])
    except csv.Error:
        raise ErrorListFault(number, "The line is no CSV; a cell does not go beyond its line.") from None


def _told(name: str, cell: str) -> Any:
    if name == "external_id":
        return cell
    try:
        return float(cell)
    except ValueError:
        return cell


def _listed(number: int, stated: Mapping[str, Any]) -> ListedError:
    name = stated.get("external_id")
    fault = fault_of_name(name) if isinstance(name, str) else "external_id is a text."
    if fault is not None or not isinstance(name, str):
        raise ErrorListFault(number, fault or "external_id is a text.")
    if stated.get("error") is not None:
        return ListedError(name, _number(number, "error", stated["error"]))
    if stated.get("score") is not None:
        return ListedError(name, 1.0 - _number(number, "score", stated["score"]))
    return ListedError(name, 0.0)


def _number(line: int, what: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ErrorListFault(line, f"{what} is a finite number.")
    return float(value)
