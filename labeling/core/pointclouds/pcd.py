"""PCD, version 0.7: ASCII, binary, and binary compressed (LZF, column by column).

Source: https://pointclouds.org/documentation/tutorials/pcd_file_format.html
"""

import numpy as np

from labeling.core.pointclouds.base import PointCloud, PointCloudFault
from labeling.core.pointclouds.tables import Column, check_rows, read_packed, read_text

_MAX_HEADER_BYTES = 16_384
_MAX_UNPACKED_BYTES = 512 * 1024 * 1024
_TYPES = {
    ("F", 4): "<f4",
    ("F", 8): "<f8",
    ("U", 1): "u1",
    ("U", 2): "<u2",
    ("U", 4): "<u4",
    ("U", 8): "<u8",
    ("I", 1): "i1",
    ("I", 2): "<i2",
    ("I", 4): "<i4",
    ("I", 8): "<i8",
}


def read_pcd(data: bytes) -> PointCloud:
    """Return the cloud of a `.pcd` file."""
    header, start = _header(data)
    columns = _columns(header)
    n_rows = _number(header, "points") if "points" in header else _number(header, "width") * _number(header, "height")
    check_rows(n_rows, columns)
    match header["data"]:
        case ["ascii"]:
            return read_text(data[start:], columns, n_rows=n_rows)
        case ["binary"]:
            return read_packed(data, columns, n_rows=n_rows, offset=start)
        case ["binary_compressed"]:
            return read_packed(_rows(_unpacked(data, start), columns, n_rows), columns, n_rows=n_rows)
        case _:
            raise PointCloudFault("DATA is ascii, binary or binary_compressed.")


def _header(data: bytes) -> tuple[dict[str, list[str]], int]:
    header: dict[str, list[str]] = {}
    at = 0
    while "data" not in header:
        end = data.find(b"\n", at, _MAX_HEADER_BYTES)
        if end < 0:
            raise PointCloudFault("The header does not end.")
        words = data[at:end].decode("ascii", errors="replace").split()
        at = end + 1
        if words and not words[0].startswith("#"):
            header[words[0].lower()] = words[1:]
    return header, at


def _columns(header: dict[str, list[str]]) -> list[Column]:
    names = [name.lower() for name in header.get("fields", [])]
    sizes, types = header.get("size", []), header.get("type", [])
    counts = header.get("count", ["1"] * len(names))
    if not (len(names) == len(sizes) == len(types) == len(counts)):
        raise PointCloudFault("FIELDS, SIZE, TYPE and COUNT have different lengths.")
    return [
        Column(name, _dtype(kind, size), _count(count))
        for name, size, kind, count in zip(names, sizes, types, counts, strict=True)
    ]


def _dtype(kind: str, size: str) -> str:
    found = _TYPES.get((kind.upper(), int(size) if size.isdigit() and len(size) < 3 else 0))
    if found is None:
        raise PointCloudFault("TYPE is F, U or I, and SIZE 1, 2, 4 or 8.")
    return found


def _count(text: str) -> int:
    if not (text.isdigit() and len(text) <= 4 and int(text) > 0):
        raise PointCloudFault("COUNT is a number above 0.")
    return int(text)


def _number(header: dict[str, list[str]], name: str) -> int:
    words = header.get(name, [])
    if len(words) != 1 or not words[0].isdigit() or len(words[0]) > 12:
        raise PointCloudFault(f"{name.upper()} is a number.")
    return int(words[0])


def _unpacked(data: bytes, start: int) -> bytes:
    if start + 8 > len(data):
        raise PointCloudFault("The file ends before its points.")
    n_packed, n_bytes = (int.from_bytes(data[at : at + 4], "little") for at in (start, start + 4))
    if n_bytes > _MAX_UNPACKED_BYTES or start + 8 + n_packed > len(data):
        raise PointCloudFault("The compressed points are cut off or too large.")
    return unpack_lzf(data[start + 8 : start + 8 + n_packed], n_bytes)


def unpack_lzf(data: bytes, n_bytes: int) -> bytes:
    """Return what LZF packed into `n_bytes` bytes: runs of bytes, and runs repeated from up to 8 KiB before."""
    out = bytearray()
    at, end = 0, len(data)
    try:
        while at < end and len(out) <= n_bytes:
            control = data[at]
            at += 1
            if control < 32:
                if at + control >= end:
                    raise IndexError
                out += data[at : at + control + 1]
                at += control + 1
                continue
            length = control >> 5
            if length == 7:
                length += data[at]
                at += 1
            back = (control & 31) << 8 | data[at]
            at += 1
            _repeat(out, back + 1, length + 2)
    except IndexError:
        raise PointCloudFault("The compressed points are damaged.") from None
    if len(out) != n_bytes:
        raise PointCloudFault("The compressed points are damaged.")
    return bytes(out)


def _repeat(out: bytearray, back: int, length: int) -> None:
    start = len(out) - back
    if start < 0:
        raise IndexError
    piece = out[start : start + length]
    while len(piece) < length:  # a run that repeats itself
        piece += piece[: length - len(piece)]
    out += piece


def _rows(packed: bytes, columns: list[Column], n_rows: int) -> bytes:
    """Return rows of what stands column by column."""
    widths = [np.dtype(column.dtype).itemsize * column.count for column in columns]
    if len(packed) < n_rows * sum(widths):
        raise PointCloudFault(f"The file says {n_rows} points and ends before.")
    parts, at = [], 0
    for width in widths:
        parts.append(np.frombuffer(packed, np.uint8, count=n_rows * width, offset=at).reshape(n_rows, width))
        at += n_rows * width
    return np.hstack(parts).tobytes()
