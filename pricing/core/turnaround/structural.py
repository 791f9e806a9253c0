"""The finish from who comes and how they work: sessions arrive, answers are given, leases run out, checks follow.

Arrivals are a Poisson process whose rate follows the hour of the week (Faridani, Hartmann & Ipeirotis 2011); lengths of
sessions and seconds of answers are log-normal. What is not known of the rate is one log-normal factor for each run.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from pricing.core.turnaround.inputs import Supply, Work
from pricing.core.turnaround.profile import integral

HOUR_S = 3_600.0
# Bins grow with their distance, so that a finish is as exact in a year as in an hour, relatively.
_EDGES = np.concatenate([[0.0], 0.1 * 1.04 ** np.arange(310)])
_Z = ndtri((np.arange(24) + 0.5) / 24)
_LEAST_RATE = 1e-6


def session_moments(work: Work, supply: Supply, *, seconds: float, most: float) -> tuple[float, float]:
    """Return mean and variance of the answers that one session gives, at most `most`."""
    length = supply.session_s * np.exp(supply.session_sigma * _Z)
    each = seconds * np.exp(supply.pace_sigma * _Z - supply.pace_sigma**2 / 2)
    answers = np.minimum(length[:, None] / each[None, :], most)
    return float(answers.mean()), float(answers.var() + answers.mean())


def mean_session_h(supply: Supply) -> float:
    """Return the mean length of a session in hours."""
    return float(supply.session_s * np.exp(supply.session_sigma**2 / 2) / HOUR_S)


def simulate_structural(
    work: Work, supply: Supply, *, now_h: float, rng: np.random.Generator, n_runs: int
) -> NDArray[np.float64]:
    """Return (n_runs,) hours until everything is done, stragglers not yet included.

    Parameters
    ----------
    now_h : hour of the week, Monday 00:00 UTC being 0.
    """
    level = np.exp(supply.level_sigma * rng.standard_normal(n_runs))
    rate = supply.sessions_per_h * supply.share * supply.boost
    own_checks = supply.reviewer_sessions_per_h is None
    n_again = work.n_reviews * work.rework_share
    wanted = work.n_answers + n_again
    if own_checks:
        wanted += work.n_reviews * work.seconds_per_review / work.seconds_per_answer
    ends = _crossing(work, supply, rate=rate, seconds=work.seconds_per_answer, wanted=wanted, now_h=now_h,
                     level=level, rng=rng)  # fmt: skip
    if own_checks or not work.n_reviews:
        return ends
    checked = _crossing(work, supply, rate=supply.reviewer_sessions_per_h or 0.0, seconds=work.seconds_per_review,
                        wanted=work.n_reviews, now_h=now_h, level=level, rng=rng)  # fmt: skip
    return np.asarray(np.maximum(ends, checked), dtype=np.float64)


def _crossing(
    work: Work,
    supply: Supply,
    *,
    rate: float,
    seconds: float,
    wanted: float,
    now_h: float,
    level: NDArray[np.float64],
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return the hours after which sessions arriving at this rate have given `wanted` answers."""
    if wanted <= 0:
        return np.zeros(len(level))
    most = float(max(1, work.n_tasks))
    mean, variance = session_moments(work, supply, seconds=max(seconds, 0.1), most=most)
    shape, scale = mean**2 / variance, variance / mean
    rate = max(rate, _LEAST_RATE)
    arrivals = rate * np.diff(integral(supply.profile, now_h + _EDGES))
    # Nobody can be needed in bins by which even a slow run is long done.
    n_bins = min(len(arrivals), 4 + int(np.searchsorted(np.cumsum(arrivals) * mean, wanted / level.min() * 1.5)))
    n_sessions = rng.poisson(arrivals[:n_bins] * level[:, None])
    if supply.n_workers is not None:
        n_sessions = np.minimum(n_sessions, supply.n_workers)
    given = np.cumsum(rng.standard_gamma(n_sessions * shape) * scale, axis=1)
    # On average an answer comes half a session after its worker; who is at work now goes on meanwhile.
    half = mean_session_h(supply) / 2
    hours = _EDGES[1 : n_bins + 1] + half
    at_work = rng.standard_gamma(np.full(len(level), supply.n_active * shape)) * scale
    given += at_work[:, None] * np.minimum(1.0, hours / (2 * half))
    before = at_work[:, None] * 0.0
    given = np.concatenate([before, given], axis=1)
    return crossing_times(given, np.concatenate([[0.0], hours]), wanted)


def crossing_times(given: NDArray[np.float64], hours: NDArray[np.float64], wanted: float) -> NDArray[np.float64]:
    """Return when each row of cumulated answers reaches `wanted`; beyond the last hour at the row's mean rate.

    Parameters
    ----------
    given : (n_runs, n) cumulated, not decreasing.
    hours : (n,) when.
    """
    rows = np.arange(len(given))
    reached = given[:, -1] >= wanted
    after = np.where(reached, np.argmax(given >= wanted, axis=1), len(hours) - 1)
    before = np.maximum(after - 1, 0)
    low, high = given[rows, before], given[rows, after]
    part = np.clip((wanted - low) / np.maximum(high - low, 1e-12), 0.0, 1.0)
    inside = hours[before] + part * (hours[after] - hours[before])
    beyond = hours[-1] * wanted / np.maximum(given[:, -1], wanted * 1e-3)
    return np.asarray(np.where(reached, inside, beyond), dtype=np.float64)


def simulate_stragglers(
    work: Work, supply: Supply, ends_h: NDArray[np.float64], *, now_h: float, rng: np.random.Generator
) -> NDArray[np.float64]:
    """Return (n_runs,) hours that the last answers and the last check take beyond the bulk."""
    n_runs = len(ends_h)
    profile = supply.profile[np.asarray(now_h + ends_h, dtype=np.int64) % len(supply.profile)]
    rate = np.maximum(supply.sessions_per_h * supply.share * supply.boost * profile, 0.02)
    at_once = np.clip(rate * mean_session_h(supply), 1.0, max(1.0, work.n_answers))
    # The slowest of so many answers under way, each by the quickest of those who were asked.
    beyond = (1 - rng.random(n_runs) ** (1 / at_once)) ** (1 / work.copies_of_last)
    slowest = -ndtri(np.clip(beyond, 1e-9, 1 - 1e-9))
    sigma = np.hypot(supply.pace_sigma, supply.task_sigma)
    last = work.seconds_per_answer / HOUR_S * np.exp(sigma * slowest)
    # Those left lying come back when their lease runs out, and wait for the next worker, perhaps more than once.
    all_copies = supply.abandoned**work.copies_of_last
    left = rng.random(n_runs) < 1 - (1 - all_copies) ** at_once
    again = rng.geometric(1 - supply.abandoned, n_runs)
    lost = left * (work.lease_s / HOUR_S * rng.random(n_runs) * again + rng.exponential(1 / rate))
    tail = np.maximum(last, lost)
    if work.n_reviews:
        reviewing = supply.reviewer_sessions_per_h
        wait = rng.exponential(1 / (rate if reviewing is None else max(reviewing, 0.02)), n_runs)
        tail += wait + work.seconds_per_review / HOUR_S
        tail += (rng.random(n_runs) < work.rework_share) * (last + rng.exponential(1 / rate))
    return np.asarray(tail, dtype=np.float64)
