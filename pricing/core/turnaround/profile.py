"""When people work: a rate for each hour of the week, and its integral."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

HOURS_OF_WEEK = 168
# Assumed, for want of a measurement: most work at 16:00 UTC, least at 04:00, 15 % less at weekends.
_SWING, _PEAK_H, _WEEKEND = 0.45, 16, 0.85


def default_profile() -> NDArray[np.float64]:
    """Return the assumed rate of each hour of the week, Monday 00:00 UTC first; the mean is 1."""
    hours = np.arange(HOURS_OF_WEEK)
    rates = 1 + _SWING * np.cos(2 * np.pi * (hours - _PEAK_H) / 24)
    rates[5 * 24 :] *= _WEEKEND
    return np.asarray(rates / rates.mean(), dtype=np.float64)


def learned_profile(hourly: NDArray[np.float64], *, end_h: int, prior_weeks: float = 2.0) -> NDArray[np.float64]:
    """Return the rate of each hour of the week as it was seen, shrunk to the assumed one; the mean is 1.

    Parameters
    ----------
    hourly : what was done in each whole hour, oldest first.
    end_h : hour of the week right after the last of them.
    prior_weeks : how many weeks of evidence the assumed profile is worth.
    """
    prior = default_profile()
    mean = float(hourly.mean()) if len(hourly) else 0.0
    if mean <= 0:
        return prior
    at = (end_h - np.arange(len(hourly), 0, -1)) % HOURS_OF_WEEK
    seen = np.bincount(at, weights=hourly / mean, minlength=HOURS_OF_WEEK)
    counts = np.bincount(at, minlength=HOURS_OF_WEEK)
    rates = (seen + prior_weeks * prior) / (counts + prior_weeks)
    return np.asarray(rates / rates.mean(), dtype=np.float64)


def integral(profile: NDArray[np.float64], hours: ArrayLike) -> NDArray[np.float64]:
    """Return the rate summed from Monday 00:00 UTC up to each of these moments, in hours; weeks follow each other."""
    at = np.asarray(hours, dtype=np.float64)
    sums = np.concatenate([[0.0], np.cumsum(profile)])
    weeks, rest = np.divmod(at, HOURS_OF_WEEK)
    return np.asarray(weeks * sums[-1] + np.interp(rest, np.arange(HOURS_OF_WEEK + 1), sums), dtype=np.float64)
