"""From the assets of a job to its tasks, and from the conclusions of tasks back to assets."""

from labeling.core.splitting.base import Alike, AssetFacts, Planned, Strategy, Tally, Whole
from labeling.core.splitting.efforts import Pace, Weighing, mean_regions
from labeling.core.splitting.frame_windows import natural_key
from labeling.core.splitting.merging import merged_by_asset
from labeling.core.splitting.registry import STRATEGIES, read_split
from labeling.core.splitting.scopes import require_in_scope, within_scope
from labeling.core.splitting.tile import Scope, Tile

__all__ = [
    "STRATEGIES",
    "Alike",
    "AssetFacts",
    "Pace",
    "Planned",
    "Scope",
    "Strategy",
    "Tally",
    "Tile",
    "Weighing",
    "Whole",
    "mean_regions",
    "merged_by_asset",
    "natural_key",
    "read_split",
    "require_in_scope",
    "within_scope",
]
