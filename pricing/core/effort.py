"""Seconds that one answer takes: `a + b * units`, from published annotation times.

Classification 5.1 s an image: Gygli & Ferrari 2019, arXiv 1905.10576 (class label). Boxes 7.8 s an image to look it
over: Su, Deng & Fei-Fei 2012, table 1 (coverage check, median); 12.5 s a box: Gygli & Ferrari 2019 (label and box).
"""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class EffortRate:
    """Seconds an asset takes whatever is in it, and seconds a unit (object) adds."""

    per_asset_s: Decimal
    per_unit_s: Decimal


EFFORT_RATES: dict[str, EffortRate] = {
    "image_classification": EffortRate(per_asset_s=Decimal("5.1"), per_unit_s=Decimal(0)),
    "bounding_box": EffortRate(per_asset_s=Decimal("7.8"), per_unit_s=Decimal("12.5")),
}


def effort_s(annotation_type: str, *, units_per_asset: Decimal, kappa: Decimal = Decimal(1)) -> Decimal:
    """Return the seconds one answer takes; `kappa` is the complexity multiplier, 1 at the median."""
    rate = EFFORT_RATES[annotation_type]
    return kappa * (rate.per_asset_s + rate.per_unit_s * units_per_asset)
