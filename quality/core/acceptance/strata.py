"""Audits drawn from strata: allocation, draw, and bounds that stay valid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from quality.core.acceptance.bounds import largest, upper_bound
from quality.core.labels import FloatArray, IntArray

# Bets against a share, as parts of the largest bet that cannot lose everything.
BETS = (np.arange(20) + 0.5) / 20
N_SHARES = 2**20


@dataclass(frozen=True)
class StratifiedAudit:
    """Hold what an audit found in each stratum.

    Parameters
    ----------
    sizes, n_audited, n_wrong : (n_strata,) labels in the stratum, checked (evenly drawn), and found wrong.

    Raises
    ------
    ValueError
        0 <= n_wrong <= n_audited <= sizes does not hold, or a stratum with labels has none checked.
    """

    sizes: IntArray
    n_audited: IntArray
    n_wrong: IntArray

    def __post_init__(self) -> None:
        if not ((self.n_wrong >= 0) & (self.n_wrong <= self.n_audited) & (self.n_audited <= self.sizes)).all():
            raise ValueError("0 <= n_wrong <= n_audited <= sizes must hold")
        if ((self.sizes > 0) & (self.n_audited == 0)).any():
            raise ValueError("every stratum needs a checked label")

    @property
    def sampled(self) -> StratifiedAudit | None:
        """Return the strata that were not checked whole, None where all were."""
        part = self.n_audited < self.sizes
        if not part.any():
            return None
        return StratifiedAudit(sizes=self.sizes[part], n_audited=self.n_audited[part], n_wrong=self.n_wrong[part])


def allocate(sizes: IntArray, *, n_audited: int, floor: int = 1, risk: FloatArray | None = None) -> IntArray:
    """Share an audit out over strata.

    Parameters
    ----------
    sizes : (n_strata,) labels in each.
    n_audited : labels to check; the floors may need more.
    floor : least number checked in each stratum (all of it where it is smaller), at least 1.
    risk : (n_strata,) factors > 0 by which strata are drawn more densely; None = proportional.

    Returns
    -------
    (n_strata,) numbers to check. Fractions are rounded up, so that no stratum is drawn more thinly than asked for.
    """
    weights = sizes * (np.ones(len(sizes)) if risk is None else risk)
    wanted = np.ceil(n_audited * weights / max(weights.sum(), 1e-300) - 1e-9).astype(np.int64)
    allocated: IntArray = np.minimum(np.maximum(wanted, max(floor, 1)), sizes)
    return allocated


def draw_stratified(stratum: IntArray, allocation: IntArray, *, rng: np.random.Generator) -> IntArray:
    """Return the label numbers to check, evenly drawn in each stratum, ascending.

    Parameters
    ----------
    stratum : (n_labels,) stratum numbers.
    allocation : (n_strata,) how many of each.
    """
    order = rng.permutation(len(stratum))
    order = order[np.argsort(stratum[order], kind="stable")]
    sizes = np.bincount(stratum, minlength=len(allocation))
    place = np.arange(len(stratum)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return np.sort(order[place < allocation[stratum[order]]])


def pooled_upper_bound(audit: StratifiedAudit, *, confidence: float) -> float:
    """Return an upper confidence bound of the share wrong after an (about) proportional draw.

    Notes
    -----
    The number found wrong in a stratum is a sum of independent indicators (hypergeometric = Poisson binomial), so by
    Hoeffding's theorem the pooled count has a lighter lower tail than the binomial of the same mean, as long as the
    count lies one below that mean, which the bound itself ensures at confidences of .75 and more. Hence
    Clopper-Pearson on the pooled counts bounds the share in the sample's own mix of strata; the population's share is
    at most that times the largest ratio of a stratum's weight to its part of the sample (1 for an exactly proportional
    draw). Strata checked whole are known and enter as counts. Conservative where strata differ much or samples are a
    large part of their strata: it forgoes the finite population's gain.

    Source: Hoeffding 1956, doi:10.1214/aoms/1177728178; Vatutin & Mikhailov 1982, doi:10.1137/1127092.
    """
    rest = audit.sampled
    if rest is None:
        return _whole(audit, 0.0)
    ratio = float(_draw_ratio(rest).max())
    in_sample = upper_bound(int(rest.n_audited.sum()), int(rest.n_wrong.sum()), confidence=confidence, population=None)
    return _whole(audit, min(1.0, ratio * in_sample))


def weighted_upper_bound(audit: StratifiedAudit, *, confidence: float) -> float:
    """Return an upper confidence bound of the share wrong after a draw of any allocation fixed beforehand.

    Notes
    -----
    A wrong label counts as its stratum's weight over its part of the sample, scaled to at most 1: these values have
    the population's share (scaled) as the mean of their means. For any bet b, the product of 1 + b (mean - value) has
    an expectation of at most 1 (independence and the inequality of arithmetic and geometric means; drawing without
    replacement only lowers it), and so has the average over fixed bets: a mean under which it reaches
    1 / (1 - confidence) is ruled out (Markov). With no wrong label it equals `pooled_upper_bound` but for the averaging
    of bets; it is narrower where wrong labels lie in over-sampled strata.

    Source: Waudby-Smith & Ramdas 2024, doi:10.1093/jrsssb/qkad009 (betting); Hoeffding 1963,
    doi:10.1080/01621459.1963.10500830.
    """
    rest = audit.sampled
    if rest is None:
        return _whole(audit, 0.0)
    ratio = _draw_ratio(rest)
    values = ratio / ratio.max()
    n_right = float((rest.n_audited - rest.n_wrong).sum())
    needed = -np.log(1.0 - confidence)

    def plausible(step: int) -> bool:
        mean = step / N_SHARES
        bets = BETS / (1.0 - mean)
        log_product = n_right * np.log1p(bets * mean)
        log_product += (rest.n_wrong[:, None] * np.log1p(bets * (mean - values[:, None]))).sum(axis=0)
        return bool(special.logsumexp(log_product) - np.log(len(BETS)) < needed)

    # The evidence against a mean grows with it, and none is ever found against nought.
    highest = (largest(plausible, 0, N_SHARES - 1) + 1) / N_SHARES
    return _whole(audit, min(1.0, float(ratio.max()) * highest))


def _draw_ratio(audit: StratifiedAudit) -> FloatArray:
    """Return (n_strata,) each stratum's part of the population over its part of the sample."""
    n_audited = np.maximum(audit.n_audited, 1)
    ratio: FloatArray = np.where(
        audit.sizes > 0, (audit.sizes / audit.sizes.sum()) / (n_audited / audit.n_audited.sum()), 0.0
    )
    return ratio


def _whole(audit: StratifiedAudit, share_of_sampled: float) -> float:
    """Return the share of all labels, given that of the strata not checked whole."""
    whole = audit.n_audited == audit.sizes
    n_wrong = int(audit.n_wrong[whole].sum()) + share_of_sampled * int(audit.sizes[~whole].sum())
    return min(1.0, n_wrong / max(int(audit.sizes.sum()), 1))


def smallest_allocation(
    sizes: IntArray,
    *,
    share: float,
    confidence: float,
    max_wrong: int,
    floor: int = 1,
    risk: FloatArray | None = None,
) -> IntArray:
    """Return an allocation under which max_wrong wrong labels, wherever they turn up, still bound the share by `share`.

    Parameters
    ----------
    sizes, floor, risk : as for `allocate`; with `risk` the betting bound is meant, without it the pooled one.

    Notes
    -----
    The audit is enlarged by 2 % at a time until it suffices; a census always does if the limit allows max_wrong.
    """
    n_audited = max_wrong + 1
    while True:
        allocation = allocate(sizes, n_audited=n_audited, floor=floor, risk=risk)
        if (allocation == sizes).all() or _worst_bound(sizes, allocation, max_wrong, confidence, risk) <= share:
            return allocation
        n_audited += max(1, n_audited // 50)


def _worst_bound(
    sizes: IntArray, allocation: IntArray, max_wrong: int, confidence: float, risk: FloatArray | None
) -> float:
    """Return the bound when the wrong labels turn up where they weigh most."""
    sampled = np.flatnonzero(allocation < sizes)
    n_wrong = np.zeros_like(allocation)
    left = max_wrong
    for stratum in sampled[np.argsort(-(sizes / allocation)[sampled], kind="stable")]:
        n_wrong[stratum] = min(left, int(allocation[stratum]))
        left -= int(n_wrong[stratum])
    audit = StratifiedAudit(sizes=sizes, n_audited=allocation, n_wrong=n_wrong)
    bound_of = pooled_upper_bound if risk is None else weighted_upper_bound
    return bound_of(audit, confidence=confidence)
