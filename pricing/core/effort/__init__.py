"""Seconds that an answer takes: what was published, shrunk towards what was measured here.

`estimate(belief, scene)` is what quotes use. `prior_of(type)` is the belief before anything was measured, and says the
same as `effort_s`; `fitting.fit` makes a belief of timed answers.
"""

from pricing.core.effort.beliefs import PARAMETERS, EffortBelief, prior_of
from pricing.core.effort.estimates import EffortEstimate, Factor, estimate
from pricing.core.effort.levels import NO_LEVEL, JobLevel, level_of
from pricing.core.effort.rates import EFFORT_RATES, EffortRate, effort_s, review_effort_s
from pricing.core.effort.scenes import Scene, Work
from pricing.core.effort.units import UnitsBelief, UnitsSource, expected_units

__all__ = [
    "EFFORT_RATES",
    "NO_LEVEL",
    "PARAMETERS",
    "EffortBelief",
    "EffortEstimate",
    "EffortRate",
    "Factor",
    "JobLevel",
    "Scene",
    "UnitsBelief",
    "UnitsSource",
    "Work",
    "effort_s",
    "estimate",
    "expected_units",
    "level_of",
    "prior_of",
    "review_effort_s",
]
