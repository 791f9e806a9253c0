"""Points: `{"class": "cell", "point": [x, y]}`, in pixels, inside the image."""

from typing import Any

from labeling.core.annotations.base import ShapeByShape, Subject
from labeling.core.annotations.numbers import read_numbers, rounded
from labeling.core.annotations.refusals import Refusal


class Point(ShapeByShape):
    """Any number of points."""

    member = "point"

    def read_shape(self, value: Any, path: str, subject: Subject) -> list[float]:
        """Return two rounded numbers."""
        x, y = read_numbers(value, path, 2, form="[x, y]")
        beyond_x = subject.width is not None and x > subject.width
        beyond_y = subject.height is not None and y > subject.height
        if x < 0 or y < 0 or beyond_x or beyond_y:
            raise Refusal(path, "The point lies outside its image.")
        return [rounded(x), rounded(y)]
