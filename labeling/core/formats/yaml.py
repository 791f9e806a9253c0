"""Texts in YAML."""

import orjson


def flow(text: str) -> str:
    """Return a text in double quotes, with what YAML does not take for printable written out."""
    quoted = orjson.dumps(text).decode()
    return "".join(sign if sign.isprintable() else f"\\U{ord(sign):08x}" for sign in quoted)
