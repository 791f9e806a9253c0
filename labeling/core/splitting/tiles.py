"""Very large images, tile by tile."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from labeling.core.annotations.ontology import Ontology
from labeling.core.annotations.refusals import Refusal, read_object, read_whole_number
from labeling.core.splitting.base import (
    MAX_PARTS,
    Alike,
    AssetFacts,
    Planned,
    Strategy,
    Tally,
    Whole,
    refuse_types,
    require_few,
)
from labeling.core.splitting.tile import Rect, Tile

LEAST_PX, MOST_PX = 64, 16_384
# What can be joined where a border cuts it.
TILED_TYPES = frozenset({"bounding_box", "rotated_box", "polygon", "polyline", "point", "instance_segmentation"})


@dataclass(frozen=True)
class Tiles(Strategy):
    """Each image in cores of equal size, shown with a margin around them; a small image stays whole.

    Attributes
    ----------
    tile_px : side of a core at most.
    margin_px : shown around a core, where the image goes on; wide enough for most objects to be whole in one tile.
    """

    name = "tiles"
    makes_parts = True
    by_size = True

    tile_px: int = 1_024
    margin_px: int = 128

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "Tiles":
        """Return the strategy with these parameters."""
        read_object(given, "", optional=frozenset({"tile_px", "margin_px"}))
        tile_px = read_whole_number(given.get("tile_px", cls.tile_px), "tile_px", least=LEAST_PX, most=MOST_PX)
        usual = min(cls.margin_px, tile_px // 2)
        margin_px = read_whole_number(given.get("margin_px", usual), "margin_px", least=0, most=tile_px // 2)
        return cls(tile_px, margin_px)

    def check(self, annotation_type: str, ontology: Ontology) -> None:
        """Refuse what cannot be joined at borders."""
        why = "what is cut by a tile's border could not be joined."
        refuse_types(self.name, annotation_type, taken=TILED_TYPES, why=why)

    def plan(self, assets: Iterable[AssetFacts], whole: Whole) -> Iterator[Planned]:
        """Yield a task for each tile, row by row."""
        for asset in assets:
            width, height = _size_of(asset)
            if self._n_tiles(width, height) == 1:
                yield Planned(asset.asset_id)
                continue
            for tile in self.tiles_of(width, height):
                yield Planned(asset.asset_id, tile.scope)

    def tiles_of(self, width: int, height: int) -> Iterator[Tile]:
        """Yield the tiles of an image, row by row."""
        columns, rows = self._cuts(width), self._cuts(height)
        for top, bottom in pairwise(rows):
            for left, right in pairwise(columns):
                yield Tile(self._shown((left, top, right, bottom), width, height), (left, top, right, bottom))

    def tally(self, whole: Whole, alike: Iterable[Alike]) -> Tally:
        """Return the count.

        Raises
        ------
        Refusal
            The size of an asset is not known, or it makes too many tiles.
        """
        n_tasks = 0
        for some in alike:
            if some.width is None or some.height is None:
                raise Refusal("strategy", f"The size of {some.n_assets} assets is not known; it must be, to tile them.")
            n_tiles = self._n_tiles(some.width, some.height)
            if n_tiles > MAX_PARTS:
                detail = f"An image of {some.width} x {some.height} makes {n_tiles} tiles; at most {MAX_PARTS} do."
                raise Refusal("tile_px", detail)
            n_tasks += n_tiles * some.n_assets
        return Tally(require_few(n_tasks))

    def _n_tiles(self, width: int, height: int) -> int:
        return -(-width // self.tile_px) * -(-height // self.tile_px)

    def _cuts(self, side: int) -> list[int]:
        """Return where cores begin and end along a side: as few as there may be, equal to a pixel."""
        n_cores = -(-side // self.tile_px)
        return [place * side // n_cores for place in range(n_cores + 1)]

    def _shown(self, core: Rect, width: int, height: int) -> Rect:
        x1, y1, x2, y2 = core
        margin = self.margin_px
        return max(0, x1 - margin), max(0, y1 - margin), min(width, x2 + margin), min(height, y2 + margin)


def _size_of(asset: AssetFacts) -> tuple[int, int]:
    if asset.width is None or asset.height is None:
        raise Refusal("strategy", f"The size of asset {asset.asset_id} must be known to tile it.")
    return asset.width, asset.height
