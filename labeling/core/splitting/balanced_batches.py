"""Batches of about the same effort."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labeling.core.annotations.refusals import Refusal, read_number, read_object
from labeling.core.splitting.base import Alike, AssetFacts, Planned, Strategy, Tally, Whole

LEAST_S, MOST_S = 10.0, 28_800.0
MICROS = 1_000_000


@dataclass(frozen=True)
class BalancedBatches(Strategy):
    """Assets in order, in batches that differ from one another by less than two answers' effort.

    All effort laid end to end is divided into equal lengths; an asset is of the length that its middle lies in. So a
    batch has the wanted effort but for, at either end, at most half an asset.

    Attributes
    ----------
    batch_effort_s : seconds of work in a batch, about.
    """

    name = "balanced_batches"
    in_batches = True
    by_effort = True

    batch_effort_s: float = 1_800.0

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "BalancedBatches":
        """Return the strategy with these parameters."""
        read_object(given, "", optional=frozenset({"batch_effort_s"}))
        seconds = read_number(given.get("batch_effort_s", cls.batch_effort_s), "batch_effort_s")
        if not LEAST_S <= seconds <= MOST_S:
            raise Refusal("batch_effort_s", f"A batch is {LEAST_S:.0f} to {MOST_S:.0f} seconds of work.")
        return cls(seconds)

    def n_batches(self, whole: Whole) -> int:
        """Return how many batches come nearest to the wanted effort."""
        return max(1, min(whole.n_assets, round(sum(whole.efforts_us) / (self.batch_effort_s * MICROS))))

    def plan(self, assets: Iterable[AssetFacts], whole: Whole) -> Iterator[Planned]:
        """Yield a task for each asset, with its batch from 1."""
        for asset, batch in zip(assets, self._batches(whole), strict=True):
            yield Planned(asset.asset_id, batch=batch)

    def tally(self, whole: Whole, alike: Iterable[Alike]) -> Tally:
        """Return the count; an asset of much effort may leave some batch empty, and it is not counted."""
        return Tally(whole.n_assets, n_batches=len(set(self._batches(whole))))

    def _batches(self, whole: Whole) -> Iterator[int]:
        """Yield the batch of each asset: which of the lengths its middle lies in, in whole numbers."""
        n_batches, twice_all_us = self.n_batches(whole), max(1, 2 * sum(whole.efforts_us))
        before_us = 0
        for effort_us in whole.efforts_us:
            yield 1 + min((2 * before_us + effort_us) * n_batches // twice_all_us, n_batches - 1)
            before_us += effort_us
