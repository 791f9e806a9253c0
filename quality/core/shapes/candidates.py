"""Which pairs of shapes can be alike at all: those whose bounds meet, found without looking at every pair."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.spatial import cKDTree

from quality.core.labels import FloatArray, IntArray

# Pairs looked at in one go, which bounds the memory.
CHUNK = 2_000_000
MAX_STRIPS = 1_000_000
# Up to this many shapes, looking at every pair is quicker than sorting them.
SMALL = 100
# Where shapes meet more others than this on average, nobody could tell objects apart, but one answer of thousands of
# shapes on one spot would take minutes: only the nearest few of each are looked at.
CROWDED = 200
NEAREST_OF_CROWD = 16


def meeting_pairs(bounds: FloatArray, part: IntArray, *, worker: IntArray | None = None) -> tuple[IntArray, IntArray]:
    """Return pairs (i < j) of one part whose bounds meet, sorted.

    Parameters
    ----------
    bounds : (n, 4) finite x1, y1, x2, y2.
    part : (n,) such as the task's number: shapes of different parts are never paired.
    worker : (n,) who drew each, with a number of its own in each part; by default everybody drew one.

    Notes
    -----
    The plane is cut into horizontal strips about as high as a shape, every shape is listed in each strip it touches,
    and each strip is swept along x. Cost grows with the shapes and with the pairs that are near each other. Where more
    than `CROWDED` a shape are, each is paired with its nearest of each worker by corners, and where shapes of a worker
    lie on one spot, with that of the same place in the answer.
    """
    if len(bounds) <= SMALL:
        return _among_few(bounds, part)
    shape, strip, first_strip = _strips(bounds)
    # Ranks are exact integers: sums of large coordinates with offsets would lose the small ones.
    rank = np.unique(bounds[:, [0, 2]], return_inverse=True)[1].reshape(-1, 2)
    # Numbers of parts and strips are small, so that one number holds both; comparing rows would take far longer.
    lane = np.unique(part[shape] * (strip.max() + 1) + strip, return_inverse=True)[1]
    begins = lane * (rank.max() + 2) + rank[shape, 0]
    order = np.argsort(begins, kind="stable")
    shape, strip, lane, begins = shape[order], strip[order], lane[order], begins[order]
    reach = np.searchsorted(begins, lane * (rank.max() + 2) + rank[shape, 1], side="right")
    n_after = reach - np.arange(len(shape)) - 1
    if n_after.sum() > CROWDED * len(bounds):
        return _nearest_pairs(bounds, part, np.arange(len(bounds)) if worker is None else worker)
    found = []
    for left, right in _expanded(n_after):
        one, other = shape[left], shape[right]
        meet = (bounds[one, 1] <= bounds[other, 3]) & (bounds[other, 1] <= bounds[one, 3])
        # A pair that meets in several strips counts in the uppermost one that both touch.
        meet &= strip[left] == np.maximum(first_strip[one], first_strip[other])
        found.append(np.stack([np.minimum(one, other)[meet], np.maximum(one, other)[meet]]))
    low, high = np.concatenate(found, axis=1) if found else np.zeros((2, 0), dtype=np.int64)
    pairs = np.sort(low * len(bounds) + high)
    return pairs // len(bounds), pairs % len(bounds)


def _nearest_pairs(bounds: FloatArray, part: IntArray, worker: IntArray) -> tuple[IntArray, IntArray]:
    """Return the pairs that meet among each shape and the nearest of each worker, by the distance of corners."""
    span = max(float(np.ptp(bounds)), 1.0)
    # Parts lie too far from each other to be neighbours before all of the own part are; and shapes on one spot are set
    # apart by less than matters, as a tree cannot divide equal points.
    rank = _ranks(worker)
    apart = 1e-6 * span * rank / max(int(rank.max()), 1)
    points = np.column_stack([bounds, part * 10.0 * span, apart])
    n_neighbours = min(NEAREST_OF_CROWD + 1, len(bounds))
    other = np.asarray(cKDTree(points).query(points, k=n_neighbours)[1], dtype=np.int64)
    one = np.repeat(np.arange(len(bounds)), n_neighbours)
    other = other.reshape(-1)
    # Neighbours come by distance: of each worker the first is the nearest.
    nearest = np.zeros(len(one), dtype=bool)
    nearest[np.unique(np.stack([one, worker[other]], axis=1), axis=0, return_index=True)[1]] = True
    meet = nearest & (part[one] == part[other]) & (worker[one] != worker[other])
    meet &= (bounds[one, :2] <= bounds[other, 2:]).all(axis=1) & (bounds[other, :2] <= bounds[one, 2:]).all(axis=1)
    pairs = np.unique(np.stack([np.minimum(one, other)[meet], np.maximum(one, other)[meet]], axis=1), axis=0)
    return pairs[:, 0], pairs[:, 1]


def _ranks(worker: IntArray) -> IntArray:
    """Return (n,) the place of each shape among its worker's."""
    order = np.argsort(worker, kind="stable")
    first, run = np.unique(worker[order], return_index=True, return_inverse=True)[1:]
    ranks = np.empty(len(worker), dtype=np.int64)
    ranks[order] = np.arange(len(worker)) - first[run.reshape(-1)]
    return ranks


def _among_few(bounds: FloatArray, part: IntArray) -> tuple[IntArray, IntArray]:
    """Return the pairs by looking at all."""
    meet = (bounds[:, None, :2] <= bounds[None, :, 2:]).all(axis=2)
    meet &= meet.T & (part[:, None] == part[None, :])
    one, other = np.nonzero(np.triu(meet, 1))
    return one, other


def _strips(bounds: FloatArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return which shape lies in which strip, one entry each, and (n,) the first strip of each shape."""
    top, bottom = bounds[:, 1], bounds[:, 3]
    span = float(bottom.max() - top.min())
    # At the mean height a shape lies in two strips on average, however much the heights differ.
    height = max(float((bottom - top).mean()), span / MAX_STRIPS)
    if height <= 0.0:
        height = 1.0
    first = np.floor((top - top.min()) / height).astype(np.int64)
    n_strips = np.floor((bottom - top.min()) / height).astype(np.int64) - first + 1
    shape = np.repeat(np.arange(len(bounds)), n_strips)
    ends = np.cumsum(n_strips)
    strip = first[shape] + np.arange(len(shape)) - (ends - n_strips)[shape]
    return shape, strip, first


def _expanded(counts: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
    """Yield (left, right): each left number with the next `counts[left]` numbers after it, in chunks."""
    ends = np.cumsum(counts)
    begin = 0
    while begin < len(counts):
        offset = ends[begin] - counts[begin]
        stop = max(int(np.searchsorted(ends, offset + CHUNK, side="right")), begin + 1)
        some = counts[begin:stop]
        left = np.repeat(np.arange(begin, stop), some)
        within = np.arange(len(left)) - np.repeat(np.cumsum(some) - some, some)
        yield left, left + 1 + within
        begin = stop
