"""COCO's run lengths of masks: their text, and what can be told from them without unpacking pixels.

Runs go column by column, background first. In the text each run but the first three is written as its difference from
the run two before, in groups of five bits, least first, with a bit for "more follows", from the sign `0` on.

Source: https://github.com/cocodataset/cocoapi, common/maskApi.h, of the form that is described there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Runs = NDArray[np.int64]
_GROUP_BITS = 5
_MAX_GROUPS = 12


def runs_of(mask: Mapping[str, Any]) -> Runs:
    """Return the run lengths of a mask, whichever way they are written.

    Raises
    ------
    ValueError
        They do not fill the image.
    """
    counts = mask["counts"]
    runs = _from_text(counts) if isinstance(counts, str) else np.asarray(counts, dtype=np.int64)
    height, width = mask["size"]
    if (runs < 0).any() or int(runs.sum()) != height * width:
        raise ValueError("the runs do not fill the image")
    return runs


def text_of(runs: Sequence[int] | Runs) -> str:
    """Return run lengths as compressed text."""
    numbers = np.asarray(runs, dtype=np.int64).copy()
    numbers[3:] -= np.asarray(runs, dtype=np.int64)[1:-2]
    signs = bytearray()
    for number in numbers.tolist():
        rest, more = number, True
        while more:
            group = rest & 0x1F
            rest >>= _GROUP_BITS
            more = rest != -1 if group & 0x10 else rest != 0
            signs.append(48 + group + (0x20 if more else 0))
    return signs.decode()


def _from_text(text: str) -> Runs:
    groups = np.frombuffer(text.encode(), dtype=np.uint8).astype(np.int64) - 48
    last = groups & 0x20 == 0
    if not len(groups):
        return np.zeros(0, dtype=np.int64)
    if (groups < 0).any() or (groups > 0x3F).any() or not last[-1]:
        raise ValueError("no run lengths")
    starts = np.concatenate([[0], np.flatnonzero(last)[:-1] + 1])
    place = np.arange(len(groups)) - np.repeat(starts, np.diff(np.append(starts, len(groups))))
    if place.max() >= _MAX_GROUPS:
        raise ValueError("a run is longer than any image")
    numbers = np.add.reduceat((groups & 0x1F) << (_GROUP_BITS * place), starts)
    ends = np.flatnonzero(last)
    negative = groups[ends] & 0x10 != 0
    numbers -= np.where(negative, np.int64(1) << (_GROUP_BITS * (place[ends] + 1)), 0)
    # From the fourth on, each adds to the one two before: two running sums, interlaced.
    runs = numbers.copy()
    for start in (1, 2):
        runs[start::2] = np.cumsum(numbers[start::2])
    return runs


def as_text(mask: Mapping[str, Any]) -> dict[str, Any]:
    """Return the mask with its run lengths as compressed text."""
    if isinstance(mask["counts"], str):
        return {"size": list(mask["size"]), "counts": mask["counts"]}
    return {"size": list(mask["size"]), "counts": text_of(mask["counts"])}


def mask_area(mask: Mapping[str, Any]) -> int:
    """Return the number of pixels."""
    return int(runs_of(mask)[1::2].sum())


def stretches(mask: Mapping[str, Any]) -> NDArray[np.int64]:
    """Return (n, 3) the stretches of a mask that lie in one column each: column, first row, row after the last."""
    height = mask["size"][0]
    bounds = np.cumsum(runs_of(mask))
    starts, ends = bounds[0 : 2 * (len(bounds) // 2) : 2], bounds[1::2]
    starts, ends = starts[starts < ends], ends[starts < ends]
    first, last = starts // height, (ends - 1) // height
    per_run = last - first + 1
    columns = np.repeat(first, per_run) + _within(per_run)
    top = np.maximum(np.repeat(starts, per_run) - columns * height, 0)
    bottom = np.minimum(np.repeat(ends, per_run) - columns * height, height)
    return np.stack([columns, top, bottom], axis=1)


def _within(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 0, 1, ..., n - 1 for each n, one after another."""
    total = int(counts.sum())
    places: NDArray[np.int64] = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
    return places


def mask_bounds(mask: Mapping[str, Any]) -> list[int]:
    """Return x1, y1, x2, y2 of the edges around the pixels; four times 0 where there are none."""
    columns, top, bottom = stretches(mask).T
    if not len(columns):
        return [0, 0, 0, 0]
    return [int(columns.min()), int(top.min()), int(columns.max()) + 1, int(bottom.max())]


def pixels_of(mask: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Return (height, width) whether each pixel belongs to the mask."""
    height, width = mask["size"]
    runs = runs_of(mask)
    flat = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    return np.ascontiguousarray(flat.reshape(width, height).T)


def mask_of(pixels: NDArray[Any]) -> dict[str, Any]:
    """Return the mask of (height, width) truth values."""
    height, width = pixels.shape
    flat = np.asarray(pixels, dtype=bool).T.ravel()
    edges = np.flatnonzero(np.diff(flat)) + 1
    runs = np.diff(np.concatenate([[0], edges, [flat.size]]))
    if flat.size and flat[0]:
        runs = np.concatenate([[0], runs])
    return {"size": [height, width], "counts": text_of(runs)}


def mask_outlines(mask: Mapping[str, Any]) -> list[list[list[list[float]]]]:
    """Return the outlines of the mask's pixels as parts of rings, along the edges of pixels and without loss."""
    columns, top, bottom = stretches(mask).T
    if not len(columns):
        return []
    area = shapely.union_all(shapely.box(columns, top, columns + 1, bottom))
    parts = [part for part in shapely.get_parts(area) if isinstance(part, shapely.Polygon)]
    return [[_ring(ring) for ring in (part.exterior, *part.interiors)] for part in parts]


def _ring(ring: Any) -> list[list[float]]:
    corners: list[list[float]] = np.asarray(ring.simplify(0).coords)[:-1, :2].tolist()
    return corners
