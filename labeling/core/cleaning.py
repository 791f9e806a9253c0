"""What makes an asset worth a second look, and by how much."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum


class FlawKind(StrEnum):
    """What may be wrong with an asset."""

    EXACT_DUPLICATE = "exact_duplicate"
    NEAR_DUPLICATE = "near_duplicate"
    MIRRORED_DUPLICATE = "mirrored_duplicate"
    BLURRED = "blurred"
    DARK = "dark"
    OVEREXPOSED = "overexposed"
    TINY = "tiny"
    ODD_SIZE = "odd_size"


MAX_DISTANCE = 16


@dataclass(frozen=True)
class Thresholds:
    """From where on an image is flagged.

    Attributes
    ----------
    near_duplicate : most bits of 64 in which the difference hashes of two images differ (0 to 16).
    blurred : least variance of the Laplacian at 512 pixels a side; depends much on what is pictured.
    dark : least mean brightness, 0 to 1.
    overexposed : most pixels that are (nearly) white, as a share.
    tiny : least pixels of the shorter side.
    odd_size : most times that the longer side may be the shorter one.
    """

    near_duplicate: float = 8
    blurred: float = 20.0
    dark: float = 0.2
    overexposed: float = 0.3
    tiny: float = 64
    odd_size: float = 4.0


LIMITS: dict[str, tuple[float, float]] = {
    "near_duplicate": (0, MAX_DISTANCE),
    "blurred": (0, 100_000),
    "dark": (0, 1),
    "overexposed": (0, 1),
    "tiny": (0, 100_000),
    "odd_size": (1, 100_000),
}


def thresholds(changes: Mapping[str, float]) -> Thresholds:
    """Return the usual thresholds but for what a dataset changes."""
    known = {field.name for field in fields(Thresholds)}
    return Thresholds(**{name: value for name, value in changes.items() if name in known})


@dataclass(frozen=True)
class Rule:
    """A flaw that one number of an image tells.

    Attributes
    ----------
    kind : the flaw, and the name of its threshold.
    measure : a column of the image's features, or one of the two numbers that its sides give.
    is_least : whether the threshold is the least that is well, and not the most.
    """

    kind: FlawKind
    measure: str
    is_least: bool


SHORTER_SIDE, SIDE_RATIO = "shorter_side", "side_ratio"
RULES = (
    Rule(FlawKind.BLURRED, "laplacian_variance", is_least=True),
    Rule(FlawKind.DARK, "mean_luma", is_least=True),
    Rule(FlawKind.OVEREXPOSED, "bright_share", is_least=False),
    Rule(FlawKind.TINY, SHORTER_SIDE, is_least=True),
    Rule(FlawKind.ODD_SIZE, SIDE_RATIO, is_least=False),
)
