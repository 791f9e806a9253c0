"""Correcting quantiles by what became of earlier ones: where ends lay, and how far from there. Learned from ended jobs.

First the place: a ridge regression of log(actual / P50) on what was known when a forecast was made (size, competition,
progress, age ...), shrunk to no correction. Then, for each quantile, the quantile of what remains: a rolling conformal
correction in which jobs that resemble this one count for more (localized: Guan 2023, doi:10.1093/biomet/asac040), later
ends for more than earlier ones, and which shrinks to that of all jobs where few resemble it. What shown quantiles still
missed lately (`misses.py`) is made good by an integral term (Angelopoulos, Candes & Tibshirani 2023, arXiv 2307.16895).

Quick jobs end first, so that of a queue that grows too little is learned at first: quantiles are taken a little higher,
and the integral term counts jobs that still run.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pricing.core.turnaround.inputs import QUANTILES, Outcomes, Trait

LEAST_ENDED = 40
MOST_ENDED = 1_500
_MEMORY = 700.0
_RIDGE = 8.0
_OUTLIER = 2.5
_NEAR_LENGTH, _NEAR_PROGRESS = 0.8, 0.2
_SHRINK = 40.0
# Of the simulated distance between quantiles, so much is believed; the rest is learned.
_SPREAD = 0.35
# A job that is longer by a factor e counts for so much more (a power of e) in finding the place.
_LENGTH_POWER = 0.3
_GAIN = 1.0
# Jobs that have ended are on average the quicker ones: so much higher are their quantiles taken.
_HIGHER = (0.02, 0.03, 0.018)


@dataclass(frozen=True)
class _Place:
    """Expected log(actual / P50): of each earlier job, as if it had not been learned from, and of this one."""

    theirs: NDArray[np.float64]
    here: float


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
    emphasis = np.exp(_LENGTH_POWER * np.clip(logs[:, 0] - logs[:, 0].mean(), -2, 2))
    place = _place(errors, outcomes.traits, traits, recency, emphasis)
    length = (logs[:, 0] + place.theirs - log_raw[0] - place.here) / _NEAR_LENGTH
    stage = (outcomes.traits[:, Trait.PROGRESS] - traits[Trait.PROGRESS]) / _NEAR_PROGRESS
    near = recency * np.exp(-(length**2 + stage**2) / 2)
    n_near = near.sum() ** 2 / max(float((near**2).sum()), 1e-12)
    trust = n_near / (n_near + _SHRINK)
    corrected = np.empty(len(QUANTILES))
    for k, quantile in enumerate(QUANTILES):
        remains = errors - place.theirs - _SPREAD * (logs[:, k] - logs[:, 0])
        level = quantile + _HIGHER[k]
        everywhere = weighted_quantile(remains, recency, level)
        here = weighted_quantile(remains, near, level) if n_near > 1 else everywhere
        shift = trust * here + (1 - trust) * everywhere + _GAIN * outcomes.missed[k]
        corrected[k] = log_raw[0] + place.here + _SPREAD * (log_raw[k] - log_raw[0]) + shift
    return np.asarray(np.exp(np.maximum.accumulate(corrected)), dtype=np.float64)


def _place(
    errors: NDArray[np.float64],
    theirs: NDArray[np.float64],
    ours: NDArray[np.float64],
    weights: NDArray[np.float64],
    emphasis: NDArray[np.float64],
) -> _Place:
    total = weights.sum()
    mean = weights @ theirs / total
    deviation = np.maximum(np.sqrt(weights @ (theirs - mean) ** 2 / total), 0.05)
    # A job unlike all before is taken for the most unlike of them.
    known = np.clip((theirs - mean) / deviation, -3, 3)
    asked = np.clip((ours - mean) / deviation, -3, 3)
    middle = weighted_quantile(errors, weights, 0.5)
    target = np.clip(errors - middle, -_OUTLIER, _OUTLIER)
    weighted = known * (weights * emphasis)[:, None]
    inverse = np.linalg.inv(weighted.T @ known + _RIDGE * np.eye(known.shape[1]))
    slopes = inverse @ (weighted.T @ target)
    leverage = np.einsum("ij,jk,ik->i", known, inverse, weighted)
    left_out = target - (target - known @ slopes) / np.maximum(1 - leverage, 0.3)
    return _Place(theirs=left_out, here=float(asked @ slopes))


def weighted_quantile(values: NDArray[np.float64], weights: NDArray[np.float64], quantile: float) -> float:
    """Return the least value at or below which a share `quantile` of the weight lies, one more draw allowed for."""
    order = np.argsort(values)
    sums = np.cumsum(weights[order])
    n = sums[-1] ** 2 / max(float((weights**2).sum()), 1e-300)
    share = min(1.0, quantile * (n + 1) / n)
    at = min(int(np.searchsorted(sums, share * sums[-1])), len(values) - 1)
    return float(values[order][at])
