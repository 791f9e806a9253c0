"""Every way of splitting by its name."""

from typing import Any

from labeling.core.annotations.refusals import read_choice, read_object
from labeling.core.splitting.balanced_batches import BalancedBatches
from labeling.core.splitting.base import Strategy
from labeling.core.splitting.class_groups import ClassGroups
from labeling.core.splitting.frame_windows import FrameWindows
from labeling.core.splitting.one_asset import OneAssetPerTask
from labeling.core.splitting.tiles import Tiles
from labeling.core.splitting.verify_prelabels import VerifyPrelabels

STRATEGIES: dict[str, type[Strategy]] = {
    strategy.name: strategy
    for strategy in (OneAssetPerTask, BalancedBatches, Tiles, FrameWindows, ClassGroups, VerifyPrelabels)
}
_NAMES = frozenset(STRATEGIES)


def read_split(given: Any) -> Strategy:
    """Return the strategy that `{"strategy": name, ...}` states, its parameters beside the name.

    Raises
    ------
    Refusal
        Naming the member at fault.
    """
    if not isinstance(given, dict) or "strategy" not in given:
        read_object(given, "", required=frozenset({"strategy"}))
    name = read_choice(given["strategy"], "strategy", _NAMES)
    return STRATEGIES[name].read({key: value for key, value in given.items() if key != "strategy"})
