"""The process that decodes images: a program of its own, with bounded memory, that ends when its input does.

It imports nothing of the project but pure functions, so that what a hostile image may take over holds no secret.
Frames both ways: 4 bytes length of a JSON head, the head, and `n_bytes` of content.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from PIL import Image

from labeling.adapters.image_decoding import BROKEN, Refused, decode

MEMORY_BYTES = 1536 * 1024 * 1024
CPU_S = 30
# Beyond this the allocator keeps what a large image took; a fresh process is cheaper.
_RETIRE_AT_KIB = 400 * 1024


def read_frame(stream: IO[bytes]) -> tuple[dict[str, Any], bytes] | None:
    """Read a frame, or nothing at the end of the stream."""
    size = stream.read(4)
    if len(size) < 4:
        return None
    head: dict[str, Any] = json.loads(stream.read(int.from_bytes(size, "big")))
    content = stream.read(head["n_bytes"])
    return (head, content) if len(content) == head["n_bytes"] else None


def write_frame(stream: IO[bytes], head: dict[str, Any], content: bytes) -> None:
    """Write a frame."""
    encoded = json.dumps({**head, "n_bytes": len(content)}).encode()
    stream.write(len(encoded).to_bytes(4, "big") + encoded)
    stream.write(content)
    stream.flush()


def _answer(head: dict[str, Any], data: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        decoded = decode(data, head["max_pixels"])
    except Refused as error:
        return {"error": str(error)}, b""
    except (MemoryError, *BROKEN):
        return {"error": "undecodable_image"}, b""
    looks = decoded.looks
    head = {**decoded.head, "features": looks.features, "n_thumbnail_bytes": len(looks.thumbnail)}
    return head, decoded.content + looks.thumbnail


def _bound() -> None:
    """Give up what decoding does not need: memory, files, core dumps."""
    Image.MAX_IMAGE_PIXELS = None  # the caller's limit is compared instead
    for limit, value in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        with suppress(ValueError, OSError):  # not every system has every limit
            resource.setrlimit(limit, (value, value))


def _held_kib() -> int:
    """Return how much memory is held now; where the system does not say, the most that ever was."""
    with suppress(OSError, ValueError, IndexError):
        n_pages = int(Path("/proc/self/statm").read_text().split()[1])
        return n_pages * resource.getpagesize() // 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # of the parent's too, from before it began this program


def main() -> None:
    """Answer frames until the input ends or too much memory is held."""
    _bound()
    is_last = False
    while not is_last and (frame := read_frame(sys.stdin.buffer)) is not None:
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + CPU_S, hard))
        head, content = _answer(*frame)
        is_last = _held_kib() > _RETIRE_AT_KIB
        write_frame(sys.stdout.buffer, {**head, "last": is_last}, content)
