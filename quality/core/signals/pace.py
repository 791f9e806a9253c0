"""Work done faster than it can be done well."""

from __future__ import annotations

import numpy as np
from scipy import stats

from quality.core.labels import FloatArray, IntArray
from quality.core.signals.findings import Screening, Signal, screening

MIN_ANSWERS = 10
# Honest workers too submit some answers at once: a double click, an obvious image, a clock that was paused.
TOLERATED_BELOW_FLOOR = 0.2
MAD_TO_SD = 1.4826
MIN_SECONDS = 1e-3
# Of the standard deviation's, for a normal crowd. The median absolute deviation has 0.37: so uncertain a spread, taken
# for certain, let 7 of 100 simulated honest crowds look guilty where one should.
QN_EFFICIENCY = 0.82
QN_TO_SD = 2.2219
# Beyond this many workers the spread is certain enough, and their pairs too many.
MAX_PAIRED = 2_000


def too_fast(
    task: IntArray,
    worker: IntArray,
    seconds: FloatArray,
    *,
    floor_s: float,
    level: float = 0.05,
    min_answers: int = MIN_ANSWERS,
) -> Screening:
    """Find workers much faster than their job's workers are, or often below what the annotation type takes at least.

    Parameters
    ----------
    task, worker : (n_answers,) numbers from 0.
    seconds : (n_answers,) work time; NaN and negative values are left out.
    floor_s : seconds below which an answer of this annotation type cannot be careful; 0 = none known.
    level : tolerated share of false alarms among the findings.
    min_answers : workers with fewer timed answers are not tested.

    Notes
    -----
    Log times are taken relative to their task's median where it has three answers or more. A worker's pace is the mean
    of those, cut at 2.5 robust standard deviations, against the median of workers' paces, with Student tails; spread
    between workers is the median absolute deviation, so that some rushing workers cannot hide each other. Beside it
    the share of answers below the floor is tested against 20 %. The p-value is twice the smaller of both.
    """
    known = np.isfinite(seconds) & (seconds >= 0)
    task, worker, seconds = task[known], worker[known], seconds[known]
    n_workers = int(worker.max(initial=-1)) + 1
    n = np.bincount(worker, minlength=n_workers)
    tested = np.flatnonzero(n >= min_answers)
    residual = _relative_log_seconds(task, seconds)
    pace, within = _mean_pace(worker, residual, n)
    n_tested = n[tested]
    p_pace, z = _slow_tail(pace[tested], within / np.sqrt(np.maximum(n_tested, 1)))
    below = np.bincount(worker, weights=seconds < floor_s, minlength=n_workers)[tested]
    p_floor = np.asarray(stats.binom.sf(below - 1, n_tested, TOLERATED_BELOW_FLOOR), dtype=np.float64)
    return screening(
        Signal.TOO_FAST,
        workers=tested[:, None],
        n_answers=n_tested,
        p_values=np.minimum(1.0, 2.0 * np.minimum(p_pace, np.where(below > 0, p_floor, 1.0))),
        evidence={
            "pace_ratio": np.exp(pace[tested] - (np.median(pace[tested]) if len(tested) else 0.0)),
            "pace_z": z,
            "share_below_floor": below / np.maximum(n_tested, 1),
            "floor_s": np.full(len(tested), floor_s),
        },
        level=level,
    )


def _relative_log_seconds(task: IntArray, seconds: FloatArray) -> FloatArray:
    """Return (n_answers,) log seconds less the median of the task's (of all, where it has fewer than three)."""
    log_s = np.log(np.maximum(seconds, MIN_SECONDS))
    if len(log_s) == 0:
        return log_s
    order = np.lexsort((log_s, task))
    _, start, size = np.unique(task[order], return_index=True, return_counts=True)
    ranked = log_s[order]
    median = (ranked[start + (size - 1) // 2] + ranked[start + size // 2]) / 2
    overall = float(np.median(log_s))
    reference = np.where(size >= 3, median, overall)
    residual = np.empty(len(log_s))
    residual[order] = ranked - np.repeat(reference, size)
    return residual


def _mean_pace(worker: IntArray, residual: FloatArray, n: IntArray) -> tuple[FloatArray, float]:
    """Return (n_workers,) mean relative log time, outliers cut, and the typical spread of one answer."""
    if len(residual) == 0:
        return np.zeros(len(n)), 0.0
    spread = MAD_TO_SD * float(np.median(np.abs(residual - np.median(residual))))
    centre = np.bincount(worker, weights=residual, minlength=len(n)) / np.maximum(n, 1)
    cut = 2.5 * max(spread, 1e-6)
    # Cut around each worker's own mean: an idle hour must not make a rushing worker look slow.
    clipped = np.clip(residual, centre[worker] - cut, centre[worker] + cut)
    return np.bincount(worker, weights=clipped, minlength=len(n)) / np.maximum(n, 1), spread


def _spread(values: FloatArray) -> float:
    """Return a robust standard deviation: Qn, or the median absolute deviation of a large crowd.

    Source: Rousseeuw & Croux 1993, doi:10.1080/01621459.1993.10476408.
    """
    n = len(values)
    if n > MAX_PAIRED:
        return MAD_TO_SD * float(np.median(np.abs(values - np.median(values))))
    first, second = np.triu_indices(n, k=1)
    half = n // 2 + 1
    place = half * (half - 1) // 2 - 1
    return QN_TO_SD * float(np.partition(np.abs(values[first] - values[second]), place)[place])


def _slow_tail(pace: FloatArray, error: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return (n_tested,) chance of so fast a pace, and its robust z."""
    if len(pace) < 3:
        return np.ones(len(pace)), np.zeros(len(pace))
    spread = _spread(pace)
    # The observed spread holds the typical error already; only thinner workers get more.
    extra = np.maximum(error**2 - float(np.median(error**2)), 0.0)
    z = (pace - np.median(pace)) / np.sqrt(max(spread, 1e-6) ** 2 + extra)
    return np.asarray(stats.t.cdf(z, df=max(1.0, QN_EFFICIENCY * (len(pace) - 1))), dtype=np.float64), z
