"""An upper bound that holds at every look, for audits without a plan or watched while they run."""

from __future__ import annotations

import math

from scipy import special

from quality.core.acceptance.bounds import largest

# Shares an unlimited population is searched over.
N_SHARES = 2**20


def anytime_upper_bound(
    n_audited: int, n_wrong: int, *, confidence: float, population: int | None, expected_error: float = 0.01
) -> float:
    """Return a bound of the share wrong that holds, with the confidence, at all looks at once.

    Parameters
    ----------
    n_audited, n_wrong : labels checked so far in random order (without replacement), and those found wrong.
    population : the labels drawn from; None = without end.
    expected_error : where the bound is to be tightest, in (0, 1); choose it before the audit. It cannot make the bound
        wrong, only wide.

    Notes
    -----
    The ratio of the chance of what was seen under a Beta(1, 1 / expected_error - 1) mixture to that under a share is a
    martingale if the share is true, so it exceeds 1 / (1 - confidence) at any time with at most that risk (Ville).
    The bound is the upper end of the shares where it does not. The price is width: see the benchmark.

    Raises
    ------
    ValueError
        The counts or the expected error lie outside their ranges.

    Source: Waudby-Smith & Ramdas 2020, Confidence sequences for sampling without replacement, arXiv:2006.04347.
    """
    if not 0 <= n_wrong <= n_audited or (population is not None and n_audited > population):
        raise ValueError("0 <= n_wrong <= n_audited <= population must hold")
    if not 0.0 < expected_error < 1.0:
        raise ValueError("expected_error must lie in (0, 1)")
    n_right, prior = n_audited - n_wrong, 1.0 / expected_error - 1.0
    log_mixture = special.betaln(1.0 + n_wrong, prior + n_right) - special.betaln(1.0, prior)
    least = log_mixture + math.log(1.0 - confidence)

    if population is None:

        def share_plausible(step: int) -> bool:
            share = step / N_SHARES
            return bool(special.xlogy(n_wrong, share) + special.xlog1py(n_right, -share) > least)

        # Plausibility falls only above the observed share, so the search starts there.
        start = math.floor(N_SHARES * n_wrong / n_audited) if n_audited else N_SHARES
        return min(1.0, (largest(share_plausible, start, N_SHARES) + 1) / N_SHARES)

    def plausible(wrong: int) -> bool:
        log_chance = _log_falling(wrong, n_wrong) + _log_falling(population - wrong, n_right)
        return bool(log_chance - _log_falling(population, n_audited) > least)

    mode = math.floor((population + 1) * n_wrong / n_audited) if n_audited else population
    most = population - n_right
    return largest(plausible, min(max(mode, n_wrong), most), most) / population


def _log_falling(n: int, k: int) -> float:
    """Return log n (n - 1) ... (n - k + 1)."""
    return math.lgamma(n + 1) - math.lgamma(n - k + 1)
