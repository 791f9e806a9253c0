"""Boxes and ellipses at any angle: `[cx, cy, first, second, degrees]`, in pixels, turned clockwise as seen.

They may reach over the image's edge, as what they mark does, but must not lie wholly beyond it.
"""

import math
from typing import Any

from labeling.core.annotations.base import ShapeByShape, Subject
from labeling.core.annotations.numbers import MIN_SIDE_PX, read_numbers, rounded
from labeling.core.annotations.refusals import Refusal

Turned = tuple[float, float, float, float, float]


class RotatedBox(ShapeByShape):
    """Rotated boxes: width and height, the longer first; turned by 0 to below 180 degrees, a square to below 90."""

    member = "rotated_box"

    def read_shape(self, value: Any, path: str, subject: Subject) -> list[float]:
        """Return five rounded numbers."""
        cx, cy, width, height, degrees = _read_turned(value, path, form="[cx, cy, width, height, degrees]")
        if width == height:
            degrees = _within(degrees, 90.0)
        if not _meets_image((cx, cy, width / 2, height / 2, degrees), subject):
            raise Refusal(path, "The box lies outside its image.")
        return [cx, cy, width, height, degrees]


class Ellipse(ShapeByShape):
    """Ellipses: half axes, the longer first; turned by 0 to below 180 degrees, a circle by none."""

    member = "ellipse"

    def read_shape(self, value: Any, path: str, subject: Subject) -> list[float]:
        """Return five rounded numbers."""
        cx, cy, rx, ry, degrees = _read_turned(value, path, form="[cx, cy, rx, ry, degrees]")
        if rx == ry:
            degrees = 0.0
        if not _meets_image((cx, cy, rx, ry, degrees), subject):
            raise Refusal(path, "The ellipse lies outside its image.")
        return [cx, cy, rx, ry, degrees]


def _read_turned(value: Any, path: str, *, form: str) -> Turned:
    """Return the numbers with the longer side first."""
    cx, cy, first, second, degrees = map(rounded, read_numbers(value, path, 5, form=form))
    if min(first, second) < MIN_SIDE_PX:
        raise Refusal(path, f"Both sizes are at least {MIN_SIDE_PX}.")
    if first < second:
        first, second, degrees = second, first, degrees + 90.0
    return cx, cy, first, second, _within(degrees, 180.0)


def _within(degrees: float, period: float) -> float:
    # Rounded before and after: a turn just below the period may round up to it.
    turn = rounded(degrees % period)
    return 0.0 if turn >= period else turn


def _meets_image(box: Turned, subject: Subject) -> bool:
    """Return whether a box given by its half sides and the image overlap: no axis of either separates them."""
    if subject.width is None or subject.height is None:
        return True
    cx, cy, half_1, half_2, degrees = box
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    reach_x = abs(half_1 * cosine) + abs(half_2 * sine)
    reach_y = abs(half_1 * sine) + abs(half_2 * cosine)
    half_width, half_height = subject.width / 2, subject.height / 2
    dx, dy = half_width - cx, half_height - cy
    return (
        abs(dx) < half_width + reach_x
        and abs(dy) < half_height + reach_y
        and abs(dx * cosine + dy * sine) < half_1 + abs(half_width * cosine) + abs(half_height * sine)
        and abs(dy * cosine - dx * sine) < half_2 + abs(half_width * sine) + abs(half_height * cosine)
    )
