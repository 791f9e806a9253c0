"""Seconds that one answer takes: `a + b * units`, from published annotation times where there are some.

A unit is an object: a box, a skeleton, a mask.

Classification 5.1 s an image: Gygli & Ferrari 2019, arXiv 1905.10576 (class label). Boxes 7.8 s an image to look it
over: Su, Deng & Fei-Fei 2012, table 1 (coverage check, median); 12.5 s a box: Gygli & Ferrari 2019 (label and box).
Several classes 1 s each, points 2.4 s each, and 239.7 s for every pixel of a PASCAL VOC image: Bearman et al. 2016,
arXiv 1506.02106 (a street scene takes 90 minutes: Cordts et al. 2016, arXiv 1604.01685). Outlines 54 s: Jain & Grauman
2013. Masks 79.2 s: Lin et al. 2014, arXiv 1405.0312. Cuboids in space 114.3 s: Song et al. 2015, SUN RGB-D, an upper
bound.

Assumed, for want of a measurement: rotated boxes take 1.365 times a box (the ratio of published prices), ellipses and
cuboids in images as much as rotated boxes and twice a box; lines 14.4 s, 8 points at an outline's 1.8 s; skeletons
32.3 s, 17 joints at a centre click's 1.9 s (Papadopoulos et al. 2017); panoptic as every pixel and, to part one thing
from another, a box for each; an image to look over 2 s where several classes or points are asked for.

Reviews: 9.0 s to check beside 25.5 s to draw a box (Su et al. 2012, medians) is .35; 1.6 s for a yes or no
(Papadopoulos et al., CVPR 2016) beside 5.1 s is .314; outlines .20 (Neuhold et al. 2017, Mapillary Vistas: .19). What
is placed by few clicks is assumed to be checked as boxes, what is drawn as outlines.
"""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class EffortRate:
    """Seconds an asset takes whatever is in it, seconds a unit (object) adds, and a review's share of their sum."""

    per_asset_s: Decimal
    per_unit_s: Decimal
    review_share: Decimal


def _rate(per_asset_s: str, per_unit_s: str, review_share: str) -> EffortRate:
    return EffortRate(Decimal(per_asset_s), Decimal(per_unit_s), Decimal(review_share))


EFFORT_RATES: dict[str, EffortRate] = {
    "image_classification": _rate("5.1", "0", "0.314"),
    "multi_label_classification": _rate("2.0", "1.0", "0.314"),
    "bounding_box": _rate("7.8", "12.5", "0.35"),
    "rotated_box": _rate("7.8", "17.1", "0.35"),
    "polygon": _rate("7.8", "54.0", "0.20"),
    "polyline": _rate("7.8", "14.4", "0.20"),
    "keypoints": _rate("7.8", "32.3", "0.35"),
    "point": _rate("2.0", "2.4", "0.35"),
    "ellipse": _rate("7.8", "17.1", "0.35"),
    "cuboid_2d": _rate("7.8", "25.0", "0.35"),
    "cuboid_3d": _rate("7.8", "114.3", "0.20"),
    "instance_segmentation": _rate("7.8", "79.2", "0.20"),
    "semantic_segmentation": _rate("239.7", "0", "0.20"),
    "panoptic_segmentation": _rate("239.7", "12.5", "0.20"),
}


def effort_s(annotation_type: str, *, units_per_asset: Decimal, kappa: Decimal = Decimal(1)) -> Decimal:
    """Return the seconds one answer takes; `kappa` is the complexity multiplier, 1 at the median."""
    rate = EFFORT_RATES[annotation_type]
    return kappa * (rate.per_asset_s + rate.per_unit_s * units_per_asset)


def review_effort_s(annotation_type: str, *, units_per_asset: Decimal, kappa: Decimal = Decimal(1)) -> Decimal:
    """Return the seconds that checking one answer takes."""
    share = EFFORT_RATES[annotation_type].review_share
    return share * effort_s(annotation_type, units_per_asset=units_per_asset, kappa=kappa)
