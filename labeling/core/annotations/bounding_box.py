"""Axis-parallel boxes: `{"class": "person", "box": [x1, y1, x2, y2]}`, in pixels.

Coordinates are kept to a millionth of a pixel, and a side is at least a hundredth: thinner boxes are slips of a tool,
and their areas drown in rounding.
"""

from typing import Any

from labeling.core.annotations.base import ShapeByShape, Subject
from labeling.core.annotations.numbers import MIN_SIDE_PX, N_DECIMALS, read_numbers, rounded
from labeling.core.annotations.refusals import Refusal


class BoundingBox(ShapeByShape):
    """Any number of boxes inside the image; none means that nothing is there."""

    member = "box"

    def read_shape(self, value: Any, path: str, subject: Subject) -> list[float]:
        """Return four rounded numbers."""
        x1, y1, x2, y2 = read_numbers(value, path, 4, form="[x1, y1, x2, y2]")
        if x1 < 0 or y1 < 0:
            raise Refusal(path, "The box reaches outside its image.")
        if (subject.width is not None and x2 > subject.width) or (subject.height is not None and y2 > subject.height):
            raise Refusal(path, f"The box reaches outside its image of {subject.width} x {subject.height} pixels.")
        x1, y1, x2, y2 = rounded(x1), rounded(y1), rounded(x2), rounded(y2)
        # Rounded again: 5.01 - 5.0 is a little less than 0.01.
        if round(min(x2 - x1, y2 - y1), N_DECIMALS) < MIN_SIDE_PX:
            raise Refusal(path, f"A box has a size: x2 - x1 and y2 - y1 are at least {MIN_SIDE_PX}.")
        return [x1, y1, x2, y2]
