"""Polygons: `{"class": "lake", "polygon": [[outer, hole, ...], ...]}`, parts of rings of `[x, y]` in pixels.

Rings are not closed; a single ring is taken too. Kept is one way to write an area: outer rings run clockwise as seen
and holes counter-clockwise, each from its corner furthest to the left (of several the highest); holes and parts are
sorted.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from labeling.core.annotations.annotated import Entry
from labeling.core.annotations.base import AnnotationType, Subject
from labeling.core.annotations.chains import Chains, IntArray, read_chains, require_inside
from labeling.core.annotations.refusals import Refusal
from labeling.core.geometry.outlines import crowding

MIN_AREA_PX = 0.01
MAX_RINGS = 10_000
# Pairs of edges that lie beside each other, of an answer: what it costs to look for crossings grows with them, by some
# 25 ns each. To look for a hole, or a part, among the points of its polygon costs a share of that for each point.
MAX_CROWDING = 2_000_000
HOLE_SHARE, PART_SHARE = 0.15, 0.6


@dataclass(frozen=True)
class _Layout:
    """Where each ring of an answer belongs.

    Attributes
    ----------
    part : (n_rings,) the number of its part.
    is_hole : (n_rings,)
    polygon : (n_parts,) the number of the annotation.
    """

    part: IntArray
    is_hole: NDArray[np.bool_]
    polygon: IntArray


class Polygon(AnnotationType):
    """Any number of areas with straight edges, of one or several parts, maybe with holes; none crosses itself."""

    member = "polygon"

    def read_shapes(self, entries: Sequence[Entry], subject: Subject) -> Sequence[Any]:
        """Return parts of rings of points."""
        if not entries:
            return []
        given = [(f"{entry.path}.polygon", entry.given["polygon"]) for entry in entries]
        rings, layout = _read_rings(given)
        require_inside(rings, width=subject.width, height=subject.height)
        rings = rings.without_repeats(closed=True)
        _refuse_ring(rings, rings.lengths < 3, "A ring has at least three different corners.")
        _check_validity(rings, layout, [path for path, _ in given])
        area = _signed_areas(rings)
        _refuse_ring(rings, np.abs(area) < MIN_AREA_PX, f"A ring encloses at least {MIN_AREA_PX} square pixels.")
        ordered = _reordered(rings, backwards=(area > 0) == layout.is_hole)
        return _nested(ordered.split(), layout, len(entries))


def _read_rings(given: Sequence[tuple[str, Any]]) -> tuple[Chains, _Layout]:
    found: list[tuple[str, Any]] = []
    part: list[int] = []
    is_hole: list[bool] = []
    polygon: list[int] = []
    for number, (path, value) in enumerate(given):
        for ring_path, ring, hole in _stated_rings(path, value):
            if len(found) >= MAX_RINGS:
                raise Refusal(path, f"An answer has at most {MAX_RINGS} rings.")
            if not hole:
                polygon.append(number)
            found.append((ring_path, ring))
            part.append(len(polygon) - 1)
            is_hole.append(hole)
    rings = read_chains(found, n_columns=2, form="[x, y]", least=3)
    return rings, _Layout(np.array(part, dtype=np.int64), np.array(is_hole), np.array(polygon, dtype=np.int64))


def _stated_rings(path: str, value: Any) -> Iterator[tuple[str, Any, bool]]:
    """Yield path, points and whether it is a hole, of each ring, part by part."""
    if not isinstance(value, list) or not value or not isinstance(value[0], list) or not value[0]:
        raise Refusal(path, "This is parts of rings of [x, y], or one ring.")
    if not isinstance(value[0][0], list):
        yield path, value, False
        return
    for place, rings in enumerate(value):
        if not isinstance(rings, list) or not rings:
            raise Refusal(f"{path}[{place}]", "A part is its outer ring and its holes.")
        for number, ring in enumerate(rings):
            yield f"{path}[{place}][{number}]", ring, number > 0


def _refuse_ring(rings: Chains, wrong: NDArray[np.bool_], detail: str) -> None:
    found = np.flatnonzero(wrong)
    if len(found):
        raise Refusal(rings.paths[int(found[0])], detail)


def _signed_areas(rings: Chains) -> NDArray[np.float64]:
    """Return (n_rings,) areas, positive for rings that run clockwise as seen."""
    starts = rings.starts[:-1]
    # Seen from a corner of the ring itself: the products of large coordinates would drown small areas.
    local = rings.points - rings.points[starts][rings.chain_of]
    following = local[_following(rings)]
    crossed = local[:, 0] * following[:, 1] - following[:, 0] * local[:, 1]
    areas: NDArray[np.float64] = np.add.reduceat(crossed, starts) / 2.0
    return areas


def _following(rings: Chains) -> IntArray:
    """Return (n_points,) the number of the corner after each."""
    after = np.arange(1, len(rings.points) + 1)
    after[rings.starts[1:] - 1] = rings.starts[:-1]
    return after


def _check_validity(rings: Chains, layout: _Layout, paths: Sequence[str]) -> None:
    over = np.flatnonzero(np.cumsum(_cost(rings, layout)) > MAX_CROWDING)
    if len(over):
        raise Refusal(paths[int(over[0])], "The outlines are too intricate to be checked: draw fewer corners.")
    outlines = np.asarray(shapely.linearrings(rings.points, indices=rings.chain_of), dtype=object)
    parts = np.asarray(shapely.polygons(outlines, indices=layout.part), dtype=object)
    areas = np.asarray(shapely.multipolygons(parts, indices=layout.polygon), dtype=object)
    wrong = np.flatnonzero(~shapely.is_valid(areas))
    if len(wrong):
        first = int(wrong[0])
        raise Refusal(paths[first], _reason(str(shapely.is_valid_reason(areas[first]))))


def _cost(rings: Chains, layout: _Layout) -> NDArray[np.float64]:
    """Return (n_polygons,) what it costs at most to see whether each is valid, counted in pairs of edges."""
    ends = rings.points[_following(rings)]
    low, high = np.minimum(rings.points, ends), np.maximum(rings.points, ends)
    owner = layout.polygon[layout.part]
    edges = np.bincount(owner[rings.chain_of], crowding(low, high, owner[rings.chain_of]) / 2.0)
    # Each hole is looked for in its part's outer ring, and each part in those beside it.
    outer = np.flatnonzero(~layout.is_hole)
    n_corners, n_holes = rings.lengths[outer], np.bincount(layout.part, layout.is_hole)
    starts = rings.starts[:-1]
    beside = crowding(
        np.minimum.reduceat(rings.points, starts)[outer],
        np.maximum.reduceat(rings.points, starts)[outer],
        layout.polygon,
    )
    parts = np.bincount(layout.polygon, n_corners * (HOLE_SHARE * n_holes + PART_SHARE * beside))
    return np.asarray(edges + parts, dtype=np.float64)


def _reason(found: str) -> str:
    """Return what makes an area invalid in words of ours, with the place where one is known."""
    what, _, place = found.partition("[")
    at = f" near {place.rstrip(']').replace(' ', ', ')}" if place else ""
    for said, meant in _REASONS:
        if said in what:
            return f"{meant}{at}."
    return f"This is no area{at}."


_REASONS = (
    ("Hole lies outside", "A hole lies outside its part"),
    ("Holes are nested", "A hole lies in another hole"),
    ("Nested shells", "A part lies in another part"),
    ("Duplicate Rings", "A ring is there twice"),
    ("Interior is disconnected", "Holes cut the area in two"),
    ("elf-intersection", "The outline crosses or touches itself"),
)


def _reordered(rings: Chains, *, backwards: NDArray[np.bool_]) -> Chains:
    """Return the rings from their first corner on, some of them the other way round."""
    x, y = rings.points.T
    owner, lengths, starts = rings.chain_of, rings.lengths, rings.starts[:-1]
    first = np.lexsort((y, x, owner))[starts] - starts
    step = np.arange(len(rings.points)) - starts[owner]
    signed = np.where(backwards[owner], -step, step)
    order = starts[owner] + (first[owner] + signed) % lengths[owner]
    return Chains(rings.paths, rings.points[order], rings.starts)


def _nested(rings: Sequence[list[list[float]]], layout: _Layout, n_polygons: int) -> list[list[list[Any]]]:
    """Return the rings by polygon and part, holes and parts in order."""
    parts: list[list[Any]] = [[] for _ in layout.polygon]
    for ring, part in zip(rings, layout.part.tolist(), strict=True):
        parts[part].append(ring)
    polygons: list[list[list[Any]]] = [[] for _ in range(n_polygons)]
    for part, polygon in zip(parts, layout.polygon.tolist(), strict=True):
        polygons[polygon].append([part[0], *sorted(part[1:])])
    return [sorted(each) for each in polygons]
