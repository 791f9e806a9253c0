"""Images as they are kept: upright, in sRGB and nothing but pixels."""

import io
import struct
import zlib
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageCms, JpegImagePlugin, UnidentifiedImageError

from labeling.adapters.image_looks import Looks, describe
from labeling.adapters.image_stripping import stripped

MAX_SIDE = 32_768
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
BROKEN = (OSError, SyntaxError, ValueError, EOFError, IndexError, KeyError, TypeError, struct.error, zlib.error)


class Refused(Exception):
    """The image is not taken; the argument is the code of the refusal."""


@dataclass(frozen=True)
class Decoded:
    """An image as it is kept, what it was, and how it looks."""

    content: bytes
    head: dict[str, Any]
    looks: Looks


def decode(data: bytes, max_pixels: int) -> Decoded:
    """Decode, turn upright, bring to sRGB and keep without anything but pixels.

    A plain upright JPEG in sRGB loses its metadata and is not encoded again; everything else is.
    """
    _check_size(_size_of_webp(data), max_pixels)
    with _open(data) as image:
        _check_size(image.size, max_pixels)
        # A JPEG of several pictures (depth, gain map) is its first; what moves is no still image.
        kind = "JPEG" if image.format == "MPO" else str(image.format)
        if kind != "JPEG" and getattr(image, "n_frames", 1) > 1:
            raise Refused("animated_image")
        plain = stripped(image, data) if kind == "JPEG" and _orientation(image) == 1 else None
        if plain is None:
            return _encoded_anew(image, data, kind)
        content, pixels = plain
        return Decoded(
            content=content,
            head=_head(kind, image.size, original=image.size, orientation=1),
            looks=describe(pixels, megapixels=_megapixels(image)),
        )


def _encoded_anew(image: Image.Image, data: bytes, kind: str) -> Decoded:
    _load(image, data, kind)
    orientation = _orientation(image)
    kind, options = _encoding(image, kind, data)
    upright = image.transpose(_TURNS[orientation]) if orientation in _TURNS else image
    kept = _to_srgb(upright, image.info.get("icc_profile"))
    looks = describe(kept, megapixels=_megapixels(image))
    head = _head(kind, kept.size, original=image.size, orientation=orientation)
    return Decoded(content=_encode(kept, kind, options), head=head, looks=looks)


def _head(kind: str, size: tuple[int, int], *, original: tuple[int, int], orientation: int) -> dict[str, Any]:
    return {
        "format": kind.lower(),
        "width": size[0],
        "height": size[1],
        "original_width": original[0],
        "original_height": original[1],
        "orientation": orientation,
    }


def _megapixels(image: Image.Image) -> float:
    return image.width * image.height / 1e6


def _check_size(size: tuple[int, int] | None, max_pixels: int) -> None:
    if size is not None and (size[0] * size[1] > max_pixels or max(size) > MAX_SIDE):
        raise Refused("too_many_pixels")


def _open(data: bytes) -> Image.Image:
    """Read the header only."""
    try:
        return Image.open(io.BytesIO(data), formats=_FORMATS)
    except UnidentifiedImageError:
        raise Refused("truncated_image" if _looks_known(data) else "unknown_image_format") from None
    except BROKEN:
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
    except BROKEN:
        raise Refused("truncated_image") from None


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, upright where the metadata is broken or says nonsense."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except BROKEN:
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
        with suppress(ImageCms.PyCMSError, *BROKEN):  # a broken profile says nothing about colour
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
