"""Seconds that one answer takes: `a + b * units`, from published annotation times.

Classification 5.1 s an image: Gygli & Ferrari 2019, arXiv 1905.10576 (class label). Boxes 7.8 s an image to look it
over: Su, Deng & Fei-Fei 2012, table 1 (coverage check, median); 12.5 s a box: Gygli & Ferrari 2019 (label and box).
Reviews: 9.0 s to check beside 25.5 s to draw a box (Su et al. 2012, medians) is .35; 1.6 s for a yes or no
(Papadopoulos et al., CVPR 2016) beside 5.1 s is .314.
"""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class EffortRate:
    """Seconds an asset takes whatever is in it, seconds a unit (object) adds, and a review's share of their sum."""

    per_asset_s: Decimal
    per_unit_s: Decimal
    review_share: Decimal


EFFORT_RATES: dict[str, EffortRate] = {
    "image_classification": EffortRate(
        per_asset_s=Decimal("5.1"), per_unit_s=Decimal(0), review_share=Decimal("0.314")
    ),
    "bounding_box": EffortRate(per_asset_s=Decimal("7.8"), per_unit_s=Decimal("12.5"), review_share=Decimal("0.35")),
}


def effort_s(annotation_type: str, *, units_per_asset: Decimal, kappa: Decimal = Decimal(1)) -> Decimal:
    """Return the seconds one answer takes; `kappa` is the complexity multiplier, 1 at the median."""
    rate = EFFORT_RATES[annotation_type]
    return kappa * (rate.per_asset_s + rate.per_unit_s * units_per_asset)


def review_effort_s(annotation_type: str, *, units_per_asset: Decimal, kappa: Decimal = Decimal(1)) -> Decimal:
    """Return the seconds that checking one answer takes."""
    share = EFFORT_RATES[annotation_type].review_share
    return share * effort_s(annotation_type, units_per_asset=units_per_asset, kappa=kappa)
