"""Axis-parallel boxes: `{"class": "person", "box": [x1, y1, x2, y2]}`, in pixels, x1 < x2, y1 < y2."""

from collections.abc import Sequence
from typing import Any

from labeling.core.annotations.base import MAX_ANNOTATIONS, Refusal, Subject, read_class, read_id, read_members

LIMIT_PX = 1e9  # also keeps out NaN and infinity
_REQUIRED = frozenset({"class", "box"})


class BoundingBox:
    """Any number of boxes; none means that nothing is there."""

    schema_version = 1

    def parse(self, raw: Sequence[dict[str, Any]], subject: Subject) -> list[dict[str, Any]]:
        """Return the boxes in canonical form, coordinates as floats."""
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
    if x1 >= x2 or y1 >= y2:
        raise Refusal(path, "A box has a size: x1 < x2 and y1 < y2.")
    if x1 < 0 or y1 < 0:
        raise Refusal(path, "The box reaches outside its image.")
    if (subject.width is not None and x2 > subject.width) or (subject.height is not None and y2 > subject.height):
        raise Refusal(path, f"The box reaches outside its image of {subject.width} x {subject.height} pixels.")
    return [x1, y1, x2, y2]
