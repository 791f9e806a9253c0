from __future__ import annotations

import numpy as np
import pytest

from quality.core.acceptance.bounds import upper_bound
from quality.core.acceptance.certificate import BoundMethod, certify_stratified
from quality.core.acceptance.limits import ErrorLimit
from quality.core.acceptance.strata import (
    StratifiedAudit,
    allocate,
    draw_stratified,
    pooled_upper_bound,
    smallest_allocation,
    weighted_upper_bound,
)

SIZES = np.array([8_000, 1_500, 400, 100])


def test_allocation_is_proportional_with_a_floor_and_never_beyond_a_stratum() -> None:
    np.testing.assert_array_equal(allocate(SIZES, n_audited=100), [80, 15, 4, 1])
    np.testing.assert_array_equal(allocate(SIZES, n_audited=100, floor=10), [80, 15, 10, 10])
    np.testing.assert_array_equal(allocate(np.array([5, 0, 95]), n_audited=20, floor=10), [5, 0, 19])
    risky = allocate(SIZES, n_audited=100, risk=np.array([1.0, 1.0, 1.0, 10.0]))
    assert risky[3] == 10
    assert risky[0] < 80


def test_draw_takes_the_allocation_evenly(rng: np.random.Generator) -> None:
    stratum = rng.permutation(np.repeat(np.arange(3), [60, 30, 10]))
    allocation = np.array([6, 15, 10])
    counts = np.zeros(100)
    for _ in range(500):
        drawn = draw_stratified(stratum, allocation, rng=rng)
        np.testing.assert_array_equal(np.bincount(stratum[drawn], minlength=3), allocation)
        counts[drawn] += 1
    assert (counts[stratum == 2] == 500).all()
    assert abs(counts[stratum == 0] - 50).max() < 5 * np.sqrt(500 * 0.1 * 0.9)


def test_pooled_bound_of_a_proportional_draw_is_clopper_pearson() -> None:
    audit = StratifiedAudit(sizes=np.array([800, 200]), n_audited=np.array([80, 20]), n_wrong=np.array([1, 1]))
    assert pooled_upper_bound(audit, confidence=0.95) == pytest.approx(
        upper_bound(100, 2, confidence=0.95, population=None)
    )


def test_strata_checked_whole_are_known() -> None:
    audit = StratifiedAudit(sizes=np.array([900, 100]), n_audited=np.array([90, 100]), n_wrong=np.array([0, 7]))
    rest = upper_bound(90, 0, confidence=0.95, population=None)
    assert pooled_upper_bound(audit, confidence=0.95) == pytest.approx((7 + 900 * rest) / 1000)
    census = StratifiedAudit(sizes=np.array([90]), n_audited=np.array([90]), n_wrong=np.array([3]))
    for bound in (pooled_upper_bound, weighted_upper_bound):
        assert bound(census, confidence=0.99) == pytest.approx(3 / 90)


def test_errors_in_oversampled_strata_weigh_less() -> None:
    sizes, n_audited = np.array([9_000, 1_000]), np.array([450, 300])
    in_risky, in_large = (
        weighted_upper_bound(
            StratifiedAudit(sizes=sizes, n_audited=n_audited, n_wrong=np.array(n_wrong)), confidence=0.95
        )
        for n_wrong in ([0, 6], [6, 0])
    )
    risky_pooled = pooled_upper_bound(
        StratifiedAudit(sizes=sizes, n_audited=n_audited, n_wrong=np.array([0, 6])), confidence=0.95
    )
    assert in_risky < in_large
    assert in_risky < risky_pooled


@pytest.mark.parametrize("risk", [None, np.array([1.0, 1.5, 2.0, 3.0])])
def test_stratified_bounds_cover_uneven_errors(risk: np.ndarray | None) -> None:
    rng = np.random.default_rng(7)
    allocation = smallest_allocation(SIZES, share=0.02, confidence=0.95, max_wrong=3, floor=10, risk=risk)
    n_bad = np.array([100, 60, 30, 15])
    true = n_bad.sum() / SIZES.sum()
    n_wrong = rng.hypergeometric(n_bad, SIZES - n_bad, allocation, size=(400, 4))
    covered = [
        certify_stratified(
            ErrorLimit(0.02, population=10_000),
            StratifiedAudit(sizes=SIZES, n_audited=allocation, n_wrong=row),
            oversampled=risk is not None,
        ).upper_bound
        >= true
        for row in n_wrong
    ]
    assert np.mean(covered) >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 400)


def test_smallest_allocation_certifies_with_the_errors_it_allows() -> None:
    allocation = smallest_allocation(SIZES, share=0.02, confidence=0.95, max_wrong=2, floor=5)
    n_wrong = np.array([2, 0, 0, 0])
    certificate = certify_stratified(
        ErrorLimit(0.02), StratifiedAudit(sizes=SIZES, n_audited=allocation, n_wrong=n_wrong), oversampled=False
    )
    assert certificate.holds
    assert certificate.method is BoundMethod.STRATIFIED_POOLED


@pytest.mark.parametrize(("n_audited", "n_wrong"), [([5, 0], [0, 0]), ([5, 5], [6, 0]), ([50, 5], [0, 0])])
def test_impossible_audits_are_refused(n_audited: list[int], n_wrong: list[int]) -> None:
    with pytest.raises(ValueError, match=r"must hold|needs a checked label"):
        StratifiedAudit(sizes=np.array([20, 20]), n_audited=np.array(n_audited), n_wrong=np.array(n_wrong))
