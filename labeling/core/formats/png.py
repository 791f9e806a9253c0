"""PNG images of masks: whole numbers or colours as they are, without loss.

Source: ISO/IEC 15948, https://www.w3.org/TR/png/.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_GREY, _RGB, _PALETTE = 0, 2, 3
COMPRESSION = 4


def png(pixels: NDArray[Any], *, palette: Sequence[tuple[int, int, int]] | None = None) -> bytes:
    """Return a PNG of (height, width) whole numbers of 8 or 16 bits, or of (height, width, 3) colours of 8 bits.

    With a palette the numbers, of 8 bits, are places in it.
    """
    height, width = pixels.shape[:2]
    depth = 16 if pixels.dtype == np.uint16 else 8
    colours = _RGB if pixels.ndim == 3 else _GREY if palette is None else _PALETTE
    rows = np.ascontiguousarray(pixels.astype(">u2" if depth == 16 else np.uint8)).reshape(height, -1).view(np.uint8)
    filtered = np.zeros((height, rows.shape[1] + 1), dtype=np.uint8)  # each row begins with its filter, 0: none
    filtered[:, 1:] = rows
    head = struct.pack(">2L5B", width, height, depth, colours, 0, 0, 0)
    chunks = [_chunk(b"IHDR", head)]
    if palette is not None:
        chunks.append(_chunk(b"PLTE", bytes(part for colour in palette for part in colour)))
    chunks += [_chunk(b"IDAT", zlib.compress(filtered.data, COMPRESSION)), _chunk(b"IEND", b"")]
    return _SIGNATURE + b"".join(chunks)


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">L", len(content)) + name + content + struct.pack(">L", zlib.crc32(name + content))
