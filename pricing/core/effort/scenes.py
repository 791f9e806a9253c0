"""What an answer is about, as far as its seconds depend on it."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

# Seconds to say one thing more of an object: a trade guide has 15 to 25 s for 4 to 6 attributes of a box.
ATTRIBUTE_S = Decimal("4.0")

# Points of one object at which `EFFORT_RATES` holds (see there). Of other types no number of points is known.
USUAL_VERTICES: dict[str, int] = {"polygon": 30, "polyline": 8, "keypoints": 17}


class Work(StrEnum):
    """What is asked of whoever answers."""

    FROM_NOTHING = "from_nothing"
    AIDED = "aided"
    REVIEW = "review"


@dataclass(frozen=True)
class Scene:
    """An asset, or several alike, and what is to be done with it.

    Attributes
    ----------
    units : objects in it.
    attributes : things to be said of each object beside its class; of the asset where objects make no difference.
    vertices : points of an object; None for as many as usual.
    kappa : what its complexity multiplies the seconds by, 1 at the median. Where assets differ: the mean of theirs,
        each raised to what the belief says of complexity (`EffortBelief.elasticity`).
    units_source, kappa_source : who said so.
    """

    annotation_type: str
    units: Decimal
    attributes: Decimal = Decimal(0)
    vertices: Decimal | None = None
    kappa: Decimal = Decimal(1)
    work: Work = Work.FROM_NOTHING
    units_source: str = "requester"
    kappa_source: str = "images"
