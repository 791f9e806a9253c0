"""What an answer about an asset is expected to take, by the little that is known of it."""

from collections.abc import Iterable
from dataclasses import dataclass

# Of the looks of an image: more regions than others is more to do, but not in proportion; an assumption.
LEAST_UNITS, MOST_UNITS = 0.5, 2.0
MICROS = 1_000_000


@dataclass(frozen=True)
class Pace:
    """Seconds that one answer takes: for an asset, whatever is in it, and for each unit (an object)."""

    per_asset_s: float
    per_unit_s: float


@dataclass(frozen=True)
class Weighing:
    """How an asset's effort follows from the objects in its pre-label, or else from the regions of its image.

    Attributes
    ----------
    units_per_asset : objects expected in an asset of which nothing is known.
    mean_regions : of the images it is compared with; above 0.
    """

    pace: Pace
    units_per_asset: float
    mean_regions: float = 1.0

    def effort_us(self, n_objects: int | None, n_regions: int | None) -> int:
        """Return the microseconds of one answer; whatever is not known is None."""
        return round((self.pace.per_asset_s + self.pace.per_unit_s * self._units(n_objects, n_regions)) * MICROS)

    def _units(self, n_objects: int | None, n_regions: int | None) -> float:
        if n_objects is not None:
            return float(n_objects)
        if n_regions is None:
            return self.units_per_asset
        return min(max(n_regions / self.mean_regions, LEAST_UNITS), MOST_UNITS) * self.units_per_asset


def mean_regions(counted: Iterable[tuple[int | None, int]]) -> float:
    """Return the mean of the regions of images, each number with how many have it; 1 where none has any."""
    total, n_images = 0, 0
    for n_regions, n in counted:
        if n_regions is not None:
            total, n_images = total + n_regions * n, n_images + n
    return total / n_images if total else 1.0
