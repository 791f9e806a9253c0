"""One asset a task."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from labeling.core.splitting.base import AssetFacts, Planned, Strategy, Whole


@dataclass(frozen=True)
class OneAssetPerTask(Strategy):
    """Every asset is a task, in the order of the snapshot."""

    name = "one_asset_per_task"

    def plan(self, assets: Iterable[AssetFacts], whole: Whole) -> Iterator[Planned]:
        """Yield a task for each asset."""
        for asset in assets:
            yield Planned(asset.asset_id)
