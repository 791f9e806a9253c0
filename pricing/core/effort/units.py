"""How many objects are expected in an asset: what is nearest to the job itself counts most.

From the furthest to the nearest: what the requester stated, earlier jobs of the project, the job's pre-labels, the
job's own answers. Each is weighed against what the ones before it came to by the assets that it is of; those of other
jobs and of models, which may be biased however many they are, count as so many assets at most.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class UnitsSource(StrEnum):
    """Who says how many objects are in an asset, the furthest first."""

    REQUESTER = "requester"
    PROJECT = "earlier jobs"
    PRELABELS = "pre-labels"
    PILOT = "pilot"


# As many assets as the requester's number counts for, and as others count for at most; assumptions.
STATED_ASSETS = 20.0
MOST_ASSETS = {UnitsSource.PROJECT: 20.0, UnitsSource.PRELABELS: 400.0}


@dataclass(frozen=True)
class UnitsBelief:
    """Objects in an asset.

    Attributes
    ----------
    source : what says most of it.
    n_assets : that this source is of; 0 of a statement.
    """

    mean: float
    source: UnitsSource
    n_assets: int = 0

    @property
    def words(self) -> str:
        """Return the source, and how many assets it is of."""
        return f"{self.source} ({self.n_assets})" if self.n_assets else self.source.value


def expected_units(stated: float, seen: Mapping[UnitsSource, tuple[float, int]]) -> UnitsBelief:
    """Return the objects that are expected in an asset.

    Parameters
    ----------
    stated : by the requester.
    seen : by source, mean objects of an asset and the number of assets.
    """
    mean, weight = stated, STATED_ASSETS
    shares = {UnitsSource.REQUESTER: 1.0}
    for source in UnitsSource:
        found, n_assets = seen.get(source, (0.0, 0))
        if n_assets <= 0:
            continue
        counted = min(float(n_assets), MOST_ASSETS.get(source, float(n_assets)))
        share = counted / (weight + counted)
        mean += share * (found - mean)
        weight += counted
        shares = {known: before * (1.0 - share) for known, before in shares.items()} | {source: share}
    source = max(reversed(shares), key=lambda known: shares[known])  # of equals the nearest
    return UnitsBelief(mean, source, seen.get(source, (0.0, 0))[1])
