"""Axis-parallel boxes: `{"class": "person", "box": [x1, y1, x2, y2]}`, in pixels.

Coordinates are kept to a millionth of a pixel, and a side is at least a hundredth: thinner boxes are slips of a tool,
and their areas drown in rounding.
"""

from collections.abc import Sequence
from typing import Any

from labeling.core.annotations.base import MAX_ANNOTATIONS, Refusal, Subject, read_class, read_id, read_members

LIMIT_PX = 1e9  # also keeps out NaN and infinity
MIN_SIDE_PX = 0.01
N_DECIMALS = 6
_REQUIRED = frozenset({"class", "box"})


class BoundingBox:
    """Any number of boxes; none means that nothing is there."""

    schema_version = 1

    def parse(self, raw: Sequence[dict[str, Any]], subject: Subject) -> list[dict[str, Any]]:
        """Return the boxes in canonical form, coordinates as rounded floats."""
        if len(raw) > MAX_ANNOTATIONS:
            raise Refusal("annotations", f"At most {MAX_ANNOTATIONS} boxes are taken.")
        taken: set[str] = set()
        parsed = []
        for index, item in enumerate(raw):
            path = f"annotations[{index}]"
            read_members(item, path, required=_REQUIRED)
            parsed.append(
                {
                    "id": read_id(item, path, taken=taken, default=str(index + 1)),
                    "class": read_class(item, path, subject),
                    "box": _read_box(item["box"], f"{path}.box", subject),
                }
            )
        return parsed


def _read_box(raw: Any, path: str, subject: Subject) -> list[float]:
    if not isinstance(raw, list) or len(raw) != 4:
        raise Refusal(path, "A box is [x1, y1, x2, y2].")
    for index, value in enumerate(raw):
        if isinstance(value, bool) or not isinstance(value, int | float) or not -LIMIT_PX <= value <= LIMIT_PX:
            raise Refusal(f"{path}[{index}]", "A coordinate is a finite number.")
    x1, y1, x2, y2 = (float(value) for value in raw)
    if x1 < 0 or y1 < 0:
        raise Refusal(path, "The box reaches outside its image.")
    if (subject.width is not None and x2 > subject.width) or (subject.height is not None and y2 > subject.height):
        raise Refusal(path, f"The box reaches outside its image of {subject.width} x {subject.height} pixels.")
    x1, y1, x2, y2 = (round(value, N_DECIMALS) + 0.0 for value in (x1, y1, x2, y2))  # + 0.0: no -0.0
    # Rounded again: 5.01 - 5.0 is a little less than 0.01.
    if round(min(x2 - x1, y2 - y1), N_DECIMALS) < MIN_SIDE_PX:
        raise Refusal(path, f"A box has a size: x2 - x1 and y2 - y1 are at least {MIN_SIDE_PX}.")
    return [x1, y1, x2, y2]
