"""Correcting quantiles by what became of earlier ones: a rolling conformal correction, one factor for each quantile.

The factor is the quantile of past actual / forecast. Jobs that resemble this one in length and progress count for more
(localized: Guan 2023, doi:10.1093/biomet/asac040), later ends for more than earlier ones, and where few resemble it the
factor shrinks to that of all. What shown quantiles still missed lately is made good by an integral term (Angelopoulos,
Candes & Tibshirani 2023, arXiv 2307.16895). Only jobs that have ended are learned from.
"""

import numpy as np
from numpy.typing import NDArray

from pricing.core.turnaround.inputs import QUANTILES, Finished

LEAST_FINISHED = 40
_MEMORY = 150.0
_NEAR_LENGTH, _NEAR_PROGRESS = 0.8, 0.2
_SHRINK = 40.0
_RECENT = 120
_GAIN = 1.0


def correct(raw: NDArray[np.float64], finished: Finished, *, progress: float) -> NDArray[np.float64]:
    """Return the quantiles after correction, in increasing order; as they are where too few jobs have ended."""
    if len(finished) < LEAST_FINISHED:
        return raw
    ratios = np.log(np.maximum(finished.actual[:, None], 1.0) / np.maximum(finished.raw, 1.0))
    age = np.arange(len(finished))[::-1]
    recency = np.exp(-age / _MEMORY)
    length = (np.log(np.maximum(finished.raw[:, 0], 1.0)) - np.log(max(raw[0], 1.0))) / _NEAR_LENGTH
    stage = (finished.progress - progress) / _NEAR_PROGRESS
    near = recency * np.exp(-(length**2 + stage**2) / 2)
    n_near = near.sum() ** 2 / max(float((near**2).sum()), 1e-12)
    trust = n_near / (n_near + _SHRINK)
    shifts = np.empty(len(QUANTILES))
    for k, quantile in enumerate(QUANTILES):
        everywhere = weighted_quantile(ratios[:, k], recency, quantile)
        here = weighted_quantile(ratios[:, k], near, quantile) if n_near > 1 else everywhere
        missed = (finished.actual > finished.shown[:, k])[-_RECENT:].mean() - (1 - quantile)
        shifts[k] = trust * here + (1 - trust) * everywhere + _GAIN * missed
    return np.maximum.accumulate(raw * np.exp(shifts))


def weighted_quantile(values: NDArray[np.float64], weights: NDArray[np.float64], quantile: float) -> float:
    """Return the least value at or below which a share `quantile` of the weight lies, one more draw allowed for."""
    order = np.argsort(values)
    sums = np.cumsum(weights[order])
    n = sums[-1] ** 2 / max(float((weights**2).sum()), 1e-12)
    share = min(1.0, quantile * (n + 1) / n)
    at = min(int(np.searchsorted(sums, share * sums[-1])), len(values) - 1)
    return float(values[order][at])
