"""A part of an image that one task asks about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TILE = "tile"
# As tasks hold it: JSON.
Scope = dict[str, Any]
Rect = tuple[int, int, int, int]


@dataclass(frozen=True)
class Tile:
    """A part of an image: what is shown, and the core in it, which is of no other tile. [x1, y1, x2, y2], pixels."""

    shown: Rect
    core: Rect

    @classmethod
    def of(cls, scope: Mapping[str, Any]) -> "Tile":
        """Return the tile that a scope states."""
        x1, y1, x2, y2 = scope[TILE]
        u1, v1, u2, v2 = scope["core"]
        return cls((x1, y1, x2, y2), (u1, v1, u2, v2))

    @property
    def scope(self) -> Scope:
        """Return it as a task holds it."""
        return {TILE: list(self.shown), "core": list(self.core)}
