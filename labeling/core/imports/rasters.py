"""Areas as COCO's run lengths: column by column, background first."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from labeling.core.annotations.masks import MAX_RUNS
from labeling.core.imports.base import MAX_MASK_PIXELS, ItemRefused, Size

# Places where the outlines of one area cross the middles of columns: what filling it costs.
MAX_CROSSINGS = 4_000_000
COLUMNS_AT_ONCE = 256

Runs = NDArray[np.int64]  # (n, 2) first pixel and the one after the last, numbered column by column


def check_size(size: Size) -> None:
    """Refuse images that masks are not drawn for."""
    if size.width * size.height > MAX_MASK_PIXELS:
        raise ItemRefused("image_too_large", f"Masks are read of images of at most {MAX_MASK_PIXELS} pixels.")


def filled(parts: Sequence[Sequence[Sequence[Sequence[float]]]], size: Size) -> dict[str, Any]:
    """Return the mask of the pixels whose middles lie in some part: rings, of which those after the first are holes."""
    check_size(size)
    return mask_of_runs(np.concatenate([_runs_of_part(part, size) for part in parts] or [_none()]), size)


def mask_of_runs(runs: Runs, size: Size) -> dict[str, Any]:
    """Return the mask of what any of the runs covers."""
    n_pixels = size.width * size.height
    steps = np.concatenate([runs[:, 0], runs[:, 1]])
    signs = np.repeat([1, -1], len(runs))
    places, inverse = np.unique(steps, return_inverse=True)
    covered = np.cumsum(np.bincount(inverse, weights=signs, minlength=len(places)).astype(np.int64)) > 0
    changes = places[np.flatnonzero(np.diff(np.concatenate([[False], covered])))]
    counts: list[int] = np.diff(np.concatenate([[0], changes, [n_pixels]])).tolist()
    if len(counts) > 1 and counts[-1] == 0:
        counts.pop()
    return {"size": [size.height, size.width], "counts": counts}


def mask_of_window(pixels: NDArray[np.bool_], *, left: int, top: int, size: Size) -> dict[str, Any]:
    """Return the mask of a (height, width) piece of an image; what lies outside the image is cut off."""
    rows, columns = max(0, -top), max(0, -left)
    inside = pixels[rows : max(rows, size.height - top), columns : max(columns, size.width - left)]
    found, n_found = [_none()], 0
    # Runs of neighbouring columns may join, one a column.
    most = MAX_RUNS // 2 + size.width
    # Some columns at a time: all of a large image would take many times its pixels.
    for start in range(0, inside.shape[1], COLUMNS_AT_ONCE):
        some = inside[:, start : start + COLUMNS_AT_ONCE]
        padded = np.zeros((some.shape[1], some.shape[0] + 2), dtype=np.int8)
        padded[:, 1:-1] = some.T
        steps = np.diff(padded, axis=1)
        column, first = np.nonzero(steps == 1)
        n_found += len(first)
        if n_found > most:
            raise ItemRefused("too_many", f"The mask has more than {MAX_RUNS} runs.")
        _, after = np.nonzero(steps == -1)
        base = (column + start + left + columns) * size.height + top + rows
        found.append(np.stack([base + first, base + after], axis=1))
    return mask_of_runs(np.concatenate(found), size)


def window_of_runs(runs: Sequence[int], *, height: int, width: int) -> NDArray[np.bool_]:
    """Return the (height, width) pixels of row-major run lengths, background first."""
    if height * width > MAX_MASK_PIXELS or len(runs) > MAX_CROSSINGS:
        raise ItemRefused("image_too_large", f"Masks are read of images of at most {MAX_MASK_PIXELS} pixels.")
    lengths = np.array(runs, dtype=np.int64)
    if (lengths < 0).any() or (lengths > MAX_MASK_PIXELS).any() or lengths.sum() != height * width:
        raise ItemRefused("runs_do_not_fill", f"The run lengths do not add up to {width} x {height} pixels.")
    values = np.arange(len(lengths)) % 2 == 1
    return np.repeat(values, lengths).reshape(height, width)


def _runs_of_part(rings: Sequence[Sequence[Sequence[float]]], size: Size) -> Runs:
    """Return where columns lie inside, by the even-odd rule on the middles of pixels."""
    if not rings:
        return _none()
    starts, ends = [], []
    for ring in rings:
        corners = np.array(ring, dtype=np.float64).reshape(-1, 2)
        if (np.abs(corners) > 1e7).any():
            raise ItemRefused("outside", "A corner of the outline is far outside the image.")
        starts.append(corners)
        ends.append(np.roll(corners, -1, axis=0))
    column, height = _crossings(np.concatenate(starts), np.concatenate(ends), size)
    order = np.lexsort((height, column))
    # Each column is crossed an even number of times: pairs are where it enters and leaves.
    column, height = column[order], height[order]
    rows = np.clip(np.ceil(height - 0.5), 0, size.height).astype(np.int64)
    pixels = column * size.height + rows
    return pixels.reshape(-1, 2)


def _crossings(start: NDArray[np.float64], end: NDArray[np.float64], size: Size) -> tuple[Runs, NDArray[np.float64]]:
    """Return each column whose middle an edge crosses, and at what height."""
    left, right = np.minimum(start[:, 0], end[:, 0]), np.maximum(start[:, 0], end[:, 0])
    first = np.clip(np.ceil(left - 0.5), 0, size.width).astype(np.int64)
    after = np.clip(np.ceil(right - 0.5), 0, size.width).astype(np.int64)
    n_columns = after - first
    if n_columns.sum() > MAX_CROSSINGS:
        raise ItemRefused("too_many", "The outline is too intricate to be filled.")
    edge = np.repeat(np.arange(len(start)), n_columns)
    column = np.arange(len(edge)) - np.repeat(np.cumsum(n_columns) - n_columns, n_columns) + first[edge]
    run = end[edge, 0] - start[edge, 0]
    height = start[edge, 1] + (column + 0.5 - start[edge, 0]) * (end[edge, 1] - start[edge, 1]) / run
    return column, height


def _none() -> Runs:
    return np.zeros((0, 2), dtype=np.int64)
