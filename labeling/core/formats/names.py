"""File names from external ids: harmless, never the same for two assets, the same for the same tasks in one order."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from labeling.core.formats.base import LabeledTask

MAX_LENGTH = 80
N_TURNS = 4
IMAGE_SUFFIXES = frozenset({"jpg", "jpeg", "png", "webp", "bmp", "gif", "tif", "tiff", "bin", "pcd", "ply", "las"})
# Names that some systems keep for devices, whatever follows the first dot.
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?$", re.IGNORECASE)
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*")
_N_BITS = 1 << 25


class Name(NamedTuple):
    """What an asset's files are called: `stem` without a suffix, `image` with that of the image."""

    stem: str
    image: str


def named(tasks: Iterable[LabeledTask]) -> Iterator[tuple[LabeledTask, Name]]:
    """Yield each task with the name of its files; all formats of a release come to the same names."""
    taken = _Taken()
    for task in tasks:
        stem, suffix = _parted(task.external_id)
        safe = _safe(stem)
        # A name that had to be changed always tells itself apart, so that it does not hang on the order of tasks.
        if safe != stem or not taken.add(safe):
            safe = _told_apart(safe, task.external_id, taken)
        yield task, Name(safe, f"{safe}.{suffix}")


def _told_apart(safe: str, external_id: str, taken: _Taken) -> str:
    """Return the name with a digest of the external id; somebody may have foreseen the first."""
    for turn in range(N_TURNS):
        name = f"{safe}-{_digest(external_id, turn)}"
        if taken.add(name):
            return name
    return f"{safe}-{_digest(external_id, N_TURNS)}"


def _parted(external_id: str) -> tuple[str, str]:
    stem, dot, suffix = external_id.rpartition(".")
    if dot and stem and suffix.lower() in IMAGE_SUFFIXES:
        return stem, suffix
    return external_id, "jpg"


def _safe(stem: str) -> str:
    """Return letters, digits, `_`, `-` and `.`, beginning with one of the first three; the same text where it is so."""
    if _PLAIN.fullmatch(stem) and len(stem) <= MAX_LENGTH and stem[-1] != "." and not _RESERVED.match(stem):
        return stem
    text = "".join(
        sign if sign.isalnum() or sign in "_-." else "_" for sign in unicodedata.normalize("NFC", stem)[:MAX_LENGTH]
    )
    text = text.lstrip(".-").rstrip(".")
    if len(text.encode()) > 2 * MAX_LENGTH:
        text = text[: MAX_LENGTH // 2]
    if not text or _RESERVED.match(text):
        return f"_{text}"
    return text


def _digest(text: str, turn: int) -> str:
    return hashlib.sha256(b"%d" % turn + text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


class _Taken:
    """Remembers names in a fixed amount of memory; now and then takes a new one for known, which does no harm.

    Source: Bloom 1970, doi:10.1145/362686.362692.
    """

    def __init__(self) -> None:
        self._bits = bytearray(_N_BITS // 8)

    def add(self, name: str) -> bool:
        """Remember a name, whatever its capitals; return whether it is new."""
        places = hashlib.blake2b(name.casefold().encode("utf-8", "surrogatepass"), digest_size=16).digest()
        is_new = False
        for start in range(0, 16, 4):
            place = int.from_bytes(places[start : start + 4], "little") % _N_BITS
            if not self._bits[place >> 3] & (1 << (place & 7)):
                self._bits[place >> 3] |= 1 << (place & 7)
                is_new = True
        return is_new
