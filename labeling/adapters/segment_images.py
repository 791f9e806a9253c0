"""PNG images whose colours are numbers, of annotations made elsewhere; pictures of people's come through `images`."""

import io
import warnings

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from labeling.core.imports.base import MAX_MASK_PIXELS, ItemRefused

_MODES = ("RGB", "RGBA", "L", "P", "1")
_DEEP = "I;16"


def decode_segments(content: bytes) -> NDArray[np.uint8]:
    """Return the (height, width, 3) pixels of a PNG; of a grey of 16 bits red is the lower half, green the upper.

    Raises
    ------
    ItemRefused
        It is none, is damaged, or has more pixels than masks are read of.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of many pixels: they are counted here, before any is decoded
            with Image.open(io.BytesIO(content), formats=("PNG",)) as image:
                if image.width * image.height > MAX_MASK_PIXELS:
                    raise ItemRefused("image_too_large", f"Masks are read of at most {MAX_MASK_PIXELS} pixels.")
                if image.mode == _DEEP:
                    return _halves(np.asarray(image))
                if image.mode not in _MODES:
                    raise ItemRefused("no_png", "The PNG has other colours than eight bits of red, green and blue.")
                return np.asarray(image.convert("RGB"))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise ItemRefused("no_png", "The image is no PNG, or is damaged.") from None


def _halves(grey: NDArray[np.uint16]) -> NDArray[np.uint8]:
    return np.stack([grey & 0xFF, grey >> 8, np.zeros_like(grey)], axis=2).astype(np.uint8)
