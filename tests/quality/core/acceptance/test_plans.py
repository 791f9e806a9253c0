from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats

from quality.core.acceptance.anytime import anytime_upper_bound
from quality.core.acceptance.bounds import pass_probability, upper_bound
from quality.core.acceptance.certificate import certify_anytime, certify_fixed, certify_sequential
from quality.core.acceptance.fixed import FixedPlan, LimitTooNear, draw_audit, plan_fixed
from quality.core.acceptance.limits import ErrorLimit
from quality.core.acceptance.sequential import (
    SequentialPlan,
    Verdict,
    plan_audit,
    plan_sequential,
    sequential_upper_bound,
)
from quality.core.acceptance.walk import Boundaries, accepted_at_stages, walk_ends
from tests.quality.core.acceptance.simulate import fixed_ends, sequential_bounds, sequential_ends, wrong_places


def sequential_plan(limit: ErrorLimit, expected_error: float) -> SequentialPlan:
    plan = plan_sequential(limit, expected_error=expected_error)
    assert plan is not None
    return plan


def test_smallest_plans_known_by_hand() -> None:
    # .98^148 = .0503, .98^149 = .0493; without replacement from 100 with 3 wrong: C(97, 63) / C(100, 63) = .048.
    endless = plan_fixed(ErrorLimit(0.02))
    assert (endless.n_audited, endless.max_wrong) == (149, 0)
    assert endless.consumer_risk == pytest.approx(0.98**149)
    small = plan_fixed(ErrorLimit(0.02, population=100))
    assert (small.n_audited, small.max_wrong) == (63, 0)
    assert small.consumer_risk == pytest.approx(37 * 36 * 35 / (100 * 99 * 98))


@pytest.mark.parametrize("population", [150, 2_000, 50_000, None])
@pytest.mark.parametrize("expected", [0.0, 0.005, 0.01])
def test_no_smaller_fixed_audit_holds_both_risks(population: int | None, expected: float) -> None:
    limit = ErrorLimit(0.02, population=population)
    plan = plan_fixed(limit, expected_error=expected)
    assert plan.consumer_risk <= 0.05
    assert plan.producer_risk <= 0.1
    fewer = plan.n_audited - 1
    # With one label fewer, the acceptance numbers that spare the producer let the breach pass too often.
    for max_wrong in range(plan.max_wrong + 2):
        passes_bad, passes_good = (
            pass_probability(fewer, max_wrong, wrong=wrong, population=population)
            for wrong in (limit.least_bad, limit.wrong_at(expected))
        )
        assert passes_bad > limit.risk or 1 - passes_good > 0.1


@pytest.mark.parametrize("expected", [0.02, 0.5, -0.1])
def test_errors_expected_beyond_the_limit_cannot_be_certified(expected: float) -> None:
    with pytest.raises(LimitTooNear):
        plan_fixed(ErrorLimit(0.02), expected_error=expected)


def test_errors_expected_at_the_limit_of_a_finite_population_take_a_census() -> None:
    plan = plan_fixed(ErrorLimit(0.02, population=300), expected_error=0.02)
    assert plan.n_audited >= 297
    assert plan.producer_risk <= 0.1


@pytest.mark.parametrize(
    ("share", "confidence", "population"), [(0.0, 0.9, 5), (1.0, 0.9, 5), (0.1, 1.0, 5), (0.1, 0.4, 5), (0.1, 0.9, 0)]
)
def test_impossible_limits_are_refused(share: float, confidence: float, population: int) -> None:
    with pytest.raises(ValueError, match="must"):
        ErrorLimit(share, confidence, population)


def test_upper_bounds_invert_their_tests() -> None:
    assert upper_bound(149, 0, confidence=0.95, population=None) == pytest.approx(1 - 0.05 ** (1 / 149))
    assert upper_bound(10, 10, confidence=0.95, population=None) == 1.0
    for n_audited, n_wrong in ((0, 0), (20, 0), (60, 3), (100, 7)):
        n_bound = round(100 * upper_bound(n_audited, n_wrong, confidence=0.9, population=100))
        assert stats.hypergeom.cdf(n_wrong, 100, n_bound, n_audited) > 0.1
        if n_bound < 100 - (n_audited - n_wrong):
            assert stats.hypergeom.cdf(n_wrong, 100, n_bound + 1, n_audited) <= 0.1
    assert upper_bound(100, 7, confidence=0.99, population=100) == pytest.approx(0.07)
    with pytest.raises(ValueError, match="n_wrong"):
        upper_bound(3, 4, confidence=0.9, population=None)


def test_finite_bound_tends_to_clopper_pearson() -> None:
    finite = upper_bound(200, 3, confidence=0.95, population=5_000_000)
    assert finite == pytest.approx(upper_bound(200, 3, confidence=0.95, population=None), rel=2e-3)


@pytest.mark.parametrize(("population", "wrong"), [(None, 0.03), (300, 7.0), (80, 4.0)])
def test_stages_and_label_by_label_walk_agree(population: int | None, wrong: float) -> None:
    boundaries = Boundaries(accept_from=np.array([20, 31, 31, 45, 60]), reject_until=np.array([-1] * 5 + [60]))
    ends = walk_ends(boundaries, wrong=np.array([wrong]), population=population)
    stages = accepted_at_stages(boundaries.accept_from, wrong=wrong, population=population)
    np.testing.assert_allclose(stages, ends.accepted[0], atol=1e-12)
    assert ends.pass_probability + ends.rejected.sum() == pytest.approx(1.0)


def test_walk_worked_by_hand() -> None:
    # Accept after 1 right, or after 3 with one wrong; wrong half of the time: R, WRR pass.
    boundaries = Boundaries(accept_from=np.array([1, 3]), reject_until=np.array([-1, -1, 3]))
    ends = walk_ends(boundaries, wrong=np.array([0.5]), population=None)
    np.testing.assert_allclose(ends.accepted, [[0.5, 0.125]])
    np.testing.assert_allclose(ends.rejected, [[0.0, 0.0, 0.25, 0.125]])
    assert ends.expected_audit(boundaries) == pytest.approx(0.5 + 3 * 0.25 + 2 * 0.25)


@pytest.mark.parametrize("population", [300, 5_000, None])
@pytest.mark.parametrize("expected", [0.0, 0.005])
def test_sequential_audits_hold_both_risks_and_cost_less(population: int | None, expected: float) -> None:
    limit = ErrorLimit(0.02, population=population)
    plan = sequential_plan(limit, expected)
    fixed = plan_fixed(limit, expected_error=expected)
    assert plan.consumer_risk <= 0.05
    assert plan.producer_risk <= 0.1
    # The exact risk is used up as far as whole labels allow.
    assert plan.consumer_risk > 0.045
    assert plan.expected_audit_good <= fixed.n_audited
    assert plan.expected_audit_bad < 0.5 * fixed.n_audited
    assert isinstance(plan_audit(limit, expected_error=0.005), SequentialPlan)
    assert isinstance(plan_audit(limit, expected_error=0.0), FixedPlan)


def test_certificates_hold_exactly_when_their_plans_pass() -> None:
    limit = ErrorLimit(0.02, population=1_000)
    fixed = plan_fixed(limit, expected_error=0.005)
    for n_wrong in range(fixed.max_wrong + 3):
        certificate = certify_fixed(fixed, n_wrong=n_wrong)
        assert certificate.holds == fixed.passes(n_wrong)
    plan = sequential_plan(limit, 0.005)
    bounds = []
    for n_wrong, n_audited in enumerate(plan.accept_from):
        assert plan.verdict(n_audited, n_wrong) is Verdict.PASSED
        certificate = certify_sequential(plan, n_audited=n_audited, n_wrong=n_wrong)
        assert certificate.holds
        bounds.append(certificate.upper_bound)
    assert bounds == sorted(bounds)
    n_wrong = len(plan.accept_from)
    assert not certify_sequential(plan, n_audited=20, n_wrong=n_wrong).holds


def test_an_audit_that_has_not_ended_has_no_sequential_certificate() -> None:
    plan = sequential_plan(ErrorLimit(0.02, population=1_000), 0.005)
    assert plan.verdict(5, 0) is Verdict.GO_ON
    with pytest.raises(ValueError, match="not ended"):
        sequential_upper_bound(plan, n_audited=5, n_wrong=0)


def test_certificate_and_plans_are_plain_json() -> None:
    limit = ErrorLimit(0.02, population=1_000)
    certificate = certify_fixed(plan_fixed(limit), n_wrong=0)
    document = json.loads(json.dumps(certificate.to_json()))
    assert document["holds"] is True
    assert (document["population"], document["method"]) == (1_000, "hypergeometric")
    assert "0 of 132 checked labels were wrong" in str(document["statement"])
    json.dumps(plan_fixed(limit).to_json())
    json.dumps(sequential_plan(limit, 0.005).to_json())


def test_anytime_bound_is_wider_and_ends_in_certainty() -> None:
    for population in (400, None):
        for n_audited, n_wrong in ((0, 0), (50, 0), (200, 2), (399, 5)):
            anytime = anytime_upper_bound(n_audited, n_wrong, confidence=0.95, population=population)
            assert anytime >= upper_bound(n_audited, n_wrong, confidence=0.95, population=population)
    assert anytime_upper_bound(400, 5, confidence=0.95, population=400) == pytest.approx(5 / 400)
    certificate = certify_anytime(ErrorLimit(0.02), n_audited=900, n_wrong=2, expected_error=0.005)
    assert certificate.holds
    with pytest.raises(ValueError, match="expected_error"):
        anytime_upper_bound(5, 0, confidence=0.9, population=None, expected_error=0.0)


def test_draw_is_even_without_repeats_and_repeatable() -> None:
    first, second = (draw_audit(50, 20, rng=np.random.default_rng(4)) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert len(set(first.tolist())) == 20
    counts = sum(np.bincount(draw_audit(50, 20, rng=np.random.default_rng(seed)), minlength=50) for seed in range(400))
    assert abs(np.asarray(counts) - 160).max() < 5 * np.sqrt(400 * 0.4 * 0.6)


@pytest.mark.parametrize(("population", "share"), [(500, 0.02), (500, 0.022), (5_000, 0.0202), (None, 0.02)])
def test_bounds_cover_and_breaches_seldom_pass(population: int | None, share: float) -> None:
    rng = np.random.default_rng(11)
    limit = ErrorLimit(0.02, population=population)
    true = share if population is None else np.floor(share * population + 1e-9) / population
    plan, fixed, n_audits = sequential_plan(limit, 0.005), plan_fixed(limit, expected_error=0.005), 500
    n_max = max(plan.accept_from[-1], fixed.n_audited)
    places = wrong_places(rng, n_audits=n_audits, n_max=n_max, share=share, population=population)
    ends = sequential_ends(plan, places)
    passed = [plan.verdict(int(n), int(x)) is Verdict.PASSED for n, x in zip(ends.n_audited, ends.n_wrong, strict=True)]
    covered = (sequential_bounds(plan, ends, true=true) >= true - 1e-12).mean()
    fixed_bounds = [
        upper_bound(fixed.n_audited, int(x), confidence=0.95, population=population)
        for x in fixed_ends(places, fixed.n_audited).n_wrong
    ]
    # Three standard errors of 500 audits below .95.
    assert covered >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / n_audits)
    assert (np.array(fixed_bounds) >= true - 1e-12).mean() >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / n_audits)
    if true > 0.02 or population is None:
        assert np.mean(passed) <= 0.05 + 3 * np.sqrt(0.95 * 0.05 / n_audits)


@pytest.mark.parametrize("population", [600, None])
def test_anytime_bound_covers_at_the_worst_of_all_looks(population: int | None) -> None:
    rng = np.random.default_rng(12)
    share, n_audits = 0.02, 400
    n_missed = 0
    for row in wrong_places(rng, n_audits=n_audits, n_max=500, share=share, population=population):
        looks = [*((int(place) - 1, found) for found, place in enumerate(row)), (500, len(row))]
        lowest = min(anytime_upper_bound(n, x, confidence=0.9, population=population) for n, x in looks)
        n_missed += lowest < share - 1e-12
    assert n_missed / n_audits <= 0.1 + 3 * np.sqrt(0.09 / n_audits)
