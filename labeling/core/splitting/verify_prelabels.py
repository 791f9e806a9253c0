"""What a model said is shown and put right; the rest is annotated from nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from labeling.core.splitting.base import Alike, AssetFacts, Planned, Strategy, Tally, Whole


@dataclass(frozen=True)
class VerifyPrelabels(Strategy):
    """Every asset is a task; of those with a pre-label everybody sees it."""

    name = "verify_prelabels"
    shows_prelabels = True

    def plan(self, assets: Iterable[AssetFacts], whole: Whole) -> Iterator[Planned]:
        """Yield a task for each asset."""
        for asset in assets:
            yield Planned(asset.asset_id, prelabel_id=asset.prelabel_id)

    def tally(self, whole: Whole, alike: Iterable[Alike]) -> Tally:
        """Return the count."""
        return Tally(whole.n_assets, n_aided=sum(some.n_assets for some in alike if some.is_prelabelled))
