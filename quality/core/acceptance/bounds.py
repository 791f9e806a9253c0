"""What an audit of a fixed size says of the share wrong: exact probabilities and bounds."""

from __future__ import annotations

from collections.abc import Callable

from scipy import stats


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
