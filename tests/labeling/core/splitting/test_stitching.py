"""Stitching: objects that the borders of tiles have cut are found again as they were."""

import math
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from labeling.core.geometry.masks import Mask
from labeling.core.splitting import Tile, within_scope
from labeling.core.splitting.scopes import require_in_scope
from labeling.core.splitting.stitching import TileObjects, stitched
from labeling.core.splitting.stitching.pairing import best_pairs
from labeling.core.splitting.stitching.registry import SEAMS
from labeling.core.splitting.tiles import Tiles

WIDTH, HEIGHT, TILE_PX = 300, 260, 100
MARGINS = (0, 16)
# Of the image of two tiles that some tests are about.
SIZE = (200, 100)
# Objects stand in cells of a grid, so that no two of them touch, and borders run through the cells.
CELLS = [(x, y) for x in (2, 75, 150, 225) for y in (2, 66, 130, 194)]
CELL_WIDTH, CELL_HEIGHT = 70, 60


def cut(annotations: list[dict[str, Any]], member: str, *, margin_px: int) -> list[TileObjects]:
    """Return what workers without fault find in each tile."""
    tiles = Tiles(TILE_PX, margin_px).tiles_of(WIDTH, HEIGHT)
    return [TileObjects(tile, within_scope(annotations, tile.scope, member=member)) for tile in tiles]


def rejoined(annotations: list[dict[str, Any]], member: str, *, margin_px: int) -> list[dict[str, Any]]:
    """Return what stitching makes of it."""
    tiles = cut(annotations, member, margin_px=margin_px)
    for each in tiles:
        require_in_scope(each.objects, each.tile.scope, member=member)
    return [found for found, _ in stitched(tiles, member=member, size=(WIDTH, HEIGHT))]


def annotations_of(shapes: list[Any], member: str) -> list[dict[str, Any]]:
    """Return shapes as annotations of two classes in turn."""
    return [
        {"id": str(place), "class": ("cat", "dog")[place % 2], member: shape}
        for place, shape in enumerate(shapes, start=1)
    ]


@st.composite
def shapes_in_cells(draw: st.DrawFn, kind: str) -> list[Any]:
    """Draw some shapes of a kind, each alone in its cell."""
    cells = draw(st.lists(st.sampled_from(CELLS), unique=True, min_size=1, max_size=8))
    return [DRAWN[kind](draw, *cell) for cell in cells]


def _box(draw: st.DrawFn, x: int, y: int) -> list[float]:
    # No border of an object lies on a border of a tile: whether such a one goes on nobody can tell.
    width, height = draw(st.integers(8, CELL_WIDTH - 8)), draw(st.integers(8, CELL_HEIGHT - 8))
    return [x + 0.5, y + 0.5, x + width + 0.5, y + height + 0.5]


def _ring(draw: st.DrawFn, x: int, y: int) -> Any:
    angles = np.linspace(0, 2 * math.pi, draw(st.integers(5, 9)), endpoint=False) + 0.1
    radii = [draw(st.floats(14.0, 27.0)) for _ in angles]
    ring = [
        [round(x + 34 + r * math.cos(a), 3), round(y + 30 + r * math.sin(a), 3)]
        for a, r in zip(angles, radii, strict=True)
    ]
    return SEAMS["polygon"].written(SEAMS["polygon"].read(ring))


def _mask(draw: st.DrawFn, x: int, y: int) -> Any:
    pixels = np.zeros((HEIGHT, WIDTH), dtype=bool)
    x1, y1, x2, y2 = (int(number) for number in _box(draw, x, y))
    pixels[y1:y2, x1:x2] = True
    pixels[y1 : y1 + draw(st.integers(0, 3)), x1 : x1 + 3] = False
    return Mask.from_pixels(pixels.T).to_coco()


def _line(draw: st.DrawFn, x: int, y: int) -> list[list[float]]:
    # Down all the way: what crosses one border twice is two lines to whoever sees one side of it.
    n_points = draw(st.integers(2, 6))
    xs = np.linspace(x + 1.3, x + CELL_WIDTH - 2.3, n_points)
    ys = sorted(draw(st.lists(st.floats(2.1, CELL_HEIGHT - 2.1), min_size=n_points, max_size=n_points)))
    return [[round(float(at), 3), round(y + down, 3)] for at, down in zip(xs, ys, strict=True)]


def _point(draw: st.DrawFn, x: int, y: int) -> list[float]:
    return [x + draw(st.integers(10, CELL_WIDTH - 10)), y + draw(st.integers(10, CELL_HEIGHT - 10))]


def _turned(draw: st.DrawFn, x: int, y: int) -> list[float]:
    return [x + 34.5, y + 30.5, draw(st.integers(21, 50)), draw(st.integers(9, 20)), 0.0]


DRAWN = {"box": _box, "polygon": _ring, "mask": _mask, "polyline": _line, "point": _point, "rotated_box": _turned}


def same(member: str, one: Any, other: Any) -> bool:
    """Return whether two shapes are the same, but for the thousandths of a pixel to which outlines are written."""
    if member == "polygon":
        first, second = SEAMS["polygon"].read(one), SEAMS["polygon"].read(other)
        return bool(shapely.symmetric_difference(first, second).area < 0.2)
    if member == "mask":
        return bool(one == other)
    if member == "polyline":
        return bool(shapely.hausdorff_distance(shapely.LineString(one), shapely.LineString(other)) < 0.01)
    return bool(np.allclose(one, other, atol=1e-6))


@pytest.mark.parametrize("margin_px", MARGINS)
@pytest.mark.parametrize("member", [*SEAMS])
@settings(max_examples=50, deadline=None)
@given(data=st.data())
def test_without_noise_every_object_is_recovered_once(member: str, margin_px: int, data: st.DataObject) -> None:
    truth = annotations_of(data.draw(shapes_in_cells(member)), member)
    found = rejoined(truth, member, margin_px=margin_px)
    assert sorted(each["class"] for each in found) == sorted(each["class"] for each in truth)
    for each in truth:
        alike = [one for one in found if one["class"] == each["class"] and same(member, one[member], each[member])]
        assert len(alike) == 1, (each, found)


def test_an_object_larger_than_a_tile_is_joined_out_of_all_its_pieces() -> None:
    truth = annotations_of([[10.5, 10.5, 290.5, 250.5]], "box")
    for margin_px in MARGINS:
        [found] = rejoined(truth, "box", margin_px=margin_px)
        assert found["box"] == [10.5, 10.5, 290.5, 250.5]


def test_what_two_tiles_saw_whole_is_kept_as_the_tile_has_it_whose_core_holds_it() -> None:
    left, right = Tile((0, 0, 120, 100), (0, 0, 100, 100)), Tile((80, 0, 200, 100), (100, 0, 200, 100))
    here = {"id": "1", "class": "cat", "box": [86, 10, 98, 30], "confidence": 0.5}
    there = {"id": "1", "class": "cat", "box": [87, 11, 99, 31], "confidence": 0.9}
    [(found, origins)] = stitched([TileObjects(left, [here]), TileObjects(right, [there])], member="box", size=SIZE)
    assert (found, origins) == (here, [(0, "1"), (1, "1")])


def test_noise_at_a_border_of_cores_neither_doubles_nor_loses_an_object() -> None:
    left, right = Tile((0, 0, 120, 100), (0, 0, 100, 100)), Tile((80, 0, 200, 100), (100, 0, 200, 100))
    for shift in (-1.5, 1.5):  # each tile thinks the centre its own, or the other's
        here = {"id": "1", "class": "cat", "box": [90 - shift, 10, 110 - shift, 30]}
        there = {"id": "1", "class": "cat", "box": [90 + shift, 10, 110 + shift, 30]}
        assert len(stitched([TileObjects(left, [here]), TileObjects(right, [there])], member="box", size=SIZE)) == 1


def test_what_one_tile_alone_saw_in_its_margin_is_dropped() -> None:
    left, right = Tile((0, 0, 120, 100), (0, 0, 100, 100)), Tile((80, 0, 200, 100), (100, 0, 200, 100))
    stray = {"id": "1", "class": "cat", "box": [104, 10, 114, 30]}
    assert stitched([TileObjects(left, [stray]), TileObjects(right, [])], member="box", size=SIZE) == []


def test_where_the_tile_beside_was_not_answered_what_the_margin_shows_is_kept_and_known_to_be_cut() -> None:
    left, middle = Tile((0, 0, 120, 100), (0, 0, 100, 100)), Tile((80, 0, 220, 100), (100, 0, 200, 100))
    alone = {"id": "1", "class": "cat", "box": [204, 10, 214, 30]}
    one, other = (
        {"id": "2", "class": "cat", "box": [70, 40, 120, 60]},
        {"id": "2", "class": "cat", "box": [80, 40, 220, 60]},
    )
    found = stitched([TileObjects(left, [one]), TileObjects(middle, [alone, other])], member="box", size=(300, 100))
    assert sorted(each["box"] for each, _ in found) == [[70, 40, 220, 60], [204, 10, 214, 30]]


def test_thousands_that_lie_on_one_another_are_joined_in_bounded_time() -> None:
    left, right = Tiles(128, 64).tiles_of(256, 100)
    ring = [[100, 10], [150, 12], [150, 90], [100, 80]]
    here, there = (
        [
            {"id": str(place), "class": "cat", "polygon": [[[[x + place / 1_000, y] for x, y in ring]]]}
            for place in range(1_000)
        ]
        for _ in range(2)
    )
    beats: list[None] = []
    found = stitched(
        [TileObjects(left, here), TileObjects(right, there)],
        member="polygon",
        size=(256, 100),
        beat=lambda: beats.append(None),
    )
    assert 1_000 <= len(found) <= 1_050
    assert 1_000 <= len(beats) <= 8_001


def test_partners_are_the_best_together_or_the_best_first_where_there_are_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows, columns, shares = [0, 0, 1, 5], [0, 1, 0, 7], [0.9, 0.8, 0.8, 0.6]
    assert set(best_pairs(rows, columns, shares, shape=(6, 8))) == {(0, 1), (1, 0), (5, 7)}
    monkeypatch.setattr("labeling.core.splitting.stitching.pairing.MAX_SIDE", 1)
    assert set(best_pairs(rows, columns, shares, shape=(6, 8))) == {(0, 0), (5, 7)}
    assert list(best_pairs([], [], [], shape=(0, 3))) == []


def test_pieces_of_different_classes_are_different_objects() -> None:
    left, right = Tile((0, 0, 100, 100), (0, 0, 100, 100)), Tile((100, 0, 200, 100), (100, 0, 200, 100))
    here = {"id": "1", "class": "cat", "box": [60, 10, 100, 30]}
    there = {"id": "1", "class": "dog", "box": [100, 10, 140, 30]}
    assert len(stitched([TileObjects(left, [here]), TileObjects(right, [there])], member="box", size=SIZE)) == 2


def test_a_joined_object_is_no_surer_than_its_least_sure_piece() -> None:
    left, right = Tile((0, 0, 100, 100), (0, 0, 100, 100)), Tile((100, 0, 200, 100), (100, 0, 200, 100))
    here = {"id": "1", "class": "cat", "box": [40, 10, 100, 30], "confidence": 0.9, "n_members": 3}
    there = {"id": "1", "class": "cat", "box": [100, 11, 140, 31], "confidence": 0.7, "n_members": 2}
    [(found, _)] = stitched([TileObjects(left, [here]), TileObjects(right, [there])], member="box", size=SIZE)
    assert found == {"id": "1", "class": "cat", "box": [40, 10, 140, 31], "confidence": 0.7, "n_members": 2}


def test_a_turned_box_cut_across_keeps_its_turn() -> None:
    left, right = Tile((0, 0, 100, 200), (0, 0, 100, 200)), Tile((100, 0, 200, 200), (100, 0, 200, 200))
    degrees = 30.0
    along = np.array([math.cos(math.radians(degrees)), math.sin(math.radians(degrees))])
    centre = np.array([100.0, 100.0])
    pieces = [centre - along * 15, centre + along * 20]
    here = {"id": "1", "class": "cat", "rotated_box": [*pieces[0], 34.0, 10.0, degrees]}
    there = {"id": "1", "class": "cat", "rotated_box": [*pieces[1], 44.0, 10.0, degrees]}
    [(found, _)] = stitched(
        [TileObjects(left, [here]), TileObjects(right, [there])], member="rotated_box", size=(200, 200)
    )
    middle = centre + along * (42 - 32) / 2
    assert found["rotated_box"] == pytest.approx([*middle, 74.0, 10.0, degrees], abs=1e-6)
