"""PLY: the vertices of an ASCII or binary file, which come first.

Source: Turk, The PLY Polygon File Format, 1994.
"""

from labeling.core.pointclouds.base import PointCloud, PointCloudFault
from labeling.core.pointclouds.tables import Column, check_rows, read_packed, read_text

_MAX_HEADER_BYTES = 65_536
_TYPES = {
    **dict.fromkeys(("char", "int8"), "i1"),
    **dict.fromkeys(("uchar", "uint8"), "u1"),
    **dict.fromkeys(("short", "int16"), "i2"),
    **dict.fromkeys(("ushort", "uint16"), "u2"),
    **dict.fromkeys(("int", "int32"), "i4"),
    **dict.fromkeys(("uint", "uint32"), "u4"),
    **dict.fromkeys(("float", "float32"), "f4"),
    **dict.fromkeys(("double", "float64"), "f8"),
}
_ORDERS = {"binary_little_endian": "<", "binary_big_endian": ">"}


def read_ply(data: bytes) -> PointCloud:
    """Return the cloud of a `.ply` file."""
    lines, start = _header(data)
    form = next((words[1] for words in lines if words[0] == "format" and len(words) == 3), "")
    n_rows, properties = _vertices(lines)
    order = _ORDERS.get(form, "")
    columns = [_column(words, order) for words in properties]
    check_rows(n_rows, columns)
    if form == "ascii":
        return read_text(data[start:], columns, n_rows=n_rows)
    if not order:
        raise PointCloudFault("The format is ascii, binary_little_endian or binary_big_endian.")
    return read_packed(data, columns, n_rows=n_rows, offset=start)


def _header(data: bytes) -> tuple[list[list[str]], int]:
    end = data.find(b"end_header", 0, _MAX_HEADER_BYTES)
    newline = data.find(b"\n", end, end + 16)
    if end < 0 or newline < 0:
        raise PointCloudFault("The header does not end.")
    lines = [line.split() for line in data[:end].decode("ascii", errors="replace").splitlines()]
    return [words for words in lines if words], newline + 1


def _vertices(lines: list[list[str]]) -> tuple[int, list[list[str]]]:
    """Return how many vertices there are, and the properties of each."""
    elements = [i for i, words in enumerate(lines) if words[0] == "element"]
    if not elements or len(lines[elements[0]]) != 3 or lines[elements[0]][1] != "vertex":
        raise PointCloudFault("The first element is vertex.")
    count = lines[elements[0]][2]
    if not count.isdigit() or len(count) > 12:
        raise PointCloudFault("The number of vertices is a number.")
    last = elements[1] if len(elements) > 1 else len(lines)
    return int(count), [words for words in lines[elements[0] + 1 : last] if words[0] == "property"]


def _column(words: list[str], order: str) -> Column:
    if len(words) != 3 or words[1] not in _TYPES:
        raise PointCloudFault("A vertex has numbers only, and no lists.")
    dtype = _TYPES[words[1]]
    return Column(words[2].lower(), dtype if dtype.endswith("1") else f"{order or '<'}{dtype}")
