"""Seconds of an answer: as published where nothing was measured, then ever more as measured."""

import math
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.core.effort import (
    EFFORT_RATES,
    EffortBelief,
    JobLevel,
    Scene,
    UnitsSource,
    Work,
    effort_s,
    estimate,
    expected_units,
    prior_of,
    review_effort_s,
)
from pricing.core.effort.beliefs import PRIOR_SD
from pricing.core.effort.fitting import fit
from tests.pricing.core.crowd import simulated, told

TYPES = sorted(EFFORT_RATES)


# --- before anything was measured -----------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("units", ["0", "1", "2.5", "31"])
@pytest.mark.parametrize("kappa", ["1", "0.81", "1.25"])
def test_without_measurements_seconds_are_as_published_to_the_last_digit(kind: str, units: str, kappa: str) -> None:
    prior = prior_of(kind)
    scene = Scene(kind, Decimal(units), kappa=Decimal(kappa))
    published = {
        Work.FROM_NOTHING: effort_s(kind, units_per_asset=scene.units, kappa=scene.kappa),
        Work.AIDED: review_effort_s(kind, units_per_asset=scene.units, kappa=scene.kappa),
        Work.REVIEW: review_effort_s(kind, units_per_asset=scene.units, kappa=scene.kappa),
    }
    assert {work: estimate(prior, replace(scene, work=work)).p50_s for work in Work} == published


def test_no_answers_leave_the_prior_as_it_is() -> None:
    nothing = simulated("bounding_box", n_answers=0)
    assert told(fit(nothing)) == told(prior_of("bounding_box"))


def test_one_answer_is_as_skewed_as_was_published() -> None:
    drawn = estimate(prior_of("bounding_box"), Scene("bounding_box", Decimal(1)))
    # Mean over median is 1.99 (Su et al. 2012, table 1); the three spreads together are to say the same.
    assert float(drawn.mean_s / drawn.p50_s) == pytest.approx(1.99, rel=0.1)
    assert drawn.answer_log_sd > drawn.log_sd > 0.6


def test_points_and_attributes_are_more_to_do() -> None:
    prior = prior_of("polygon")
    usual = estimate(prior, Scene("polygon", Decimal(2))).p50_s
    assert usual == Decimal("7.8") + 2 * Decimal("54.0")
    assert estimate(prior, Scene("polygon", Decimal(2), vertices=Decimal(60))).p50_s == Decimal("7.8") + 4 * Decimal(54)
    assert estimate(prior, Scene("polygon", Decimal(2), attributes=Decimal(3))).p50_s == usual + 2 * 3 * 4
    # Of one class for a whole image, attributes are said once.
    one = Scene("image_classification", Decimal(7), attributes=Decimal(2))
    assert estimate(prior_of("image_classification"), one).p50_s == Decimal("13.1")


# --- after ----------------------------------------------------------------------------------------------------------
def test_much_data_is_followed_and_little_is_not_overrated() -> None:
    """Nothing of how the crowd is made is in the model: speeds, noise, breaks, learning, how much each does."""
    truth = {units: 5.0 + 9.0 * units for units in (0, 1, 5, 20)}
    for n_answers, most_off in ((0, 0.5), (300, 0.6), (20_000, 0.3)):
        belief = fit(simulated("bounding_box", n_answers=n_answers, look_s=5.0, unit_s=9.0, seed=3))
        for units, seconds in truth.items():
            found = estimate(belief, Scene("bounding_box", Decimal(units)))
            off = math.log(float(found.p50_s) / seconds)
            assert abs(off) < most_off
            assert abs(off) < 2.0 * found.log_sd
    assert belief.n_answers == 20_000
    assert belief.worker_sd == pytest.approx(0.42, abs=0.12)  # of the logarithm of a gamma of shape 6: .43


def test_what_was_measured_makes_estimates_surer_but_never_surer_than_another_job_can_be() -> None:
    scene = Scene("bounding_box", Decimal(4))
    beliefs = [prior_of("bounding_box")] + [fit(simulated("bounding_box", n_answers=n)) for n in (100, 1_000, 10_000)]
    spreads = [estimate(belief, scene).log_sd for belief in beliefs]
    assert all(after < before for before, after in pairwise(spreads))
    assert all(estimate(belief, scene).log_sd > belief.job_sd for belief in beliefs)


def test_one_fast_worker_with_many_answers_does_not_carry_the_estimate() -> None:
    crowd = simulated("bounding_box", n_answers=400, n_workers=40, seed=5)
    alone = simulated("bounding_box", n_answers=8_000, n_workers=1, seed=6)
    hasty = replace(alone, log_s=alone.log_s - math.log(8.0), worker=alone.worker + 1_000)
    both = crowd.followed_by(hasty)
    scene = Scene("bounding_box", Decimal(3))
    of_crowd, of_both = (float(estimate(fit(timings), scene).p50_s) for timings in (crowd, both))
    pooled = math.exp(np.median(both.log_s) - np.median(crowd.log_s))
    assert pooled < 0.25
    assert of_both / of_crowd > 0.75


def test_breaks_count_for_little() -> None:
    calm = simulated("image_classification", n_answers=2_000, breaks=0.0, seed=8)
    away = np.random.default_rng(1).random(2_000) < 0.08
    disturbed = replace(calm, log_s=np.where(away, math.log(1_800.0), calm.log_s))
    scene = Scene("image_classification", Decimal(1))
    before, after = (float(estimate(fit(timings), scene).p50_s) for timings in (calm, disturbed))
    assert after / before == pytest.approx(1.0, abs=0.12)


def test_what_a_worker_is_called_and_in_which_order_answers_come_makes_no_difference() -> None:
    timings = simulated("polygon", n_answers=500)
    shuffled = timings.shuffled(np.random.default_rng(0), rename=lambda number: 7_919 - 3 * number)
    assert fit(timings).mean == pytest.approx(fit(shuffled).mean, abs=1e-6)
    assert fit(timings).answer_sd == pytest.approx(fit(shuffled).answer_sd, abs=1e-6)


def test_aided_answers_and_reviews_have_a_ratio_of_their_own() -> None:
    timings = simulated("bounding_box", n_answers=4_000, aided=0.5, aided_ratio=0.8, seed=2)
    belief, scene = fit(timings), Scene("bounding_box", Decimal(3))
    drawn = estimate(belief, scene).p50_s
    assert float(estimate(belief, replace(scene, work=Work.AIDED)).p50_s / drawn) == pytest.approx(0.8, abs=0.08)
    assert estimate(belief, replace(scene, work=Work.REVIEW)).p50_s / drawn == pytest.approx(Decimal("0.35"))


def test_complexity_counts_as_much_as_was_measured() -> None:
    assert fit(simulated("bounding_box", n_answers=6_000, elasticity=0.0)).elasticity == pytest.approx(0.0, abs=0.1)
    assert fit(simulated("bounding_box", n_answers=6_000, elasticity=1.6)).elasticity == pytest.approx(1.6, abs=0.1)
    assert fit(simulated("bounding_box", n_answers=6_000, elasticity=-2.0)).elasticity == 0.0  # never less time


_beliefs = st.builds(
    lambda kind, steps: EffortBelief(
        kind,
        mean=np.where([False] * 4 + [True, True] + [False] * 3, np.maximum(prior_of(kind).mean + steps, 0), steps),
        covariance=np.diag(PRIOR_SD**2) / 9,
        n_answers=100,
    ),
    st.sampled_from(TYPES),
    st.lists(st.floats(-2.0, 2.0), min_size=9, max_size=9).map(np.array),
)
_numbers = st.integers(0, 4_000).map(lambda hundredths: Decimal(hundredths) / 100)


@given(belief=_beliefs, units=_numbers, attributes=_numbers, vertices=_numbers, more=_numbers)
@settings(max_examples=150, deadline=None)
def test_more_to_do_never_takes_less_time(
    belief: EffortBelief, units: Decimal, attributes: Decimal, vertices: Decimal, more: Decimal
) -> None:
    scene = Scene(belief.annotation_type, units, attributes=attributes, vertices=vertices)
    before = estimate(belief, scene)
    harder = [
        replace(scene, units=units + more),
        replace(scene, attributes=attributes + more),
        replace(scene, vertices=vertices + more),
        replace(scene, kappa=1 + more),
    ]
    assert all(estimate(belief, each).p50_s >= before.p50_s for each in harder)
    low, high = before.interval_s(0.8)
    assert low <= float(before.p50_s) <= high


@given(belief=_beliefs, units=_numbers, work=st.sampled_from(Work), level=st.floats(-2.0, 2.0))
@settings(max_examples=100, deadline=None)
def test_an_estimate_is_what_its_factors_come_to(
    belief: EffortBelief, units: Decimal, work: Work, level: float
) -> None:
    found = estimate(
        belief,
        Scene(belief.annotation_type, units, attributes=Decimal(2), kappa=Decimal("1.2"), work=work),
        level=JobLevel(level, 0.3, 20, 4),
    )
    value = {factor.name: factor.value for factor in found.factors}
    said = value["units"] if value["unit_s"] else 1
    seconds = value["look_s"] + value["units"] * value["unit_s"] + said * value["attributes"] * value["attribute_s"]
    seconds *= value["complexity"] * value["level"] * value["job"] * value.get(work.value, 1)
    assert found.p50_s == seconds


# --- a job's own answers --------------------------------------------------------------------------------------------
def test_a_job_is_believed_the_more_of_its_answers_there_are() -> None:
    prior, scene = prior_of("bounding_box"), Scene("bounding_box", Decimal(4))
    usual = estimate(prior, scene)
    few = estimate(prior, scene, level=JobLevel(math.log(2), 0.8, 3, 1))
    many = estimate(prior, scene, level=JobLevel(math.log(2), 0.05, 900, 150))
    assert usual.p50_s < few.p50_s < many.p50_s
    assert float(many.p50_s / usual.p50_s) == pytest.approx(2.0, rel=0.02)
    assert usual.log_sd > few.log_sd > many.log_sd
    assert "this job (900)" in {factor.source for factor in many.factors}


# --- objects in an asset --------------------------------------------------------------------------------------------
def test_what_is_nearest_to_the_job_says_most_of_its_objects() -> None:
    assert expected_units(5.0, {}).words == "requester"
    # 20 assets' worth of a statement against as much of other jobs, whatever they hold: the middle.
    other = expected_units(5.0, {UnitsSource.PROJECT: (1.0, 9_000)})
    assert (other.mean, other.words) == (3.0, "earlier jobs (9000)")
    shown = expected_units(5.0, {UnitsSource.PRELABELS: (2.0, 60)})
    assert shown.mean == pytest.approx(5 * 0.25 + 2 * 0.75)
    assert shown.words == "pre-labels (60)"
    seen = {UnitsSource.PROJECT: (1.0, 9), UnitsSource.PRELABELS: (2.0, 900), UnitsSource.PILOT: (3.0, 100_000)}
    assert expected_units(50.0, seen).mean == pytest.approx(3.0, abs=0.02)
    assert expected_units(5.0, {UnitsSource.PILOT: (3.0, 3)}).words == "requester"
    assert expected_units(5.0, {UnitsSource.PILOT: (0.0, 0)}).mean == 5.0
