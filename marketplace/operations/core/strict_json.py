"""JSON as the service accepts it: what it cannot store or would understand differently is refused, not repaired."""

import json
import math
import re
from typing import Any, ClassVar

import numpy as np

from marketplace.operations.core.domain_error import DomainError

MAX_DEPTH = 32
_LARGEST_INTEGER = 2**63 - 1  # what a column of the database holds
_MAX_NUMBER_CHARS = 400
# Possessive, and an unclosed string runs to the end: linear in any input.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_SUSPECT_ESCAPE = re.compile(r"\\u(?:0000|[dD][89a-fA-F])")
_OFFENDING = re.compile("[\x00\ud800-\udfff]")
_NESTING = np.zeros(256, dtype=np.int8)
_NESTING[list(b"[{")] = 1
_NESTING[list(b"]}")] = -1


class InvalidJson(DomainError):
    code: ClassVar[str] = "invalid_json"


class JsonTooDeep(InvalidJson):
    code: ClassVar[str] = "too_deep"


class DuplicateKey(InvalidJson):
    code: ClassVar[str] = "duplicate_key"


class NumberOutOfRange(InvalidJson):
    code: ClassVar[str] = "number_out_of_range"


class InvalidText(InvalidJson):
    """A text that Unicode or the database cannot hold."""

    code: ClassVar[str] = "invalid_text"


def parse_strict(data: bytes, *, max_depth: int = MAX_DEPTH) -> Any:
    """Parse JSON from bytes.

    Parameters
    ----------
    data : UTF-8 without a byte order mark; the caller bounds its length.
    max_depth : of nested arrays and objects, checked on the bytes before anything is parsed.

    Raises
    ------
    InvalidJson
        Not JSON or not UTF-8, with the offset; its subclasses for nesting, duplicate keys, numbers that are no finite
        64-bit ones, and text with NUL or half a surrogate pair.
    """
    _check_depth(data, max_depth)
    text = _decode(data)
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique_keys,
            parse_int=_integer,
            parse_float=_finite,
            parse_constant=_no_constant,
        )
    except json.JSONDecodeError as error:
        raise InvalidJson(f"This is not JSON: {error.msg.lower()}.", offset=error.pos) from None
    if _SUSPECT_ESCAPE.search(text):
        _check_text(value, "")
    return value


def _decode(data: bytes) -> str:
    if data.startswith(b"\xef\xbb\xbf"):
        raise InvalidJson("JSON starts without a byte order mark.", offset=0)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidJson("JSON is UTF-8, and this is not.", offset=error.start) from None


def _check_depth(data: bytes, max_depth: int) -> None:
    """Count brackets outside strings; strings are blanked out so that offsets stay true."""
    blanked = _STRING.sub(lambda found: b" " * len(found[0]), data)
    steps = _NESTING[np.frombuffer(blanked, dtype=np.uint8)]
    depth = np.cumsum(steps, dtype=np.int32)
    too_deep = np.flatnonzero(depth > max_depth)
    if too_deep.size:
        raise JsonTooDeep(f"Nested deeper than {max_depth}.", offset=int(too_deep[0]), limit=max_depth)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise DuplicateKey("An object names a key twice.", field=_printable(name))
            seen.add(name)
    return found


def _integer(text: str) -> int:
    if len(text) > 20 or abs(number := int(text)) > _LARGEST_INTEGER:
        raise NumberOutOfRange("An integer is too large.", number=text[:40])
    return number


def _finite(text: str) -> float:
    number = float(text) if len(text) <= _MAX_NUMBER_CHARS else math.inf
    if not math.isfinite(number):
        raise NumberOutOfRange("A number is too large.", number=text[:40])
    return number


def _no_constant(text: str) -> None:
    raise NumberOutOfRange("NaN and infinities are not JSON.", number=text)


def _check_text(value: Any, path: str) -> None:
    """Refuse NUL and half surrogate pairs in texts and keys, naming the place."""
    if isinstance(value, str):
        if _OFFENDING.search(value):
            raise InvalidText("A text has a NUL or half a surrogate pair.", field=path or None)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check_text(item, f"{path}[{index}]")
    elif isinstance(value, dict):
        for name, item in value.items():
            here = f"{path}.{_printable(name)}" if path else _printable(name)
            _check_text(name, here)
            _check_text(item, here)


def _printable(name: str) -> str:
    """Return a key as it may appear in an answer: short, and without what made it offending."""
    return _OFFENDING.sub("?", name)[:100]
