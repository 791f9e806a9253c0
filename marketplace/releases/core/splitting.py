"""Parts for training, validation and test: by a hash, so that what was in a part stays in it, release after release."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

PARTS = ("train", "val", "test")
_TOLERANCE = 1e-6


class BadShares(ValueError):
    """Shares that do not divide anything."""


@dataclass(frozen=True)
class Split:
    """How tasks are divided.

    Attributes
    ----------
    shares : of `train`, `val` and `test`, above 0, together 1; parts that are left out get nothing.
    seed : another one divides otherwise.
    """

    shares: Mapping[str, float]
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.shares or not set(self.shares) <= set(PARTS):
            raise BadShares(f"Shares are of {', '.join(PARTS)}.")
        if any(not 0.0 < share <= 1.0 for share in self.shares.values()):
            raise BadShares("Each share is above 0 and at most 1.")
        if abs(sum(self.shares.values()) - 1.0) > _TOLERANCE:
            raise BadShares("The shares add up to 1.")

    @property
    def parts(self) -> list[str]:
        """Return the names of the parts in their order."""
        return [part for part in PARTS if part in self.shares]

    def part_of(self, group: str) -> str:
        """Return the part of a group of assets that show the same; a share is what it gets of many groups."""
        digest = hashlib.sha256(f"{self.seed}:{group}".encode()).digest()
        place = int.from_bytes(digest[:8], "big") / 2**64
        reached = 0.0
        for part in self.parts:
            reached += self.shares[part]
            if place < reached:
                return part
        return self.parts[-1]
