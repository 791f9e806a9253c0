"""A JPEG that needs nothing but to lose its metadata: kept as it is coded, and decoded once to see that it is whole."""

import io
import os
from collections.abc import Generator
from contextlib import suppress
from typing import Any

from PIL import Image, ImageChops, ImageCms

from labeling.core.imaging.jpeg import PlainJpeg, strip_jpeg
from labeling.core.imaging.measures import SIDE

# How far a profile may turn a colour, of 255, and still be called sRGB.
_INVISIBLE = 2
_STEPS = range(0, 256, 51)
_CHART = Image.new("RGB", (len(_STEPS) ** 3, 1))
_CHART.putdata([(red, green, blue) for red in _STEPS for green in _STEPS for blue in _STEPS])


def stripped(image: Image.Image, data: bytes) -> tuple[bytes, Image.Image] | None:
    """Return an upright JPEG in sRGB without metadata, and its pixels at half size or less where it is large.

    Nothing is returned for what has to be encoded anew: other profiles, files that are not plain, bytes that hide
    behind the pixels, and what cannot be decoded.
    """
    if image.mode not in {"RGB", "L"} or not _is_srgb(image.info.get("icc_profile")):
        return None
    plain = strip_jpeg(data)
    if plain is None:
        return None
    # What is decoded is the very file that is kept.
    kept = Image.open(io.BytesIO(plain.content), formats=("JPEG",))
    if (kept.mode, kept.size) != (image.mode, image.size):
        return None
    kept.draft(kept.mode, (SIDE, SIDE))  # all that is coded is read, and summed up on the way
    try:
        return (plain.content, kept) if _ends_with_its_pixels(kept, plain) else None
    except (OSError, SyntaxError, ValueError):
        return None


def _is_srgb(profile: Any) -> bool:
    """Return whether a profile changes no colour visibly, whatever it calls itself; without one, sRGB is meant."""
    if not profile:
        return True
    with suppress(ImageCms.PyCMSError, OSError, ValueError):
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        turned = ImageCms.profileToProfile(_CHART, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        if turned is not None:
            changes = ImageChops.difference(_CHART, turned).getextrema()
            return all(most <= _INVISIBLE for _, most in changes)  # type: ignore[misc] # a pair for each band
    return False


def _ends_with_its_pixels(image: Image.Image, plain: PlainJpeg) -> bool:
    """Decode, and return whether the last row needs the last coded byte; else something lies behind the pixels."""
    row = (0, image.height - 1, image.width, image.height)
    mark = Image.frombytes(image.mode, (image.width, 1), os.urandom(len(image.mode) * image.width))
    is_untouched = []

    def pieces() -> Generator[bytes]:
        image.im.paste(mark.im, row)
        yield plain.content[: plain.last_coded]
        is_untouched.append(ImageChops.difference(_wrapped(image.im.crop(row), mark), mark).getbbox() is None)
        yield plain.content[plain.last_coded :]

    feed = pieces()
    image.load_read = lambda _: next(feed, b"")  # type: ignore[attr-defined] # how a plugin gives the decoder its data
    try:
        image.load()
    finally:
        feed.close()
        del image.load_read  # type: ignore[attr-defined] # else image and feed keep each other, and the file, alive
    return is_untouched == [True]


def _wrapped(core: Any, like: Image.Image) -> Image.Image:
    return like._new(core)
