"""The process that decodes images: a program of its own, with bounded memory, that ends when its input does.

Run by path and importing nothing of the project, so that what a hostile image may take over holds no secret.
Frames both ways: 4 bytes length of a JSON head, the head, and `n_bytes` of content.
"""

from __future__ import annotations

import io
import json
import resource
import struct
import sys
import time
import zlib
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

from PIL import Image, ImageCms, JpegImagePlugin, UnidentifiedImageError

MEMORY_BYTES = 1536 * 1024 * 1024
CPU_S = 30
MAX_SIDE = 32_768
# Beyond this the allocator keeps what a large image took; a fresh process is cheaper.
_RETIRE_AT_KIB = 400 * 1024
_FORMATS = ("JPEG", "PNG", "WEBP")
_LARGE_PIXELS = 8_000_000
_ORIENTATION = 0x0112
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# What Pillow raises on broken input, seen while feeding it such.
_BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error, zlib.error)


class Refused(Exception):
    """The image is not taken; the argument is the code of the refusal."""


@dataclass(frozen=True)
class Decoded:
    """An image as it is kept, and what it was."""

    content: bytes
    head: dict[str, Any]


def decode(data: bytes, max_pixels: int) -> Decoded:
    """Decode, turn upright, bring to sRGB and encode anew without anything but pixels."""
    _check_size(_size_of_webp(data), max_pixels)
    with _open(data) as image:
        _check_size(image.size, max_pixels)
        # A JPEG of several pictures (depth, gain map) is its first; what moves is no still image.
        kind = "JPEG" if image.format == "MPO" else str(image.format)
        if kind != "JPEG" and getattr(image, "n_frames", 1) > 1:
            raise Refused("animated_image")
        _load(image, data, kind)
        orientation = _orientation(image)
        width, height = image.size
        kind, options = _encoding(image, kind, data)
        upright = image.transpose(_TURNS[orientation]) if orientation in _TURNS else image
        content = _encode(_to_srgb(upright, image.info.get("icc_profile")), kind, options)
        head = {
            "format": kind.lower(),
            "width": upright.width,
            "height": upright.height,
            "original_width": width,
            "original_height": height,
            "orientation": orientation,
        }
        return Decoded(content=content, head=head)


def _check_size(size: tuple[int, int] | None, max_pixels: int) -> None:
    if size is not None and (size[0] * size[1] > max_pixels or max(size) > MAX_SIDE):
        raise Refused("too_many_pixels")


def _open(data: bytes) -> Image.Image:
    """Read the header only."""
    try:
        return Image.open(io.BytesIO(data), formats=_FORMATS)
    except UnidentifiedImageError:
        raise Refused("truncated_image" if _looks_known(data) else "unknown_image_format") from None
    except _BROKEN:
        raise Refused("truncated_image") from None


def _looks_known(data: bytes) -> bool:
    is_webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return is_webp or data.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))


def _load(image: Image.Image, data: bytes, kind: str) -> None:
    """Decode every pixel, and for PNG compare the checksums, which decoding alone does not."""
    try:
        if kind == "PNG":
            with Image.open(io.BytesIO(data), formats=("PNG",)) as again:
                again.verify()
        image.load()
    except _BROKEN:
        raise Refused("truncated_image") from None


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, upright where the metadata is broken or says nonsense."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except _BROKEN:
        return 1
    return value if value in _TURNS else 1


def _encoding(image: Image.Image, kind: str, data: bytes) -> tuple[str, dict[str, Any]]:
    """Return the format to keep and how to encode, with as little loss as the original had."""
    if kind == "WEBP" and b"VP8L" not in data[:64]:
        return kind, {"quality": 85, "method": 1}
    if kind != "JPEG":  # a lossless WebP becomes PNG: encoding it again takes a minute for a large one
        return "PNG", {"compress_level": 6 if image.width * image.height < _LARGE_PIXELS else 1}
    tables = getattr(image, "quantization", None)
    sampling = JpegImagePlugin.get_sampling(image)
    if image.mode == "RGB" and tables and sampling in {0, 1, 2}:
        return kind, {"qtables": list(tables.values()), "subsampling": sampling}
    if image.mode == "L" and tables:
        return kind, {"qtables": list(tables.values())}
    return kind, {"quality": 95, "subsampling": 0}


def _to_srgb(image: Image.Image, profile: Any) -> Image.Image:
    """Apply a colour profile and drop it: every screen then shows workers the same, and profiles carry text."""
    if image.mode == "P" and profile:
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    if profile and image.mode in {"RGB", "RGBA", "CMYK"}:
        target = "RGB" if image.mode == "CMYK" else image.mode
        with suppress(ImageCms.PyCMSError, *_BROKEN):  # a broken profile says nothing about colour
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            turned = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=target)
            image = turned or image
    return image.convert("RGB") if image.mode in {"CMYK", "YCbCr", "LAB", "HSV"} else image


def _encode(image: Image.Image, kind: str, options: dict[str, Any]) -> bytes:
    transparency = image.info.get("transparency") if kind == "PNG" else None
    image.info = {} if transparency is None else {"transparency": transparency}
    out = io.BytesIO()
    try:
        image.save(out, kind, **options)
    except ValueError:  # quantisation tables that no encoder takes
        out = io.BytesIO()
        image.save(out, kind)
    return out.getvalue()


def _size_of_webp(data: bytes) -> tuple[int, int] | None:
    """Read the canvas of a WebP: its decoder allocates it on opening, before anybody could ask for the size."""
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        return None
    kind, body = data[12:16], data[20:30]
    if len(body) < 10:
        raise Refused("truncated_image")
    if kind == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", body[6:10])
        return width & 0x3FFF, height & 0x3FFF
    raise Refused("truncated_image")


# --- the loop -------------------------------------------------------------------------------------------------------
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
    except (MemoryError, *_BROKEN):
        return {"error": "undecodable_image"}, b""
    return decoded.head, decoded.content


def _bound() -> None:
    """Give up what decoding does not need: memory, files, core dumps."""
    Image.MAX_IMAGE_PIXELS = None  # the caller's limit is compared instead
    for limit, value in ((resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)):
        with suppress(ValueError, OSError):  # not every system has every limit
            resource.setrlimit(limit, (value, value))


def main() -> None:
    """Answer frames until the input ends or too much memory is held."""
    _bound()
    is_last = False
    while not is_last and (frame := read_frame(sys.stdin.buffer)) is not None:
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + CPU_S, hard))
        head, content = _answer(*frame)
        is_last = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > _RETIRE_AT_KIB
        write_frame(sys.stdout.buffer, {**head, "last": is_last}, content)


if __name__ == "__main__":
    main()
