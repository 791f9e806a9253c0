"""Label Studio's run lengths of a brush: bits, most significant first, that unpack to RGBA, row by row.

Source: https://labelstud.io/guide/export (BrushLabels). 32 bits: how many values there are; 5 bits: one less than the
bits of a value; four times 4 bits: one less than the bits of a length. Then blocks: a bit that says whether one value
is repeated, 2 bits that choose the size of the length, the length less one, and the value or that many values.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labeling.core.imports.base import MAX_MASK_PIXELS, ItemRefused, Size

MAX_BLOCKS = 200_000
_CHANNELS = 4


def brush_pixels(packed: Any, size: Size) -> NDArray[np.bool_]:
    """Return the (height, width) pixels whose alpha is not nought."""
    if size.width * size.height * _CHANNELS > MAX_MASK_PIXELS * _CHANNELS:
        raise ItemRefused("image_too_large", f"Masks are read of images of at most {MAX_MASK_PIXELS} pixels.")
    bits = _Bits(_bytes(packed))
    n_values = bits.number(32)
    if n_values != size.width * size.height * _CHANNELS:
        raise ItemRefused("runs_do_not_fill", f"The brush does not unpack to {size.width} x {size.height} pixels.")
    value_bits = bits.number(5) + 1
    length_bits = [bits.number(4) + 1 for _ in range(4)]
    # Of each pixel's four values only the last is kept: alpha.
    alpha = np.zeros(size.width * size.height, dtype=bool)
    at, n_blocks = 0, 0
    while at < n_values:
        n_blocks += 1
        if n_blocks > MAX_BLOCKS:
            raise ItemRefused("too_many", "The brush is too intricate to be read.")
        repeated = bits.number(1)
        end = at + 1 + bits.number(length_bits[bits.number(2)])
        if end > n_values:
            raise ItemRefused("runs_do_not_fill", "The brush unpacks to more pixels than the image has.")
        pixels = slice(at // _CHANNELS, end // _CHANNELS)
        if repeated:
            alpha[pixels] = bits.number(value_bits) > 0
        else:
            first = pixels.start * _CHANNELS + _CHANNELS - 1 - at
            alpha[pixels] = bits.any_set(end - at, value_bits)[first::_CHANNELS]
        at = end
    return alpha.reshape(size.height, size.width)


def _bytes(packed: Any) -> NDArray[np.uint8]:
    if not isinstance(packed, list) or not all(type(each) is int and 0 <= each <= 255 for each in packed):
        raise ItemRefused("not_a_mask", "`rle` is a list of whole numbers from 0 to 255.")
    return np.array(packed, dtype=np.uint8)


class _Bits:
    """A row of bits that is read from its start."""

    def __init__(self, content: Sequence[int] | NDArray[np.uint8]) -> None:
        self._bits = np.unpackbits(np.asarray(content, dtype=np.uint8))
        self._at = 0

    def number(self, n_bits: int) -> int:
        """Take a number of so many bits."""
        return int("".join(map(str, self._take(n_bits).tolist())), 2)

    def any_set(self, n_values: int, n_bits: int) -> NDArray[np.bool_]:
        """Take so many numbers, and return (n_values,) which are not nought."""
        return np.asarray(self._take(n_values * n_bits).reshape(n_values, n_bits).any(axis=1))

    def _take(self, n_bits: int) -> NDArray[np.uint8]:
        taken = self._bits[self._at : self._at + n_bits]
        if len(taken) < n_bits:
            raise ItemRefused("runs_do_not_fill", "The brush is cut off.")
        self._at += n_bits
        return taken
