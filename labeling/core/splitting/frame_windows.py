"""Windows of frames, each for one worker."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from labeling.core.annotations.refusals import read_object, read_whole_number
from labeling.core.splitting.base import Alike, AssetFacts, Planned, Strategy, Tally, Whole

MAX_FRAMES = 1_000
N_DIGITS = 20
_NUMBER = re.compile(r"\d+", re.ASCII)


@dataclass(frozen=True)
class FrameWindows(Strategy):
    """Frames in the order of their sequence, so many of them a batch; no batch goes over the end of a sequence.

    Attributes
    ----------
    window : frames in a batch, but for the last of a sequence.
    """

    name = "frame_windows"
    in_batches = True
    by_sequence = True

    window: int = 20

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> "FrameWindows":
        """Return the strategy with these parameters."""
        read_object(given, "", optional=frozenset({"window"}))
        return cls(read_whole_number(given.get("window", cls.window), "window", least=2, most=MAX_FRAMES))

    def plan(self, assets: Iterable[AssetFacts], whole: Whole) -> Iterator[Planned]:
        """Yield a task for each frame, with its window from 1 as batch."""
        batch, n_held, sequence = 0, 0, None
        for asset in assets:
            if asset.sequence != sequence or n_held == self.window:
                batch, n_held, sequence = batch + 1, 0, asset.sequence
            n_held += 1
            yield Planned(asset.asset_id, batch=batch)

    def tally(self, whole: Whole, alike: Iterable[Alike]) -> Tally:
        """Return the count."""
        return Tally(whole.n_assets, n_batches=sum(-(-sequence.n_assets // self.window) for sequence in alike))


def natural_key(name: str) -> str:
    """Return a text by which `img2` comes before `img10`: numbers are of one length, zeros in front."""
    return _NUMBER.sub(lambda number: number.group().zfill(N_DIGITS), name)
