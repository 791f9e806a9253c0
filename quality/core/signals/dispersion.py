"""Honest workers differ too: tails of counts that allow for as much as the bulk of the crowd shows."""

from __future__ import annotations

import numpy as np
from scipy import special, stats

from quality.core.labels import FloatArray, IntArray

# The crowd's spread is read off here: its middle, and the shoulder on the suspicious side, for honest workers too are
# skewed. Beyond the shoulder a worker may be odd without widening the yardstick: so up to about one in seven may.
SHOULDER = 0.85
N_HALVINGS = 40
MIN_SHARE = 1e-6


def robust_correlation(counts: FloatArray, n: IntArray, share: FloatArray) -> float:
    """Return the intra-worker correlation that explains the spread of the crowd's bulk, 0..1.

    Parameters
    ----------
    counts, n, share : (n_rows,) what was counted (much = suspicious), out of how many, and the share expected.

    Notes
    -----
    The smallest correlation at which neither the median absolute deviation nor the 85 % quantile of the deviations
    exceeds that of a normal distribution, and about a standard error on top.
    """
    p = np.clip(share, MIN_SHARE, 1 - MIN_SHARE)
    # Expected counts near 0 or n say nothing of spread.
    used = (n * p >= 1.0) & (n * (1 - p) >= 1.0) & (n >= 2)
    if used.sum() < 3:
        return 0.0
    deviation = (counts - n * p)[used] / np.sqrt(n * p * (1 - p))[used]
    extra = n[used] - 1.0
    middle_z, shoulder_z = float(special.ndtri(0.75)), float(special.ndtri(SHOULDER))

    def wide_enough(correlation: float) -> bool:
        z = deviation / np.sqrt(1.0 + extra * correlation)
        return bool(np.median(np.abs(z)) <= middle_z and np.quantile(z, SHOULDER) <= shoulder_z)

    low, high = 0.0, 1.0
    if wide_enough(low):
        return 0.0
    for _ in range(N_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if wide_enough(middle) else (middle, high)
    # About one standard error of a spread read off so few workers is added.
    return min(1.0, high * (1.0 + 2.0 / float(np.sqrt(used.sum()))))


def upper_tail(counts: FloatArray, n: IntArray, share: FloatArray, *, correlation: float) -> FloatArray:
    """Return (n_rows,) the chance of at least so many, beta-binomial."""
    p = np.clip(share, MIN_SHARE, 1 - MIN_SHARE)
    if correlation <= 1e-9:
        return np.asarray(stats.binom.sf(counts - 1, n, p), dtype=np.float64)
    size = (1.0 - min(correlation, 1 - 1e-9)) / correlation
    return np.asarray(stats.betabinom.sf(counts - 1, n, p * size, (1 - p) * size), dtype=np.float64).clip(0.0, 1.0)


def scaled_upper_tail(counts: FloatArray, n: FloatArray, mean: FloatArray, variance: FloatArray) -> FloatArray:
    """Return (n_rows,) the chance of at least so many of n, by a binomial scaled to the given mean and variance."""
    p = np.clip(mean / np.maximum(n, 1.0), MIN_SHARE, 1 - MIN_SHARE)
    scale = n * p * (1 - p) / np.maximum(variance, 1e-12)
    scale = np.clip(scale, 1e-3, 1.0)
    hits = np.maximum(counts - 0.5, 0.0) * scale + 0.5
    tail = special.betainc(hits, np.maximum(n * scale - hits, 0.0) + 1.0, p)
    return np.asarray(tail, dtype=np.float64)
