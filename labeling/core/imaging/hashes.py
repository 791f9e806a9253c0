"""Hashes of 64 bits that change little when a picture is scaled, recoded or brightened, and finding pairs by them."""

import numpy as np
from numpy.typing import NDArray

DHASH_SHAPE = (8, 9)
PHASH_SHAPE = (32, 32)
FAR = 255
_BLOCK_PAIRS = 4_000_000


def dhash(grey: NDArray[np.uint8]) -> int:
    """Return whether each pixel of an (8, 9) version is brighter than its left neighbour, as a signed 64-bit number."""
    return _packed(grey[:, 1:] > grey[:, :-1])


def phash(grey: NDArray[np.uint8]) -> int:
    """Return the signs of the 64 lowest frequencies of a (32, 32) version about their median."""
    low = _COSINES @ grey.astype(np.float64) @ _COSINES.T
    middle = np.median(low.ravel()[1:])  # the mean grey value, at 0, says nothing about the picture
    return _packed(low > middle)


def distances(one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return in how many bits hashes differ, (n_one, n_other)."""
    # Of a signed number the bits of its absolute value would be counted.
    differing: NDArray[np.uint8] = np.bitwise_count(one.view(np.uint64)[:, None] ^ other.view(np.uint64)[None, :])
    return differing


def nearest_before(
    hashes: NDArray[np.int64], known: NDArray[np.int64], places: NDArray[np.intp]
) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    """Return, of each hash, the distance to the nearest of `known[:place]` and which that is, the first where many are.

    Where the place is 0 the distance is 255. All are compared: about a nanosecond each, and neither trees nor bands of
    bits win much at 8 bits of 64.
    """
    nearest = np.full(len(hashes), FAR, dtype=np.uint8)
    which = np.zeros(len(hashes), dtype=np.intp)
    if not len(known):
        return nearest, which
    step = max(1, _BLOCK_PAIRS // len(known))
    order = np.arange(len(known))
    for start in range(0, len(hashes), step):
        block = slice(start, start + step)
        found = distances(hashes[block], known)
        found[order[None, :] >= places[block, None]] = FAR
        which[block] = found.argmin(axis=1)
        nearest[block] = found.min(axis=1)
    return nearest, which


def _packed(bits: NDArray[np.bool_]) -> int:
    return int.from_bytes(np.packbits(bits).tobytes(), "big", signed=True)


def _low_cosines(n: int, n_kept: int) -> NDArray[np.float64]:
    """Return the rows of the cosine transform (DCT-II) of the lowest frequencies."""
    frequency, place = np.arange(n_kept)[:, None], np.arange(n)[None, :]
    return np.cos(np.pi * frequency * (2 * place + 1) / (2 * n))


_COSINES = _low_cosines(PHASH_SHAPE[0], 8)
