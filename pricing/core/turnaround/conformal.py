"""Correcting quantiles by what became of earlier ones: where ends lay, and how far from there. Learned from ended jobs.

First the place: a ridge regression of log(actual / P50) on what was known when a forecast was made (size, competition,
progress, age ...), shrunk to no correction. Then, for each quantile, the quantile of what remains: a rolling conformal
correction in which jobs that resemble this one count for more (localized: Guan 2023, doi:10.1093/biomet/asac040), later
ends for more than earlier ones, and which shrinks to that of all jobs where few resemble it. What shown quantiles still
missed lately is made good by an integral term (Angelopoulos, Candes & Tibshirani 2023, arXiv 2307.16895).

Jobs that still run count as that: longer than so far, by how much nobody knows.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pricing.core.turnaround.inputs import QUANTILES, Outcomes, Trait

LEAST_ENDED = 40
MOST_ENDED = 1_500
_MEMORY = 300.0
_RIDGE = 15.0
_OUTLIER = 2.5
_NEAR_LENGTH, _NEAR_PROGRESS = 0.8, 0.2
_SHRINK = 40.0
# Of the simulated distance between quantiles, so much is believed; the rest is learned.
_SPREAD = 0.5
_RECENT = 120
_GAIN = 1.0


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
    n_ended = outcomes.n_ended
    if n_ended < LEAST_ENDED:
        return raw
    logs = np.log(np.maximum(outcomes.raw, 1.0))
    log_raw = np.log(np.maximum(raw, 1.0))
    errors = np.log(np.maximum(outcomes.taken, 1.0)) - logs[:, 0]
    is_ended = np.arange(len(errors)) < n_ended
    recency = np.exp(-np.maximum(n_ended - 1 - np.arange(len(errors)), 0) / _MEMORY)
    place = _place(errors, outcomes.traits, traits, recency * is_ended)
    length = (logs[:, 0] + place.theirs - log_raw[0] - place.here) / _NEAR_LENGTH
    stage = (outcomes.traits[:, Trait.PROGRESS] - traits[Trait.PROGRESS]) / _NEAR_PROGRESS
    near = recency * np.exp(-(length**2 + stage**2) / 2)
    # Jobs that still run add to a quantile that ended ones hold; alone they hold none.
    ended = near * is_ended
    n_near = ended.sum() ** 2 / max(float((ended**2).sum()), 1e-12)
    trust = n_near / (n_near + _SHRINK)
    corrected = np.empty(len(QUANTILES))
    for k, quantile in enumerate(QUANTILES):
        remains = errors - place.theirs - _SPREAD * (logs[:, k] - logs[:, 0])
        everywhere = weighted_quantile(remains, recency, quantile, is_ended=is_ended)
        if everywhere is None:
            return raw
        here = weighted_quantile(remains, near, quantile, is_ended=is_ended)
        here = everywhere if here is None else here
        missed = (outcomes.taken > outcomes.shown[:, k])[:n_ended][-_RECENT:].mean() - (1 - quantile)
        shift = trust * here + (1 - trust) * everywhere + _GAIN * missed
        corrected[k] = log_raw[0] + place.here + _SPREAD * (log_raw[k] - log_raw[0]) + shift
    return np.asarray(np.exp(np.maximum.accumulate(corrected)), dtype=np.float64)


def _place(
    errors: NDArray[np.float64], theirs: NDArray[np.float64], ours: NDArray[np.float64], weights: NDArray[np.float64]
) -> _Place:
    total = weights.sum()
    mean = weights @ theirs / total
    deviation = np.maximum(np.sqrt(weights @ (theirs - mean) ** 2 / total), 0.05)
    # A job unlike all before is taken for the most unlike of them.
    known = np.clip((theirs - mean) / deviation, -3, 3)
    asked = np.clip((ours - mean) / deviation, -3, 3)
    middle = weighted_quantile(errors, weights, 0.5, is_ended=weights > 0) or 0.0
    target = np.clip(errors - middle, -_OUTLIER, _OUTLIER)
    weighted = known * weights[:, None]
    inverse = np.linalg.inv(weighted.T @ known + _RIDGE * np.eye(known.shape[1]))
    slopes = inverse @ (weighted.T @ target)
    leverage = np.einsum("ij,jk,ik->i", known, inverse, weighted)  # 0 of what was not learned from
    left_out = target - (target - known @ slopes) / np.maximum(1 - leverage, 0.3)
    return _Place(theirs=left_out, here=float(asked @ slopes))


def weighted_quantile(
    values: NDArray[np.float64], weights: NDArray[np.float64], quantile: float, *, is_ended: NDArray[np.bool_]
) -> float | None:
    """Return the least value at or below which a share `quantile` of the weight lies, one more draw allowed for.

    What has not ended lies somewhere above its value (Kaplan & Meier 1958); nothing where the quantile may be there.
    """
    order = np.argsort(values)
    weight, ended = weights[order], is_ended[order]
    at_risk = np.cumsum(weight[::-1])[::-1]
    beyond = np.cumprod(1 - ended * weight / np.maximum(at_risk, 1e-300))
    n = at_risk[0] ** 2 / max(float((weight**2).sum()), 1e-300)
    if n <= 0:
        return None
    reached = 1 - beyond
    at = int(np.searchsorted(reached, min(quantile * (n + 1) / n, 1 - 1e-9)))
    return float(values[order][at]) if at < len(values) else None
