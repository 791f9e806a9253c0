"""Lines of a manifest, read with bounded memory from any place on."""

from collections.abc import Callable, Iterator
from typing import IO, Any

from labeling.core.ingesting import Entry, Item, Link, Reference, Refused
from labeling.core.manifests import MAX_LINE_BYTES, ManifestFault, header_of_csv, read_csv_line, read_json_line
from labeling.core.names import shown
from labeling.errors import BadManifest

_BOM = b"\xef\xbb\xbf"
_SHOWN_BYTES = 200
_REFUSED = "bad_line"


def manifest_entries(file: IO[bytes], *, n_bytes: int, after: dict[str, Any]) -> Iterator[Entry]:
    """Yield what each line states, after the place that the cursor of an entry names; empty lines state nothing.

    A first line that begins with `{` makes it JSON lines, and any other CSV with a header.

    Raises
    ------
    BadManifest
        It is empty, or the header of the CSV names no columns that are known.
    """
    read, ordinal = _reader(file)
    if after:
        file.seek(after["byte"])
        ordinal = after["line"]
    place = file.tell()
    while line := file.readline(MAX_LINE_BYTES + 1):
        ordinal += 1
        place += len(line)
        item: Item | None
        if len(line) > MAX_LINE_BYTES:
            place += _skip_line(file)
            item = Refused(_shown(line), _REFUSED, f"A line has at most {MAX_LINE_BYTES} bytes.")
        else:
            item = _stated(line, read)
        if item is not None:
            yield Entry(ordinal, item, {"byte": place, "line": ordinal}, place / n_bytes)


def _reader(file: IO[bytes]) -> tuple[Callable[[bytes], Reference | Link], int]:
    """Return how to read a line, and how many lines the header takes; the file then stands at the first line."""
    file.seek(0)
    first = file.readline(MAX_LINE_BYTES)
    start = len(_BOM) if first.startswith(_BOM) else 0
    if not first.strip():
        raise BadManifest("The manifest is empty, or begins with an empty line.")
    if first[start:].lstrip().startswith(b"{"):
        file.seek(start)
        return read_json_line, 0
    try:
        header = header_of_csv(first[start:])
    except ManifestFault as fault:
        raise BadManifest(str(fault)) from None
    return lambda line: read_csv_line(line, header), 1


def _stated(line: bytes, read: Callable[[bytes], Reference | Link]) -> Item | None:
    try:
        return read(line) if line.strip() else None
    except ManifestFault as fault:
        return Refused(_shown(line), _REFUSED, str(fault))


def _shown(line: bytes) -> str:
    return shown(line[:_SHOWN_BYTES].decode(errors="replace").strip())


def _skip_line(file: IO[bytes]) -> int:
    """Read to the end of the line, and return how many bytes that were."""
    n_bytes = 0
    while piece := file.readline(MAX_LINE_BYTES):
        n_bytes += len(piece)
        if piece.endswith(b"\n"):
            break
    return n_bytes
