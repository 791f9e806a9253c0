"""XML 1.0, written element by element: whatever the text, a reader finds well-formed elements.

Source: https://www.w3.org/TR/xml/, section 2.2: which characters a document can hold at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ENTITIES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)
DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'


def escaped(value: object) -> str:
    """Return text for an element or an attribute; what XML cannot hold becomes U+FFFD."""
    if isinstance(value, float):
        return number(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return _FORBIDDEN.sub("\ufffd", str(value)).translate(_ENTITIES)


def number(value: float) -> str:
    """Return a number to a millionth, the precision that is kept, and never with an exponent."""
    text = f"{value:.6f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def element(name: str, content: str | Iterable[str] = "", /, **attributes: object) -> str:
    """Return an element; `content` is escaped text or elements."""
    told = "".join(f' {key}="{escaped(value)}"' for key, value in attributes.items())
    inner = content if isinstance(content, str) else "".join(content)
    return f"<{name}{told}>{inner}</{name}>" if inner else f"<{name}{told}/>"


def texts(**members: object) -> Iterator[str]:
    """Yield an element of text for each member."""
    for name, value in members.items():
        yield element(name, escaped(value))
