"""Batches of about the same effort."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import tee
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
        return max(1, min(whole.n_assets, round(whole.effort_us / (self.batch_effort_s * MICROS))))

    def plan(self, assets: Iterable[AssetFacts], whole: Whole) -> Iterator[Planned]:
        """Yield a task for each asset, with its batch from 1."""
        known, weighed = tee(assets)
        batches = self._batches((asset.effort_us for asset in weighed), whole)
        for asset, batch in zip(known, batches, strict=True):
            yield Planned(asset.asset_id, batch=batch)

    def tally(self, whole: Whole, alike: Iterable[Alike], efforts_us: Iterable[int]) -> Tally:
        """Return the count; an asset of more effort than a batch may leave some batch empty, and it is not counted."""
        n_batches = self.n_batches(whole)
        # One middle is no further from the next than the longest asset is long: no length that long is passed over.
        if n_batches > 1 and whole.most_effort_us * n_batches > whole.effort_us:
            n_batches = len(set(self._batches(efforts_us, whole)))
        return Tally(whole.n_assets, n_batches=n_batches)

    def _batches(self, efforts_us: Iterable[int], whole: Whole) -> Iterator[int]:
        """Yield the batch of each asset, in order: which of the lengths its middle lies in, in whole numbers."""
        last = self.n_batches(whole) - 1
        before_us, n_batches, twice_all_us = 0, last + 1, max(1, 2 * whole.effort_us)
        for effort_us in efforts_us:
            yield 1 + min((2 * before_us + effort_us) * n_batches // twice_all_us, last)
            before_us += effort_us
