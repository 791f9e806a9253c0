"""Cuboids in perspective: `{"class": "car", "cuboid_2d": [[x, y], ...]}`, eight corners in pixels.

The front face comes first, clockwise from its top left, then the back face in the same order. Corners may lie outside
the image, as what they mark does; the cuboid must not lie wholly outside it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import shapely

from labeling.core.annotations.annotated import Entry
from labeling.core.annotations.base import AnnotationType, Subject
from labeling.core.annotations.chains import read_chains
from labeling.core.annotations.refusals import Refusal

N_CORNERS = 8
MIN_AREA_PX = 0.01


class Cuboid2d(AnnotationType):
    """Any number of cuboids drawn in an image."""

    member = "cuboid_2d"

    def read_shapes(self, entries: Sequence[Entry], subject: Subject) -> Sequence[Any]:
        """Return lists of eight points."""
        given = [(f"{entry.path}.cuboid_2d", entry.given["cuboid_2d"]) for entry in entries]
        for path, value in given:
            if not isinstance(value, list) or len(value) != N_CORNERS:
                raise Refusal(path, "This is eight [x, y].")
        corners = read_chains(given, n_columns=2, form="[x, y]")
        cuboids = corners.points.reshape(-1, N_CORNERS, 2)
        front = cuboids[:, :4] - cuboids[:, :1]
        # Positive where the face is drawn clockwise, as y points down.
        turn = (front[:, 1, 0] * front[:, 2, 1] - front[:, 2, 0] * front[:, 1, 1]) + (
            front[:, 2, 0] * front[:, 3, 1] - front[:, 3, 0] * front[:, 2, 1]
        )
        _refuse_where(turn / 2 < MIN_AREA_PX, given, "The front face has an area, and its corners run clockwise.")
        if subject.width is not None and subject.height is not None:
            hulls = shapely.convex_hull(shapely.multipoints(cuboids))
            outside = ~shapely.intersects(hulls, shapely.box(0.0, 0.0, subject.width, subject.height))
            _refuse_where(outside, given, "The cuboid lies outside its image.")
        return corners.split()


def _refuse_where(wrong: Any, given: Sequence[tuple[str, Any]], detail: str) -> None:
    found = np.flatnonzero(wrong)
    if len(found):
        raise Refusal(given[int(found[0])][0], detail)
