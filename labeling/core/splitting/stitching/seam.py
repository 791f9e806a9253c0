"""What stitching asks of every kind of shape."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Generic, TypeVar

from labeling.core.splitting.tile import Rect

Shape = TypeVar("Shape")
# x1, y1, x2, y2 in pixels.
Bounds = tuple[float, float, float, float]
# How far a piece is looked at beside a border: as near as can be, and farther, as hands do not hit it exactly.
STRIPS_PX = (0.01, 2.0)
# Added to where a piece reaches a border, for the same reason.
SLACK_PX = 1.0


class Seam(ABC, Generic[Shape]):
    """One kind of shape, as it is cut by tiles and joined again."""

    strips_px: ClassVar[tuple[float, ...]] = STRIPS_PX

    @abstractmethod
    def read(self, value: Any) -> Shape:
        """Return the shape that an annotation or an object holds."""

    @abstractmethod
    def written(self, shape: Shape) -> Any:
        """Return the shape as annotations hold it."""

    @abstractmethod
    def bounds(self, shape: Shape) -> Bounds:
        """Return the smallest upright box around it."""

    @abstractmethod
    def centre(self, shape: Shape) -> tuple[float, float]:
        """Return the one place that says which core it belongs to."""

    @abstractmethod
    def clip(self, shape: Shape, rect: Rect | Bounds) -> Shape | None:
        """Return the part in a rectangle; None where there is none."""

    @abstractmethod
    def alike(self, first: Shape, second: Shape, zone: Rect) -> float:
        """Return how alike two shapes are in a rectangle of some area, 0 to 1; from 0.5 on they may be one object."""

    @abstractmethod
    def join(self, pieces: Sequence[tuple[Shape, Rect]]) -> Shape:
        """Return the one shape whose pieces were found in tiles, each given with its tile's core."""

    def touches(self, shape: Shape, rect: Rect) -> bool:
        """Return whether some of the shape is in a rectangle, edges included."""
        x1, y1, x2, y2 = self.bounds(shape)
        return x1 <= rect[2] and rect[0] <= x2 and y1 <= rect[3] and rect[1] <= y2

    def meet(self, first: Shape, second: Shape, zone: Rect) -> float:
        """Return how alike two shapes are where their tiles share the zone, or touch along it."""
        upright = zone[0] == zone[2]
        if not upright and zone[1] != zone[3]:
            return self.alike(first, second, zone)
        one, other = self._along(first, zone, upright=upright), self._along(second, zone, upright=upright)
        if one is None or other is None:
            return 0.0
        shared = min(one[1], other[1]) - max(one[0], other[0])
        return max(0.0, shared) / (max(one[1], other[1]) - min(one[0], other[0]))

    def _along(self, shape: Shape, zone: Rect, *, upright: bool) -> tuple[float, float] | None:
        """Return from where to where a shape reaches a border, a little grown."""
        x1, y1, x2, y2 = zone
        for beside in self.strips_px:
            strip = (x1 - beside, y1, x2 + beside, y2) if upright else (x1, y1 - beside, x2, y2 + beside)
            part = self.clip(shape, strip)
            if part is not None:
                left, top, right, bottom = self.bounds(part)
                low, high = (top, bottom) if upright else (left, right)
                return low - SLACK_PX, high + SLACK_PX
        return None
