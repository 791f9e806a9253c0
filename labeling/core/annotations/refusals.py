"""Refusing what somebody sent, with the place at fault; and reading JSON member by member."""

from collections.abc import Mapping
from typing import Any

_MAX_SHOWN_NAME = 100
LARGEST_NUMBER = 1e15


class Refusal(Exception):
    """Something sent breaks a rule.

    Attributes
    ----------
    field : path of what is at fault, such as `annotations[2].box`.
    detail : one sentence for a person.
    """

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field
        self.detail = detail


def member(path: str, name: str) -> str:
    """Return the path of a member; a name that nobody foresaw is cut and made printable."""
    shown = name if len(name) <= _MAX_SHOWN_NAME and name.isprintable() else repr(name[:_MAX_SHOWN_NAME])
    return f"{path}.{shown}" if path else shown


def read_object(
    value: Any, path: str, *, required: frozenset[str] = frozenset(), optional: frozenset[str] = frozenset()
) -> Mapping[str, Any]:
    """Return an object that has all required members and none beside those named."""
    if not isinstance(value, dict):
        raise Refusal(path, "An object is wanted.")
    for name in sorted(required):
        if name not in value:
            raise Refusal(member(path, name), "This member is required.")
    for name in value:
        if name not in required and name not in optional:
            raise Refusal(member(path, str(name)), "There is no such member here.")
    return value


def read_list(value: Any, path: str, *, most: int, least: int = 0) -> list[Any]:
    """Return a list of a length within the bounds."""
    if not isinstance(value, list):
        raise Refusal(path, "A list is wanted.")
    if not least <= len(value) <= most:
        raise Refusal(path, f"There are {least} to {most} of these.")
    return value


def read_text(value: Any, path: str, *, most: int, least: int = 0) -> str:
    """Return one line of printable characters, without spaces around it."""
    if not isinstance(value, str):
        raise Refusal(path, "A text is wanted.")
    text = value.strip()
    if not least <= len(text) <= most:
        raise Refusal(path, f"The text has {least} to {most} characters.")
    if not text.isprintable():
        raise Refusal(path, "Use one line of printable characters.")
    return text


def read_flag(value: Any, path: str) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise Refusal(path, "This is true or false.")
    return value


def read_number(value: Any, path: str) -> float:
    """Return a finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
        raise Refusal(path, f"A finite number is wanted, of {LARGEST_NUMBER:.0e} at most.")
    return float(value) + 0.0  # no -0.0


def read_whole_number(value: Any, path: str, *, least: int, most: int) -> int:
    """Return a whole number within the bounds."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise Refusal(path, f"A whole number from {least} to {most} is wanted.")
    return value


def read_choice(value: Any, path: str, choices: frozenset[str]) -> str:
    """Return one of the texts that may stand here."""
    if not isinstance(value, str) or value not in choices:
        shown = ", ".join(sorted(choices)[:20])
        raise Refusal(path, f"This is one of: {shown}.")
    return value
