"""Correcting quantiles by what became of earlier ones: where ends lay, and how far from there. Learned from ended jobs.

First the place (`place.py`): a ridge regression of log(actual / P50) on what was known when a forecast was made (size,
competition, pay, progress, age ...), shrunk to no correction; forecasts at like progress count for more. Beside it, how
widely the ends of such jobs lay. Then, for each quantile, the quantile of what remains in units of that width
(normalized: Papadopoulos, Gammerman & Vovk 2008): rolling, later ends counting for more, jobs that resemble this one
for more (localized: Guan 2023, doi:10.1093/biomet/asac040), shrunk to that of all jobs where few resemble it. What
shown quantiles still missed lately (`misses.py`) is made good by an integral term (Angelopoulos, Candes & Tibshirani
2023, arXiv 2307.16895).

Quick jobs end first, so that of a queue that grows too little is learned at first: quantiles are taken a little higher,
and the integral term counts jobs that still run.
"""

import numpy as np
from numpy.typing import NDArray

from pricing.core.turnaround.inputs import QUANTILES, Outcomes, Trait
from pricing.core.turnaround.place import find_place, find_width, near_in_progress

LEAST_ENDED = 40
MOST_ENDED = 1_500
_MEMORY = 700.0
_NEAR_LENGTH, _NEAR_PROGRESS = 0.5, 0.2
_SHRINK = 40.0
# Of the simulated distance between quantiles, so much is believed; the rest is learned.
_SPREAD = 0.35
# A job that is longer by a factor e counts for so much more (a power of e) in finding the place.
_LENGTH_POWER = 0.3
_GAIN = 1.0
# What was missed too often, or too seldom, for a while is made good the more strongly the further out a quantile lies,
# where a point of coverage is a longer way; up to so much, and the less the more of the job is done already.
_CATCH_UP, _MOST_CAUGHT_UP, _FADES = (3.0, 5.0, 7.0), (0.15, 0.12, 0.06), 0.7
# Jobs that have ended are on average the quicker ones: so much higher are their quantiles taken.
_HIGHER = (0.022, 0.036, 0.022)


def correct(raw: NDArray[np.float64], outcomes: Outcomes, *, traits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the quantiles after correction, in increasing order; as they are where too few jobs have ended.

    Parameters
    ----------
    raw : (3,) seconds, as simulated.
    traits : (n_traits,) of the job, as `Trait` numbers them.
    """
    if len(outcomes) < LEAST_ENDED:
        return raw
    logs = np.log(np.maximum(outcomes.raw, 1.0))
    log_raw = np.log(np.maximum(raw, 1.0))
    errors = np.log(np.maximum(outcomes.taken, 1.0)) - logs[:, 0]
    recency = np.exp(-np.arange(len(errors))[::-1] / _MEMORY)
    alike = recency * near_in_progress(outcomes.traits, traits)
    emphasis = np.exp(_LENGTH_POWER * np.clip(logs[:, 0] - logs[:, 0].mean(), -2, 2))
    middle = weighted_quantile(errors, alike, 0.5)
    place = find_place(errors, outcomes.traits, traits, middle=middle, weights=alike, emphasis=emphasis)
    beyond = errors - place.theirs
    beyond_middle = beyond - weighted_quantile(beyond, recency, 0.5)
    width = find_width(beyond_middle, outcomes.traits, traits, weights=alike)
    length = (logs[:, 0] + place.theirs - log_raw[0] - place.here) / _NEAR_LENGTH
    stage = (outcomes.traits[:, Trait.PROGRESS] - traits[Trait.PROGRESS]) / _NEAR_PROGRESS
    near = recency * np.exp(-(length**2 + stage**2) / 2)
    n_near = near.sum() ** 2 / max(float((near**2).sum()), 1e-12)
    trust = n_near / (n_near + _SHRINK)
    corrected = np.empty(len(QUANTILES))
    for k, quantile in enumerate(QUANTILES):
        remains = (beyond - _SPREAD * (logs[:, k] - logs[:, 0])) / width.theirs
        level = quantile + _HIGHER[k]
        everywhere = weighted_quantile(remains, recency, level)
        here = weighted_quantile(remains, near, level) if n_near > 1 else everywhere
        shift = width.here * (trust * here + (1 - trust) * everywhere)
        corrected[k] = log_raw[0] + place.here + _SPREAD * (log_raw[k] - log_raw[0]) + shift
    lately, for_a_while = outcomes.missed
    caught_up = np.array(_CATCH_UP) * np.clip(for_a_while, -np.array(_MOST_CAUGHT_UP), _MOST_CAUGHT_UP)
    corrected += _GAIN * lately + (1 - _FADES * traits[Trait.PROGRESS]) * caught_up
    return np.asarray(np.exp(np.maximum.accumulate(corrected)), dtype=np.float64)


def weighted_quantile(values: NDArray[np.float64], weights: NDArray[np.float64], quantile: float) -> float:
    """Return the least value at or below which a share `quantile` of the weight lies, one more draw allowed for."""
    order = np.argsort(values)
    sums = np.cumsum(weights[order])
    n = sums[-1] ** 2 / max(float((weights**2).sum()), 1e-300)
    share = min(1.0, quantile * (n + 1) / n)
    at = min(int(np.searchsorted(sums, share * sums[-1])), len(values) - 1)
    return float(values[order][at])
