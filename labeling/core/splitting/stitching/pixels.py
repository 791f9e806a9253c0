"""Masks across the borders of tiles; held turned, their rows being the image's columns."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from labeling.core.geometry.base import as_objects
from labeling.core.geometry.masks import Mask, MaskGeometry, combined, rectangle, shared_area
from labeling.core.splitting.stitching.seam import Bounds, Seam
from labeling.core.splitting.tile import Rect


class MaskSeam(Seam[Mask]):
    """Sets of pixels; joined, their union."""

    strips_px = (1, 2)
    _geometry = MaskGeometry()

    def read(self, value: Any) -> Mask:
        """Return the turned mask."""
        return self._geometry.read(value)

    def written(self, shape: Mask) -> Any:
        """Return size and run lengths."""
        return self._geometry.written(shape)

    def bounds(self, shape: Mask) -> Bounds:
        """Return the box around its pixels."""
        y1, x1, y2, x2 = self._geometry.bounds(as_objects([shape]))[0]
        return float(x1), float(y1), float(x2), float(y2)

    def centre(self, shape: Mask) -> tuple[float, float]:
        """Return the mean of its pixels' middles."""
        # Cut at every column, so that no run is in two.
        places = np.union1d(shape.edges, np.arange(0, shape.n_pixels + 1, shape.width))
        begins, lengths = places[:-1], np.diff(places)
        inside = np.searchsorted(shape.edges, begins, side="right") % 2 == 1
        begins, lengths = begins[inside], lengths[inside]
        n_pixels = lengths.sum()
        x = (begins // shape.width * lengths).sum() / n_pixels + 0.5
        y = ((begins % shape.width + lengths / 2) * lengths).sum() / n_pixels
        return float(x), float(y)

    def touches(self, shape: Mask, rect: Rect) -> bool:
        """Return whether a pixel is in the rectangle."""
        return shared_area(shape, _rectangle(shape, rect)) > 0

    def clip(self, shape: Mask, rect: Rect | Bounds) -> Mask | None:
        """Return the pixels in the rectangle."""
        part = combined([shape, _rectangle(shape, rect)], least=2)
        return part if part.area else None

    def alike(self, first: Mask, second: Mask, zone: Rect) -> float:
        """Return intersection over union in the zone."""
        one, other = self.clip(first, zone), self.clip(second, zone)
        if one is None or other is None:
            return 0.0
        shared = shared_area(one, other)
        return shared / (one.area + other.area - shared)

    def join(self, pieces: Sequence[tuple[Mask, Rect]]) -> Mask:
        """Return the union."""
        return combined([shape for shape, _ in pieces], least=1)


def _rectangle(mask: Mask, rect: Rect | Bounds) -> Mask:
    x1, y1, x2, y2 = (int(number) for number in rect)
    rows, columns = (max(0, x1), min(mask.height, x2)), (max(0, y1), min(mask.width, y2))
    return rectangle(mask.height, mask.width, rows, columns)
