"""What is known of each type of annotation, in figures that explain a price."""

import math
from dataclasses import dataclass
from datetime import datetime
from statistics import NormalDist

from labeling.models import AnnotationTypeName
from pricing.core.effort import EFFORT_RATES, PARAMETERS, EffortBelief, prior_of
from pricing.core.effort.beliefs import LEVEL, LOOK, UNIT
from pricing.models import EffortModel
from pricing.services.effort.refit import current_models

_TO_80 = NormalDist().inv_cdf(0.9)
# Powers; of all others the logarithm of a factor is believed.
_POWERS = ("vertices", "complexity", "practice")


@dataclass(frozen=True)
class Coefficient:
    """A coefficient with the middle 80 % of what is believed of it."""

    name: str
    value: float
    low80: float
    high80: float
    source: str


@dataclass(frozen=True)
class KnownEffort:
    """A type of annotation; without a model all is as published, and version 0."""

    belief: EffortBelief
    model: EffortModel | None

    @property
    def annotation_type(self) -> str:
        """Return the type."""
        return self.belief.annotation_type

    @property
    def version(self) -> int:
        """Return the model's version."""
        return 0 if self.model is None else self.model.version

    @property
    def n_images(self) -> int:
        """Return how many images complexity was ranked against."""
        return 0 if self.model is None else self.model.complexity_scale.n_images

    @property
    def seconds_per_asset(self) -> float:
        """Return the seconds to look over an asset of middling complexity."""
        return self._seconds(float(EFFORT_RATES[self.annotation_type].per_asset_s), LOOK)

    @property
    def seconds_per_unit(self) -> float:
        """Return the seconds of an object with as many points as usual."""
        return self._seconds(float(EFFORT_RATES[self.annotation_type].per_unit_s), UNIT)

    @property
    def coefficients(self) -> list[Coefficient]:
        """Return all coefficients."""
        return [self._coefficient(i, name) for i, name in enumerate(PARAMETERS)]

    @property
    def window_from(self) -> datetime | None:
        """Return since when jobs were looked at."""
        return None if self.model is None else self.model.window_from

    @property
    def window_to(self) -> datetime | None:
        """Return until when."""
        return None if self.model is None else self.model.window_to

    @property
    def fitted_at(self) -> datetime | None:
        """Return when the model was fitted."""
        return None if self.model is None else self.model.fitted_at

    def _seconds(self, published_s: float, part: int) -> float:
        return round(published_s * math.exp(self.belief.mean[LEVEL] + self.belief.mean[part]), 4)

    def _coefficient(self, place: int, name: str) -> Coefficient:
        middle = float(self.belief.mean[place])
        reach = _TO_80 * math.sqrt(self.belief.covariance[place, place])
        ends = [middle, middle - reach, middle + reach]
        value, low, high = (round(end if name in _POWERS else math.exp(end), 4) for end in ends)
        source = "measured" if self.belief.is_measured(place) else "prior"
        return Coefficient(name, value, low, high, source)


def known_efforts() -> list[KnownEffort]:
    """Return what is known of every type."""
    models = current_models()
    return [
        KnownEffort(prior_of(kind) if kind not in models else models[kind].belief, models.get(kind))
        for kind in AnnotationTypeName.values
    ]
