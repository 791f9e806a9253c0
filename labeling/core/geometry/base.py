"""What every kind of shape can tell of itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from labeling.core.geometry.faults import ShapeFault

FloatArray = NDArray[np.float64]
# One entry a shape along axis 0: numbers where all shapes have as many, else Python objects.
Shapes = NDArray[Any]
# Beyond this, products of coordinates overflow; no image is near it.
LIMIT_PX = 1e9


class BadShape(ValueError):
    """A recorded shape cannot be read.

    Attributes
    ----------
    fault : what is wrong with it.
    """

    def __init__(self, fault: ShapeFault, detail: str) -> None:
        super().__init__(detail)
        self.fault = fault


@dataclass(frozen=True)
class Frame:
    """Give width and height of an image in pixels."""

    width: float
    height: float


class Geometry(ABC):
    """One kind of shape: how it is read, what makes it valid, and how alike two of them are.

    Attributes
    ----------
    name : the kind, such as `box`.
    """

    name: ClassVar[str]

    @abstractmethod
    def read(self, value: Any) -> Any:
        """Return the shape that plain lists of numbers describe.

        Raises
        ------
        BadShape
            They describe none.
        """

    @abstractmethod
    def plain(self, shape: Any) -> Any:
        """Return plain lists of numbers; what `read` would take."""

    def written(self, shape: Any) -> Any:
        """Return the shape as answers hold it; what `read` would take, too."""
        return self.plain(shape)

    @abstractmethod
    def fault(self, shape: Any) -> ShapeFault | None:
        """Return why the shape, on its own, cannot be used, or None."""

    @abstractmethod
    def cut(self, shape: Any, frame: Frame) -> Any:
        """Return the shape cut to the image; of one wholly outside, something with a fault."""

    @abstractmethod
    def bounds(self, shapes: Shapes) -> FloatArray:
        """Return (n, 4) x1, y1, x2, y2; shapes whose bounds do not meet have no similarity."""

    @abstractmethod
    def similarity(self, first: Shapes, second: Shapes) -> FloatArray:
        """Return (n,) how alike each pair of usable shapes is, 0..1, 1 for equal shapes; symmetric."""

    def collect(self, shapes: Sequence[Any] | Shapes) -> Shapes:
        """Return the shapes as one array, one entry each."""
        return as_objects(shapes)

    def cut_all(self, shapes: Shapes, frame: Frame | None) -> tuple[Shapes, NDArray[np.bool_]]:
        """Return all shapes cut to the image, if there is one, and (n,) which of them can be used."""
        cut = [shape if frame is None else self.cut(shape, frame) for shape in shapes]
        usable = np.array([self.fault(shape) is None for shape in cut], dtype=bool)
        return self.collect(cut), usable

    def order(self, shapes: Shapes) -> NDArray[np.int64]:
        """Return (n,) the numbers of the shapes in an order that depends on nothing but their coordinates."""
        if not len(shapes):
            return np.zeros(0, dtype=np.int64)
        if shapes.dtype == object:
            keys = [self.plain(shape) for shape in shapes]
            return np.array(sorted(range(len(keys)), key=lambda number: keys[number]), dtype=np.int64)
        columns = shapes.reshape(len(shapes), -1).T
        ordered: NDArray[np.int64] = np.lexsort(columns[::-1])
        return ordered

    def distance(self, first: Shapes, second: Shapes) -> FloatArray:
        """Return (n,) 1 - similarity."""
        return 1.0 - self.similarity(first, second)

    def similarity_matrix(self, first: Shapes, second: Shapes) -> FloatArray:
        """Return (n, m) the similarity of every pair; pairs whose bounds do not meet cost nothing."""
        n_first, n_second = len(first), len(second)
        matrix = np.zeros((n_first, n_second))
        if n_first and n_second:
            one, other = self.bounds(first)[:, None, :], self.bounds(second)[None, :, :]
            meet = (one[..., :2] <= other[..., 2:]).all(axis=2) & (other[..., :2] <= one[..., 2:]).all(axis=2)
            rows, columns = np.nonzero(meet)
            matrix[rows, columns] = self.similarity(first[rows], second[columns])
        return matrix


def as_objects(shapes: Sequence[Any] | Shapes) -> Shapes:
    """Return a 1-d array of Python objects, never unpacked into more axes."""
    array = np.empty(len(shapes), dtype=object)
    for position, shape in enumerate(shapes):
        array[position] = shape
    return array


def as_numbers(value: ArrayLike, shape: tuple[int, ...], *, what: str) -> FloatArray:
    """Return a float array of the shape asked for (-1: any length).

    Raises
    ------
    BadShape
        The value is no such array of finite numbers below the limit.
    """
    try:
        given = np.asarray(value)
        if given.dtype.kind not in "iufO" or _holds_flag(value):
            raise TypeError("no numbers")
        array = given.astype(np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadShape(ShapeFault.WRONG_NUMBERS, f"{what} expected") from error
    if -1 in shape and array.size == 0:
        array = array.reshape([max(length, 0) for length in shape])
    fits = array.ndim == len(shape) and all(want in (-1, have) for want, have in zip(shape, array.shape, strict=True))
    if not fits:
        raise BadShape(ShapeFault.WRONG_NUMBERS, f"{what} expected")
    if not (np.abs(array) <= LIMIT_PX).all():
        raise BadShape(ShapeFault.NOT_FINITE, f"{what}: a number is not finite or too large")
    return array


def _holds_flag(value: ArrayLike) -> bool:
    """Return whether nested lists hold true or false, which numpy would take for 1 and 0."""
    if isinstance(value, list | tuple):
        return any(map(_holds_flag, value))
    return isinstance(value, bool)


def plain_numbers(array: ArrayLike) -> Any:
    """Return nested lists rounded to a thousandth of a pixel."""
    return np.round(np.asarray(array, dtype=np.float64), 3).tolist()
