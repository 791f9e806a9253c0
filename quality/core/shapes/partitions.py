"""Images cut into disjoint segments, held as stretches of pixels between the masks' edges, never as pixels."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from labeling.core.geometry.masks import Mask
from quality.core.labels import FloatArray, IntArray

# The number of pixels that are in no segment.
NOTHING = -1
# Stretches looked at in one go, which bounds the memory.
CHUNK = 200_000
# Up to so many pairs of segments are counted in a table; more by sorting.
MAX_TABLE = 1_000_000


@dataclass(frozen=True)
class Partition:
    """Say of every pixel in which segment it is.

    Parameters
    ----------
    start : (n_stretches,) ascending, the first pixel of each stretch; the first is 0.
    segment : (n_stretches,) its segment's number; NOTHING for none.
    n_pixels : of the image, above 0.
    n_segments : numbers are below it.
    """

    start: IntArray
    segment: IntArray
    n_pixels: int
    n_segments: int

    @classmethod
    def of(cls, masks: Sequence[Mask], *, n_pixels: int) -> Partition:
        """Number the masks of an image in their order.

        Of masks that overlap, which is against the rules, no more is promised than that a pixel is in one at most.
        """
        begins = np.concatenate([np.zeros(0, np.int64), *(mask.edges[::2] for mask in masks)])
        ends = np.concatenate([np.zeros(0, np.int64), *(mask.edges[1::2] for mask in masks)])
        owner = np.repeat(np.arange(len(masks)), [len(mask.edges) // 2 for mask in masks])
        place = np.concatenate([[0], ends, begins])
        segment = np.concatenate([[NOTHING], np.full(len(ends), NOTHING), owner])
        inside = place < n_pixels
        # Sorted stably: where one segment ends and another begins, the latter is what counts.
        order = np.argsort(place[inside], kind="stable")
        place, segment = place[inside][order], segment[inside][order]
        last = np.append(place[1:] != place[:-1], True)
        return cls(start=place[last], segment=segment[last], n_pixels=n_pixels, n_segments=len(masks))

    @property
    def lengths(self) -> IntArray:
        """Return (n_stretches,) pixels of each."""
        return np.diff(self.start, append=self.n_pixels)

    @property
    def areas(self) -> FloatArray:
        """Return (n_segments,) pixels of each."""
        within = self.segment != NOTHING
        counts = np.bincount(self.segment[within], weights=self.lengths[within], minlength=self.n_segments)
        return counts.astype(np.float64)

    def at(self, start: IntArray) -> IntArray:
        """Return (n,) the segments of these pixels."""
        return self.segment[np.searchsorted(self.start, start, side="right") - 1]

    def renumbered(self, number: IntArray, *, n_segments: int) -> Partition:
        """Return it with segment k called number[k], which may be NOTHING; stretches are not joined."""
        known = np.append(number, NOTHING)
        return Partition(self.start, known[self.segment], n_pixels=self.n_pixels, n_segments=n_segments)

    def masks(self, *, height: int, width: int) -> list[Mask]:
        """Return the mask of each segment, empty ones too."""
        changes = np.append(True, self.segment[1:] != self.segment[:-1])
        start, segment = self.start[changes], self.segment[changes]
        end = np.append(start[1:], self.n_pixels)
        order = np.argsort(segment, kind="stable")
        edges = np.stack([start[order], end[order]], axis=1)
        limits = np.searchsorted(segment[order], np.arange(self.n_segments + 1))
        return [
            Mask(height, width, edges[low:high].ravel())
            for low, high in zip(limits[:-1].tolist(), limits[1:].tolist(), strict=True)
        ]


def cut_together(partitions: Sequence[Partition]) -> Iterator[tuple[IntArray, IntArray, NDArray[np.int64]]]:
    """Yield, chunk by chunk, stretches within which nobody's segment changes: first pixels, lengths, and segments.

    The last are (n_stretches, n_partitions).
    """
    starts = _all_starts(partitions)
    lengths = np.diff(starts, append=partitions[0].n_pixels)
    for low in range(0, len(starts), CHUNK):
        chunk = starts[low : low + CHUNK]
        segments = np.stack([partition.at(chunk) for partition in partitions], axis=1)
        yield chunk, lengths[low : low + CHUNK], segments


def _all_starts(partitions: Sequence[Partition]) -> IntArray:
    """Return where any stretch begins, ascending, each once; sorting is many times quicker than hashing here."""
    starts: IntArray = np.sort(np.concatenate([partition.start for partition in partitions]))
    fresh: IntArray = starts[np.append(True, starts[1:] != starts[:-1])]
    return fresh


@dataclass(frozen=True)
class Overlaps:
    """Hold which segments of two partitions of an image share how many pixels; those that share none are left out."""

    first: IntArray
    second: IntArray
    shared: FloatArray

    @classmethod
    def of(cls, one: Partition, other: Partition) -> Overlaps:
        """Count the pixels; of either, pixels in no segment share none."""
        starts = _all_starts((one, other))
        # An image without a segment need not know its size.
        lengths = np.diff(starts, append=max(one.n_pixels, other.n_pixels))
        first, second = one.at(starts), other.at(starts)
        both = (first != NOTHING) & (second != NOTHING)
        code = first[both] * other.n_segments + second[both]
        n_codes = one.n_segments * other.n_segments
        if n_codes <= MAX_TABLE:
            counts = np.bincount(code, weights=lengths[both], minlength=n_codes).astype(np.float64)
            found = np.flatnonzero(counts)
            shared = counts[found]
        else:
            order = np.argsort(code, kind="stable")
            fresh = np.append(True, np.diff(code[order]) != 0)[: len(code)]
            found = code[order][fresh]
            weights = lengths[both][order]
            shared = np.bincount(np.cumsum(fresh) - 1, weights=weights, minlength=len(found)).astype(np.float64)
        return cls(
            first=found // max(other.n_segments, 1),
            second=found % max(other.n_segments, 1),
            shared=shared,
        )

    def iou(self, areas: FloatArray, other_areas: FloatArray) -> FloatArray:
        """Return (n,) intersection over union, from the areas of all segments of both."""
        iou: FloatArray = self.shared / (areas[self.first] + other_areas[self.second] - self.shared)
        return iou
