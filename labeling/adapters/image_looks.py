"""What is read off a decoded image, once: its thumbnail, its measures, and the hashes by which copies are found."""

import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from labeling.core.imaging.hashes import DHASH_SHAPE, PHASH_SHAPE, dhash, phash
from labeling.core.imaging.measures import SIDE, count_regions, measure, rms_error

_REGION_SIDE = 64
_N_COLOURS = 16
_QUALITY = 75


@dataclass(frozen=True)
class Looks:
    """A thumbnail as JPEG, and numbers: the fields of `AssetFeatures` by name."""

    thumbnail: bytes
    features: dict[str, float | int]


def describe(image: Image.Image, *, megapixels: float) -> Looks:
    """Look at an upright image in sRGB, whole or already reduced; `megapixels` are those of the original."""
    small = _small(image)
    grey = small.convert("L")
    thumbnail = _jpeg(small)
    with Image.open(io.BytesIO(thumbnail)) as coded:
        error = rms_error(np.asarray(small), np.asarray(coded.convert("RGB")))
    features: dict[str, float | int] = {
        **measure(np.asarray(small), np.asarray(grey)),
        "jpeg_bits_per_pixel": 8 * len(thumbnail) / (small.width * small.height),
        "jpeg_rms_error": error,
        "n_regions": _n_regions(small),
        "megapixels": megapixels,
        **_hashes(grey),
    }
    return Looks(thumbnail=thumbnail, features=features)


def _small(image: Image.Image) -> Image.Image:
    """Return an RGB version of at most 512 pixels a side."""
    shown = _shown(image)
    scale = max(shown.width, shown.height) / SIDE
    if scale > 1:
        size = max(1, round(shown.width / scale)), max(1, round(shown.height / scale))
        shown = shown.resize(size, Image.Resampling.BOX, reducing_gap=2.0)
    if shown.mode == "RGBA":  # what is behind a transparent picture is a white page
        page = Image.new("RGBA", shown.size, "white")
        page.alpha_composite(shown)
        shown = page
    return shown.convert("RGB")


def _shown(image: Image.Image) -> Image.Image:
    """Return what a screen shows, in a mode that can be scaled."""
    if image.mode.startswith(("I", "F")):  # 16 bits, of which a screen shows the upper half
        return Image.fromarray((np.asarray(image).astype(np.int64) >> 8).clip(0, 255).astype(np.uint8))
    if image.mode in {"P", "PA", "LA", "RGBA"} or "transparency" in image.info:
        return image.convert("RGBA")
    return image if image.mode == "L" else image.convert("RGB")


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=_QUALITY)
    return out.getvalue()


def _n_regions(image: Image.Image) -> int:
    tiny = image.resize((_REGION_SIDE, _REGION_SIDE), Image.Resampling.BOX)
    return count_regions(np.asarray(tiny.quantize(_N_COLOURS, Image.Quantize.FASTOCTREE)))


def _hashes(grey: Image.Image) -> dict[str, float | int]:
    """Return the hashes, and those of the mirror image."""
    few, more = (_shrunk(grey, shape) for shape in (DHASH_SHAPE, PHASH_SHAPE))
    return {
        "dhash": dhash(few),
        "dhash_mirrored": dhash(few[:, ::-1]),
        "phash": phash(more),
        "phash_mirrored": phash(more[:, ::-1]),
    }


def _shrunk(grey: Image.Image, shape: tuple[int, int]) -> NDArray[np.uint8]:
    return np.asarray(grey.resize((shape[1], shape[0]), Image.Resampling.BOX))
