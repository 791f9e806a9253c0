"""Joining what tiles found: pieces of one object become one, and what two tiles saw whole is kept once.

Objects of two tiles are one where they have a class and, in what both tiles show, are alike; each has one partner in
a tile at most, the best pairs together. Of such a group the shape that no border cuts is taken; where all are cut, they
are joined. What only one tile found is kept where its centre lies in that tile's core: elsewhere another tile is to say
whether it is there.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labeling.core.geometry.base import FloatArray
from labeling.core.splitting.stitching.pairing import best_pairs
from labeling.core.splitting.stitching.registry import SEAMS
from labeling.core.splitting.stitching.seam import Bounds, Seam
from labeling.core.splitting.tile import Rect, Tile

# How alike two shapes are in what both tiles show, at least, to be of one object.
SAME = 0.5
# Objects of the other tile that one is compared with at most, those first that reach as far in what both show:
# thousands that lie on one another would take hours.
MAX_PARTNERS = 8
# Rows of objects whose boxes are compared at once.
ROWS_AT_ONCE = 256
# Outlines of what goes on beyond a border end on it, or so near to it.
CUT_PX = 2.0


Beat = Callable[[], None]


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class TileObjects:
    """What was concluded of one tile: objects as docs/annotations.md has them."""

    tile: Tile
    objects: Sequence[dict[str, Any]]


@dataclass(frozen=True)
class _Piece:
    """An object as one tile has it."""

    number: int
    place: int
    tile: Tile
    found: dict[str, Any]
    shape: Any
    bounds: Bounds
    is_cut: bool
    is_home: bool


def stitched(
    tiles: Sequence[TileObjects], *, member: str, size: tuple[int, int], beat: Beat = _nothing
) -> list[tuple[dict[str, Any], list[tuple[int, str]]]]:
    """Return an image's objects, each with where it was found: the tile's place in `tiles` and the id there.

    Parameters
    ----------
    tiles : of the image, as many as something is known of.
    member : that is the shape, such as `box`.
    size : width and height of the image.
    beat : called often, as this may take a while.
    """
    seam = SEAMS[member]
    pieces = _pieces(tiles, seam, member, (0, 0, *size))
    groups = _grouped(len(pieces), _pairs(tiles, pieces, seam, beat))
    kept = []
    for group in groups:
        members = [pieces[number] for number in group]
        if len(members) > 1 or members[0].is_home:
            origins = [(piece.place, str(piece.found.get("id", ""))) for piece in members]
            kept.append((_one(members, seam, member), origins))
    return kept


def _pieces(tiles: Sequence[TileObjects], seam: Seam[Any], member: str, image: Rect) -> list[_Piece]:
    is_complete = sum(_area(each.tile.core) for each in tiles) >= _area(image)
    pieces: list[_Piece] = []
    for place, each in enumerate(tiles):
        for found in each.objects:
            shape = seam.read(found[member])
            bounds, centre = seam.bounds(shape), seam.centre(shape)
            is_home = _holds(each.tile.core, centre, image)
            if not is_home and not is_complete:  # nobody else may be there to say it
                is_home = not any(_holds(other.tile.core, centre, image) for other in tiles)
            pieces.append(
                _Piece(
                    number=len(pieces),
                    place=place,
                    tile=each.tile,
                    found=found,
                    shape=shape,
                    bounds=bounds,
                    is_cut=_is_cut(bounds, each.tile.shown, image),
                    is_home=is_home,
                )
            )
    return pieces


def _area(rect: Rect) -> int:
    return (rect[2] - rect[0]) * (rect[3] - rect[1])


def _is_cut(bounds: Bounds, shown: Rect, image: Rect) -> bool:
    """Return whether a shape reaches a side of its tile beyond which the image goes on."""
    low = any(shown[side] > image[side] and bounds[side] <= shown[side] + CUT_PX for side in (0, 1))
    return low or any(shown[side] < image[side] and bounds[side] >= shown[side] - CUT_PX for side in (2, 3))


def _holds(core: Rect, centre: tuple[float, float], image: Rect) -> bool:
    """Return whether a centre is of a core; one on a border is of the core after it, and outside of the nearest."""
    for axis, place in enumerate(centre):
        low, high = core[axis], core[axis + 2]
        if (place < low and low > image[axis]) or (place >= high and high < image[axis + 2]):
            return False
    return True


def _pairs(
    tiles: Sequence[TileObjects], pieces: Sequence[_Piece], seam: Seam[Any], beat: Beat
) -> Iterator[tuple[int, int]]:
    """Yield the pieces, two and two, that are of one object."""
    by_tile: defaultdict[int, defaultdict[str | None, list[_Piece]]] = defaultdict(lambda: defaultdict(list))
    for piece in pieces:
        by_tile[piece.place][piece.found["class"]].append(piece)
    for (place, here), (other_place, there) in _neighbours(tiles):
        zone = _shared(here.shown, there.shown)
        for name, mine in by_tile[place].items():
            theirs = by_tile[other_place].get(name, [])
            beat()
            yield from _matched(_near(mine, zone), _near(theirs, zone), zone, seam, beat)


def _neighbours(tiles: Sequence[TileObjects]) -> Iterator[tuple[tuple[int, Tile], tuple[int, Tile]]]:
    """Yield the pairs of tiles that share pixels or a border."""
    # By rows of cores, so that a tile is compared with those of its own row and the next few alone.
    order = sorted(range(len(tiles)), key=lambda place: tiles[place].tile.core[1])
    for start, place in enumerate(order):
        here = tiles[place].tile
        for other_place in order[start + 1 :]:
            there = tiles[other_place].tile
            if there.shown[1] > here.shown[3]:
                break
            x1, y1, x2, y2 = _shared(here.shown, there.shown)
            if x1 <= x2 and y1 <= y2 and (x1 < x2 or y1 < y2):
                yield (place, here), (other_place, there)


def _shared(one: Rect, other: Rect) -> Rect:
    return max(one[0], other[0]), max(one[1], other[1]), min(one[2], other[2]), min(one[3], other[3])


def _near(pieces: Sequence[_Piece], zone: Rect) -> list[_Piece]:
    x1, y1, x2, y2 = zone[0] - CUT_PX, zone[1] - CUT_PX, zone[2] + CUT_PX, zone[3] + CUT_PX
    return [
        piece
        for piece in pieces
        if piece.bounds[0] <= x2 and x1 <= piece.bounds[2] and piece.bounds[1] <= y2 and y1 <= piece.bounds[3]
    ]


def _matched(
    mine: list[_Piece], theirs: list[_Piece], zone: Rect, seam: Seam[Any], beat: Beat
) -> Iterator[tuple[int, int]]:
    if not mine or not theirs:
        return
    rows, columns = [], []
    shares = []
    for row, column in _partners(_boxes(mine), _boxes(theirs), zone):
        beat()
        share = seam.meet(mine[row].shape, theirs[column].shape, zone)
        if share >= SAME:
            rows.append(row)
            columns.append(column)
            shares.append(share)
    for row, column in best_pairs(rows, columns, shares, shape=(len(mine), len(theirs))):
        yield mine[row].number, theirs[column].number


def _boxes(pieces: Sequence[_Piece]) -> FloatArray:
    return np.array([piece.bounds for piece in pieces], dtype=np.float64)


def _partners(mine: FloatArray, theirs: FloatArray, zone: Rect) -> Iterator[tuple[int, int]]:
    """Yield the places of boxes that meet; of more than enough those whose sides in the zone are nearest.

    Parameters
    ----------
    mine, theirs : (n, 4) and (m, 4) boxes.
    """
    slack = 2 * CUT_PX + 1
    low, high = np.array([zone[0], zone[1]] * 2), np.array([zone[2], zone[3]] * 2)
    within = np.clip(theirs, low, high)
    for start in range(0, len(mine), ROWS_AT_ONCE):
        some = mine[start : start + ROWS_AT_ONCE, None, :]
        reach = (some[..., :2] <= theirs[..., 2:] + slack) & (theirs[..., :2] <= some[..., 2:] + slack)
        meet = np.asarray(reach.all(axis=2))
        apart = np.where(meet, np.abs(np.clip(some, low, high) - within).sum(axis=2), np.inf)
        if apart.shape[1] > MAX_PARTNERS:
            nearest = np.argpartition(apart, MAX_PARTNERS - 1, axis=1)[:, :MAX_PARTNERS]
        else:
            nearest = np.broadcast_to(np.arange(apart.shape[1]), apart.shape)
        for place, columns in enumerate(nearest):
            yield from ((start + place, int(column)) for column in np.sort(columns) if meet[place, column])


def _grouped(n_pieces: int, pairs: Iterator[tuple[int, int]]) -> list[list[int]]:
    """Return the numbers of the pieces, those that pairs connect together, by the first of each."""
    leader = list(range(n_pieces))

    def root(number: int) -> int:
        while leader[number] != number:
            leader[number] = leader[leader[number]]
            number = leader[number]
        return number

    for one, other in pairs:
        low, high = sorted((root(one), root(other)))
        leader[high] = low
    groups: defaultdict[int, list[int]] = defaultdict(list)
    for number in range(n_pieces):
        groups[root(number)].append(number)
    return [groups[number] for number in sorted(groups)]


def _one(members: Sequence[_Piece], seam: Seam[Any], member: str) -> dict[str, Any]:
    """Return the object that a group is: as the tile has it that saw it whole, or joined."""
    if len(members) == 1:
        return members[0].found
    whole = [piece for piece in members if not piece.is_cut]
    if whole:
        return max(whole, key=lambda piece: (piece.is_home, piece.found.get("confidence") or 0.0)).found
    joined = seam.join([(piece.shape, piece.tile.core) for piece in members])
    # The rest is as the tile says that shows most of it.
    main = max(members, key=lambda piece: _extent(piece.bounds)).found
    doubts = {
        name: min(piece.found[name] for piece in members)
        for name in ("confidence", "agreement", "n_members")
        if all(name in piece.found for piece in members)
    }
    return {**main, member: seam.written(joined), **doubts}


def _extent(bounds: Bounds) -> float:
    return (bounds[2] - bounds[0]) + (bounds[3] - bounds[1])
