"""Masks as row-major run lengths, background first: exact, and small whatever the image's size."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labeling.core.geometry.base import BadShape, FloatArray, Frame, Geometry, Shapes
from labeling.core.geometry.faults import ShapeFault
from labeling.core.geometry.rle import MAX_LENGTH, Ragged, edges_at, encode, lengths_between, read_lengths

IntArray = NDArray[np.int64]
MAX_SIDE = 1_000_000


@dataclass(frozen=True, eq=False)
class Mask:
    """Hold a set of pixels of an image.

    Parameters
    ----------
    height, width : of the image in pixels.
    edges : (2 n,) ascending pixel numbers (row by row) at which the mask begins, ends, begins, ...
    """

    height: int
    width: int
    edges: IntArray

    @property
    def area(self) -> int:
        """Return the number of pixels."""
        return int(self.edges[1::2].sum() - self.edges[::2].sum())

    @property
    def n_pixels(self) -> int:
        """Return the number of pixels of the image."""
        return self.height * self.width

    @classmethod
    def from_pixels(cls, pixels: ArrayLike) -> Mask:
        """Return the mask of a (height, width) array of truth values."""
        array = np.asarray(pixels, dtype=bool)
        height, width = array.shape
        return cls(height, width, edges_of(array.ravel()))

    def to_pixels(self) -> NDArray[np.bool_]:
        """Return (height, width) whether each pixel belongs to the mask."""
        change = np.zeros(self.n_pixels + 1, dtype=np.int8)
        change[self.edges[::2]] = 1
        change[self.edges[1::2]] = -1
        pixels: NDArray[np.bool_] = np.cumsum(change[:-1], dtype=np.int8).astype(bool)
        return pixels.reshape(self.height, self.width)

    @classmethod
    def from_runs(cls, runs: Sequence[int], *, height: int, width: int) -> Mask:
        """Return the mask of row-major run lengths, background first; runs of no length are allowed.

        Raises
        ------
        BadShape
            A run is negative or no whole number, or the runs do not fill the image.
        """
        lengths = _whole_numbers(runs)
        ends = np.cumsum(lengths)
        if (ends[-1] if len(ends) else 0) != height * width:
            raise BadShape(ShapeFault.RUNS_DO_NOT_FILL, f"the runs do not add up to {height} x {width}")
        return cls(height, width, _edges(ends))

    def to_runs(self) -> list[int]:
        """Return row-major run lengths, background first; the last run of a full image is foreground."""
        bounds = np.concatenate([[0], self.edges, [self.n_pixels]])
        runs: list[int] = np.diff(bounds).tolist()
        return runs[:-1] if len(runs) > 1 and runs[-1] == 0 else runs

    @classmethod
    def from_coco(cls, size: Sequence[int], counts: str | Sequence[int]) -> Mask:
        """Return the mask of COCO's run lengths, turned so that the rows are the image's columns.

        Columns are what those runs go along; turning the image instead of the mask costs nothing however large it is.
        `to_pixels().T` of it are the image's pixels, and masks turned so are as alike as the unturned ones.

        Parameters
        ----------
        size : height and width of the image.
        counts : compressed text, or whole numbers.

        Raises
        ------
        BadShape
            They are no run lengths, or do not fill the image.
        """
        height, width = (int(side) for side in size)
        edges = edges_at(read_lengths([counts]), np.array([height * width], dtype=np.int64))
        return cls(width, height, edges.values)

    def to_coco(self) -> dict[str, Any]:
        """Return size and compressed run lengths of the image of which this is the turned mask."""
        edges = Ragged.of(self.edges, np.array([len(self.edges)], dtype=np.int64))
        [text] = encode(lengths_between(edges, np.array([self.n_pixels], dtype=np.int64)))
        return {"size": [self.width, self.height], "counts": text}


def edges_of(pixels: NDArray[np.bool_]) -> IntArray:
    """Return the pixel numbers at which a flat mask begins, ends, begins, ..."""
    padded = np.concatenate([[False], pixels, [False]])
    return np.flatnonzero(padded[1:] != padded[:-1]).astype(np.int64)


def _whole_numbers(runs: Sequence[int]) -> IntArray:
    try:
        numbers = np.asarray(runs, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadShape(ShapeFault.WRONG_NUMBERS, "a list of whole numbers expected") from error
    usable = numbers.ndim == 1 and bool(((numbers >= 0) & (numbers <= MAX_LENGTH)).all())
    if not usable or (numbers != np.floor(numbers)).any():
        raise BadShape(ShapeFault.WRONG_NUMBERS, "a list of whole numbers expected")
    return numbers.astype(np.int64)


def _edges(ends: IntArray) -> IntArray:
    """Return edges from the ends of runs; where a run has no length, the two edges at one place cancel."""
    inner = ends if len(ends) % 2 == 0 else ends[:-1]
    if (np.diff(inner) > 0).all():
        return inner
    places, counts = np.unique(inner, return_counts=True)
    edges: IntArray = places[counts % 2 == 1]
    return edges


def combined(masks: Sequence[Mask], *, least: int) -> Mask:
    """Return the pixels that at least so many of the masks, of images of one size, hold: 1 for their union."""
    begins = np.concatenate([mask.edges[::2] for mask in masks])
    ends = np.concatenate([mask.edges[1::2] for mask in masks])
    places, number = np.unique(np.concatenate([begins, ends]), return_inverse=True)
    change = np.bincount(number[: len(begins)], minlength=len(places))
    change -= np.bincount(number[len(begins) :], minlength=len(places))
    inside = np.cumsum(change) >= least
    before = np.concatenate([[False], inside[:-1]])
    return Mask(masks[0].height, masks[0].width, places[inside != before].astype(np.int64))


def rectangle(height: int, width: int, rows: tuple[int, int], columns: tuple[int, int]) -> Mask:
    """Return the mask of a rectangle of whole pixels in an image; ends are excluded."""
    begins = np.arange(*rows, dtype=np.int64) * width + columns[0]
    edges = np.stack([begins, begins + (columns[1] - columns[0])], axis=1).ravel()
    # Where the rectangle is as wide as the image, one row ends where the next begins.
    return Mask(height, width, _edges(edges) if columns[1] > columns[0] else edges[:0])


def shared_area(first: Mask, second: Mask) -> int:
    """Return the number of pixels in both masks of images of one size."""
    a, b = first.edges, second.edges
    # Covered pixels of `first` before each edge of `second`; the sum over its stretches is what they share.
    before = np.concatenate([[0], np.cumsum(a[1::2] - a[::2])])
    if not len(a) or not len(b):
        return 0
    place = np.searchsorted(a, b, side="right")
    started = place // 2
    covered = before[started] + np.where(place % 2 == 1, b - a[np.minimum(place - 1, len(a) - 1)], 0)
    return int(covered[1::2].sum() - covered[::2].sum())


def mask_iou(first: Mask, second: Mask) -> float:
    """Return intersection over union; 1 for two empty masks, 0 for images of different size."""
    if (first.height, first.width) != (second.height, second.width):
        return 0.0
    shared = shared_area(first, second)
    union = first.area + second.area - shared
    return shared / union if union else 1.0


@dataclass(frozen=True)
class MaskGeometry(Geometry):
    """Sets of pixels.

    Parameters
    ----------
    height, width : of the images in pixels, for plain run lengths, which do not say it.
    """

    name = "mask"
    height: int = 0
    width: int = 0

    def read(self, value: Any) -> Mask:
        """Return the mask of row-major run lengths, or the turned one of the object that answers hold."""
        if isinstance(value, dict):
            return _read_stated(value)
        return Mask.from_runs(value, height=self.height, width=self.width)

    def plain(self, shape: Mask) -> Any:
        """Return row-major run lengths."""
        return shape.to_runs()

    def written(self, shape: Mask) -> Any:
        """Return size and compressed run lengths; the mask is a turned one, as `read` gives it."""
        return shape.to_coco()

    def fault(self, shape: Mask) -> ShapeFault | None:
        """Return NO_SIZE for an empty mask."""
        return None if shape.area else ShapeFault.NO_SIZE

    def cut(self, shape: Mask, frame: Frame) -> Mask:
        """Return the mask as it is."""
        return shape

    def bounds(self, shapes: Shapes) -> FloatArray:
        """Return (n, 4); of a mask that spans rows, the image's whole width."""
        return np.array([_bounds(mask) for mask in shapes], dtype=np.float64).reshape(-1, 4)

    def similarity(self, first: Shapes, second: Shapes) -> FloatArray:
        """Return (n,) intersection over union."""
        return np.array([mask_iou(one, other) for one, other in zip(first, second, strict=True)], dtype=np.float64)


def _read_stated(value: Mapping[str, Any]) -> Mask:
    try:
        size, counts = value["size"], value["counts"]
        height, width = size
    except (KeyError, TypeError, ValueError) as error:
        raise BadShape(ShapeFault.WRONG_NUMBERS, "size and counts expected") from error
    if not all(isinstance(side, int) and 0 < side <= MAX_SIDE for side in (height, width)):
        raise BadShape(ShapeFault.WRONG_NUMBERS, "a height and a width expected")
    if not isinstance(counts, str | list):
        raise BadShape(ShapeFault.WRONG_NUMBERS, "run lengths expected")
    return Mask.from_coco(size, counts)


def _bounds(mask: Mask) -> tuple[int, int, int, int]:
    if not len(mask.edges):
        return 0, 0, 0, 0
    starts, last = mask.edges[::2], mask.edges[1::2] - 1
    top, bottom = int(starts[0] // mask.width), int(last[-1] // mask.width)
    if (starts // mask.width != last // mask.width).any():
        return 0, top, mask.width, bottom + 1
    return int((starts % mask.width).min()), top, int((last % mask.width).max()) + 1, bottom + 1
