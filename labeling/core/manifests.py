"""Manifests: a line for each asset, in JSON or CSV."""

import csv
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from labeling.core.ingesting import Link, Reference
from labeling.core.names import fault_of_name

MAX_LINE_BYTES = 16_384
MAX_URL = 2_000
MAX_SIDE = 1_000_000
COLUMNS = ("external_id", "url", "width", "height", "sequence", "frame")
MAX_FRAME = 2**31 - 1
_KNOWN = frozenset(COLUMNS)


class ManifestFault(Exception):
    """A line, or the header, cannot be used; the argument is one sentence for a person."""


def header_of_csv(line: bytes) -> list[str]:
    """Return the columns that a CSV manifest names in its first line."""
    names = [name.strip() for name in _cells(line)]
    if (
        not names
        or not _KNOWN.issuperset(names)
        or len(set(names)) != len(names)
        or not {"external_id", "url"} & {*names}
    ):
        raise ManifestFault(f"The first line names columns among {', '.join(COLUMNS)}.")
    return names


def read_csv_line(line: bytes, header: Sequence[str]) -> Reference | Link:
    """Return what a line of CSV states; an empty cell states nothing."""
    cells = _cells(line)
    if len(cells) != len(header):
        raise ManifestFault(f"The line has {len(cells)} cells and the header {len(header)}.")
    stated: dict[str, Any] = {name: cell for name, cell in zip(header, cells, strict=True) if cell}
    for name, most in (("width", MAX_SIDE), ("height", MAX_SIDE), ("frame", MAX_FRAME)):
        if name in stated:
            stated[name] = _whole(stated[name], name, most)
    return _item(stated)


def read_json_line(line: bytes) -> Reference | Link:
    """Return what a line of JSON states."""
    try:
        stated = orjson.loads(line)
    except orjson.JSONDecodeError:
        raise ManifestFault("The line is no JSON in UTF-8.") from None
    if type(stated) is not dict:
        raise ManifestFault("The line is no JSON object.")
    return _item(stated)


def _item(stated: Mapping[str, Any]) -> Reference | Link:
    if not _KNOWN.issuperset(stated):
        raise ManifestFault(f"A line has no members but {', '.join(COLUMNS)}.")
    url = stated.get("url")
    if url is not None and (type(url) is not str or not 0 < len(url) <= MAX_URL):
        raise ManifestFault(f"url is a text of 1 to {MAX_URL} characters.")
    name = stated.get("external_id", url)
    if type(name) is not str:
        raise ManifestFault("external_id is a text, and left out only where there is a url.")
    fault = fault_of_name(name)
    if fault is not None:
        raise ManifestFault(fault)
    sequence = _sequence(stated) if "sequence" in stated else ""
    frame = _frame(stated) if "frame" in stated else None
    if url is not None:
        return Link(name, url, sequence, frame)
    return Reference(name, _side(stated, "width"), _side(stated, "height"), sequence, frame)


def _sequence(stated: Mapping[str, Any]) -> str:
    value = stated["sequence"]
    if type(value) is not str:
        raise ManifestFault("sequence is a text.")
    fault = fault_of_name(value) if value else None
    if fault is not None:
        raise ManifestFault(fault)
    return value


def _frame(stated: Mapping[str, Any]) -> int | None:
    value = stated["frame"]
    if value is None or (type(value) is int and 0 <= value <= MAX_FRAME):
        return value
    raise ManifestFault(f"frame is a whole number from 0 to {MAX_FRAME}.")


def _side(stated: Mapping[str, Any], name: str) -> int | None:
    value = stated.get(name)
    if value is None or (type(value) is int and 0 < value <= MAX_SIDE):
        return value
    raise ManifestFault(f"{name} is a whole number from 1 to {MAX_SIDE}.")


def _whole(text: str, name: str, most: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(most))):
        raise ManifestFault(f"{name} is a whole number, of {most} at most.")
    return int(text)


def _cells(line: bytes) -> list[str]:
    try:
        return next(csv.reader([line.decode()], strict=True), [])
    except UnicodeDecodeError:
        raise ManifestFault("The line is not in UTF-8.") from None
    except csv.Error:
        raise ManifestFault("The line is no CSV; a cell does not go beyond its line.") from None
