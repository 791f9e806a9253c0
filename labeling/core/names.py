"""Names of things that strangers bring."""

import re

MAX_NAME = 200
_DRIVE = re.compile(r"[A-Za-z]:")
_LITTER = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._[^/]*$)")
_ARCHIVES = (b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\x00", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07")


def member_name(path: str) -> str | None:
    """Return the path of an archive's member, or nothing where it leads anywhere but into the archive."""
    if "\\" in path or path.startswith("/") or _DRIVE.match(path):
        return None
    parts = [part for part in path.split("/") if part not in {"", "."}]
    return None if not parts or ".." in parts else "/".join(parts)


def is_litter(name: str) -> bool:
    """Return whether an operating system leaves files of that name everywhere."""
    return _LITTER.search(name) is not None


def fault_of_name(name: str) -> str | None:
    """Return what is wrong with the name of an asset, if anything is."""
    if not name or name != name.strip():
        return "A name is not empty, and has no spaces around it."
    if len(name) > MAX_NAME:
        return f"A name has at most {MAX_NAME} characters."
    if not name.isprintable():
        return "A name is one line of printable characters."
    return None


def shown(name: str) -> str:
    """Return a name as it can be stored and shown, whatever it holds."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name[:MAX_NAME])


def is_archive(data: bytes) -> bool:
    """Return whether bytes begin as an archive does."""
    return data.startswith(_ARCHIVES) or data[257:262] == b"ustar"
