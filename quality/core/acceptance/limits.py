"""What a requester buys: a limit on the share of wrong labels, with a confidence."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from scipy import stats

# Slack for limits such as .02 * 50, which are whole numbers but for rounding.
ROUNDING = 1e-9


@dataclass(frozen=True)
class ErrorLimit:
    """Promise that at most `share` of the labels is wrong.

    Parameters
    ----------
    share : in (0, 1).
    confidence : in [.5, 1): an audit of labels beyond the limit passes with a chance of at most 1 - confidence.
    population : labels promised about; None = without end (an ongoing supply).

    Raises
    ------
    ValueError
        A parameter lies outside its range.
    """

    share: float
    confidence: float = 0.95
    population: int | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.share < 1.0:
            raise ValueError("share must lie in (0, 1)")
        if not 0.5 <= self.confidence < 1.0:
            raise ValueError("confidence must lie in [.5, 1)")
        if self.population is not None and self.population < 1:
            raise ValueError("population must be at least 1")

    @property
    def risk(self) -> float:
        """Return the consumer's risk: the highest chance of passing labels beyond the limit."""
        return 1.0 - self.confidence

    @property
    def n_allowed(self) -> int:
        """Return the most wrong labels a finite population may hold."""
        if self.population is None:
            raise ValueError("an unlimited population has no number of wrong labels")
        return math.floor(self.share * self.population + ROUNDING)

    @property
    def least_bad(self) -> float:
        """Return the mildest breach: one wrong label too many or, without end, the limit itself (a share)."""
        return self.share if self.population is None else float(self.n_allowed + 1)

    def wrong_at(self, share: float) -> float:
        """Return a share of wrong labels in the terms of `least_bad`: a number where the population is finite."""
        return share if self.population is None else float(math.floor(share * self.population + ROUNDING))


def pass_probability(n_audited: int, max_wrong: int, *, wrong: float, population: int | None) -> float:
    """Return the chance that an audit of n labels meets at most max_wrong wrong ones.

    Parameters
    ----------
    wrong : the number of wrong labels in a finite population (hypergeometric), else their share (binomial).
    """
    if population is None:
        return float(stats.binom.cdf(max_wrong, n_audited, wrong))
    return float(stats.hypergeom.cdf(max_wrong, population, int(wrong), n_audited))


def upper_bound(n_audited: int, n_wrong: int, *, confidence: float, population: int | None) -> float:
    """Return the exact upper confidence bound of the share wrong after an audit of a size fixed beforehand.

    Parameters
    ----------
    n_audited, n_wrong : labels drawn evenly without replacement and checked, and those found wrong.
    population : the labels drawn from; None = without end.

    Notes
    -----
    Without end this is the one-sided Clopper-Pearson bound; for a finite population the largest number of wrong labels
    that would show so few with a chance above 1 - confidence (test inversion), which a census makes certain.

    Raises
    ------
    ValueError
        0 <= n_wrong <= n_audited <= population does not hold.

    Source: Clopper & Pearson 1934, doi:10.1093/biomet/26.4.404; finite: Buonaccorsi 1987,
    doi:10.1080/00031305.1987.10475482.
    """
    if not 0 <= n_wrong <= n_audited or (population is not None and n_audited > population):
        raise ValueError("0 <= n_wrong <= n_audited <= population must hold")
    if population is None:
        if n_wrong == n_audited:
            return 1.0
        return float(stats.beta.ppf(confidence, n_wrong + 1, n_audited - n_wrong))

    def plausible(wrong: int) -> bool:
        return pass_probability(n_audited, n_wrong, wrong=wrong, population=population) > 1.0 - confidence

    return largest(plausible, n_wrong, population - (n_audited - n_wrong)) / population


def largest(holds: Callable[[int], bool], low: int, high: int) -> int:
    """Return the largest integer in low..high where a predicate holds that starts true and, once false, stays so."""
    while low < high:
        middle = (low + high + 1) // 2
        if holds(middle):
            low = middle
        else:
            high = middle - 1
    return low
