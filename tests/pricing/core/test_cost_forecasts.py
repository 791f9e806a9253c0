"""The forecast of a job's cost: what moves it, what bounds it, and that it is right about as often as it says."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from pricing.core.costs.answers import Asking, collect
from pricing.core.costs.crowds import CrowdPrior, MeasuredCrowd, draw_crowds
from pricing.core.costs.forecasting import CostForecast, Experience, Forecaster, Piloted
from pricing.core.costs.recalibrating import Correction, Distribution, Kind, Placed
from pricing.core.costs.spending import CENT, Terms
from quality.core.stopping import StoppingRule
from tests.benchmarks.cost_intervals import simulate

PAY = 17_000
ADAPTIVE = Kind(StoppingRule(0.9, 2, 6), 300)
TWO = Asking(2)
# Everybody alike and right in four cases of five, on images that are all as easy.
PLAIN = CrowdPrior(mean=np.log(4.0), between=1e-9, workers=1e-9, images=1e-9, guessers=1e-6)


def _terms(n_tasks: int = 1_000, *, least: int = 2, most: int = 6, target: float = 0.95, **changes: Any) -> Terms:
    labour = n_tasks * most * PAY
    plain = Terms(
        rule=StoppingRule(target, least, most),
        n_tasks=n_tasks,
        pay_micros=PAY,
        labour_cap_micros=labour,
        late_reserve_micros=labour // 20,
        fee_ppm=200_000,
        cap_micros=(labour * 21 // 20 * 12 // 10 // CENT + 1) * CENT,
    )
    return replace(plain, **changes)


def _forecast(
    terms: Terms,
    *,
    asking: Asking = TWO,
    experience: Experience | None = None,
    prior: CrowdPrior | None = None,
    piloted: Piloted | None = None,
) -> CostForecast:
    known = experience or Experience()
    return Forecaster.of(terms, asking, experience=known, seed=5, prior=prior, piloted=piloted).price(terms)


def test_tasks_of_equally_good_workers_take_as_many_answers_as_margin_voting_says() -> None:
    # With .8 each a lead of two is 94 % sure, and takes 2.94 answers on average.
    crowds = draw_crowds(PLAIN, 200, n_tasks=5_000, rng=np.random.default_rng(3))
    found = collect(crowds, TWO, StoppingRule(0.9, 1, 50), n_tasks=5_000, n_sampled=100, rng=np.random.default_rng(4))
    assert found.n_answers.mean() == pytest.approx(2.94, abs=0.2)
    assert found.right.mean() == pytest.approx(0.94, abs=0.03)


def test_one_answer_of_a_stranger_is_seldom_enough() -> None:
    """What it is worth shows by second answers only: until skills are estimated anew, all tasks get one."""
    good = CrowdPrior(mean=3.0, between=1e-9, workers=1e-9, images=1e-9, guessers=1e-6)

    def answers(n_tasks: int, rule: StoppingRule) -> float:
        rng = np.random.default_rng(3)
        crowds = draw_crowds(good, 100, n_tasks=n_tasks, rng=rng)
        return float(collect(crowds, TWO, rule, n_tasks=n_tasks, n_sampled=80, rng=rng).n_answers.mean())

    assert answers(50, StoppingRule(0.8, 1, 6)) > 1.6
    assert answers(5_000, StoppingRule(0.8, 1, 6)) == pytest.approx(1.16, abs=0.06)
    assert answers(50, StoppingRule(0.8, 1, 1)) == 1.0
    assert answers(50, StoppingRule(0.7, 1, 6)) < 1.1  # as sure as one is of anybody


def test_a_fixed_overlap_leaves_nothing_open_but_late_answers() -> None:
    terms = _terms(least=3, most=3)
    found = _forecast(terms)
    labour = 3 * 1_000 * PAY
    assert terms.floor_micros == labour * 12 // 10
    assert terms.floor_micros <= found.p50_micros <= found.p90_micros <= terms.floor_micros * 1.07


def test_a_large_job_is_as_uncertain_as_its_crowd() -> None:
    """Errors that many workers share, and crowds nobody knows, do not average out over the tasks."""

    def spread(n_tasks: int, prior: CrowdPrior) -> float:
        found = _forecast(_terms(n_tasks), prior=prior)
        return found.p90_micros / found.p50_micros

    # Where crowds are known, what is left is how skewed the classes are.
    assert spread(100_000, CrowdPrior()) > spread(100_000, PLAIN) + 0.1
    assert spread(100_000, CrowdPrior()) == pytest.approx(spread(1_000, CrowdPrior()), rel=0.15)


def test_the_forecast_never_leaves_what_is_possible() -> None:
    for n_tasks in (1, 2, 7, 1_000):
        for target in (0.6, 0.999):
            terms = _terms(n_tasks, target=target, n_gold=5, gold_reserve_micros=10 * PAY, n_reviews=n_tasks)
            found = _forecast(terms)
            assert terms.floor_micros <= found.p50_micros <= found.p90_micros <= terms.cap_micros
            assert terms.floor_micros <= found.mean_micros <= found.p90_micros
            assert found.p50_micros % CENT == found.p90_micros % CENT == 0  # as everything else in a quote
            assert (np.diff(found.simulated.micros) >= 0).all()


def test_amounts_are_whole_in_their_currency_and_never_above_the_cap() -> None:
    yen = _terms(unit_micros=1_000_000, cap_micros=300 * 1_000_000)
    assert [yen.whole(micros) for micros in (1.4, 1_000_000.0, 1_000_001.0, 300_000_001.0)] == [
        1_000_000,
        1_000_000,
        2_000_000,
        300_000_000,
    ]
    assert yen.with_fee(np.array([12_400_000.0]))[0] == 12_400_000 + 2_000_000  # a fee of 2.48


def test_more_is_paid_where_more_is_asked() -> None:
    plain = _forecast(_terms())
    dearer = (
        _forecast(_terms(target=0.99)),
        _forecast(_terms(n_gold=50, gold_reserve_micros=10**9)),
        _forecast(_terms(n_reviews=200, review_pay_micros=6_000, review_reserve_micros=10**9)),
        _forecast(_terms(), asking=Asking(2, things=4.0)),
    )
    assert all(plain.p50_micros < other.p50_micros for other in dearer)


def test_crowds_that_turned_out_better_make_later_jobs_cheaper_and_surer() -> None:
    good = Experience(crowds=[MeasuredCrowd(0.93, 2_000)] * 30)
    bad = Experience(crowds=[MeasuredCrowd(0.66, 2_000)] * 30)
    unknown, after_good, after_bad = (
        _forecast(_terms()),
        _forecast(_terms(), experience=good),
        _forecast(_terms(), experience=bad),
    )
    assert after_good.p50_micros < unknown.p50_micros < after_bad.p50_micros
    assert after_good.p90_micros - after_good.p50_micros < unknown.p90_micros - unknown.p50_micros
    assert after_good.right_share > after_bad.right_share


def test_a_pilot_tells_more_than_other_jobs_did() -> None:
    few = _forecast(_terms(), piloted=Piloted(n_tasks=50, n_answers=115))
    many = _forecast(_terms(), piloted=Piloted(n_tasks=50, n_answers=240))
    unknown = _forecast(_terms())
    assert few.p50_micros < unknown.p50_micros < many.p50_micros
    assert few.answers_per_task == pytest.approx(2.3, abs=0.25)
    assert many.answers_per_task == pytest.approx(4.8, abs=0.35)
    for each in (few, many):
        assert each.p90_micros - each.p50_micros < unknown.p90_micros - unknown.p50_micros


def test_the_same_seed_makes_the_same_forecast() -> None:
    assert _forecast(_terms()).p90_micros == _forecast(_terms()).p90_micros


def _placed(places: Iterable[float], kind: Kind = ADAPTIVE) -> list[Placed]:
    return [Placed(kind, float(place)) for place in places]


def _corrected(level: float, kind: Kind, placed: Iterable[Placed]) -> float:
    return Correction.of(kind, list(placed)).level(level)


def test_forecasts_that_were_too_low_are_raised_and_right_ones_left() -> None:
    even = (np.arange(200) + 0.5) / 200
    assert _corrected(0.9, ADAPTIVE, ()) == pytest.approx(0.9)
    assert _corrected(0.9, ADAPTIVE, _placed(even)) == pytest.approx(0.9, abs=0.01)
    # Costs that fell into the upper half of their forecasts alone: the median is their three quarters.
    high = _placed(0.5 + even / 2)
    assert _corrected(0.5, ADAPTIVE, high) == pytest.approx(0.74, abs=0.02)
    assert _corrected(0.9, ADAPTIVE, high) > 0.93
    assert _corrected(0.5, ADAPTIVE, _placed(even / 2)) == pytest.approx(0.26, abs=0.02)
    assert _corrected(0.5, ADAPTIVE, _placed([1.0] * 200)) > 0.98


def test_what_stopped_otherwise_teaches_nothing_of_jobs_whose_answers_are_fixed() -> None:
    fixed = Kind(StoppingRule(0.9, 3, 3), 100)
    assert _corrected(0.5, fixed, _placed([0.1] * 100)) == 0.5
    assert _corrected(0.5, ADAPTIVE, _placed([0.1] * 100, fixed)) == 0.5
    assert _corrected(0.5, fixed, _placed([0.1] * 100, fixed)) < 0.2


def test_unlike_jobs_are_corrected_unlike_and_unknown_ones_in_between() -> None:
    """Jobs of one answer at least cost more than was forecast, and those of three less."""
    one, two, three = (Kind(StoppingRule(0.9, least, 8), 100) for least in (1, 2, 3))
    even = (np.arange(60) + 0.5) / 60
    known = [*_placed(0.3 + 0.7 * even, one), *_placed(0.7 * even, three)]
    levels = [_corrected(0.5, kind, known) for kind in (one, two, three)]
    assert levels[0] > 0.55
    assert levels[1] == pytest.approx(0.5, abs=0.02)
    assert levels[2] < 0.45
    # What few jobs say of their kind counts little.
    few = known[10::20]
    assert abs(_corrected(0.5, one, few) - 0.5) < abs(levels[0] - 0.5)


def test_levels_stay_in_order_and_between_their_bounds() -> None:
    rng = np.random.default_rng(8)
    kinds = [Kind(StoppingRule(target, least, 6), n) for target in (0.7, 1.0) for least in (1, 5) for n in (1, 10**6)]
    known = [Placed(kinds[n % len(kinds)], float(rng.choice([0.0, 1.0, rng.random()]))) for n in range(150)]
    for kind in kinds:
        found = [_corrected(level, kind, known) for level in np.linspace(0.0, 1.0, 41)]
        assert (np.diff(found) >= 0).all()
        assert 0.0 <= found[0] <= found[-1] <= 1.0


def test_an_amount_lies_where_its_quantile_is() -> None:
    rng = np.random.default_rng(1)
    samples = rng.uniform(100.0, 200.0, 2_000)
    found = Distribution.of(samples, weight=np.ones(2_000), least=100.0, most=200.0)
    for level in (0.1, 0.5, 0.9):
        assert found.place_of(found.at(level), rng=rng) == pytest.approx(level, abs=1e-9)
    certain = Distribution.of(np.full(50, 120.0), weight=np.ones(50), least=100.0, most=200.0)
    places = [certain.place_of(120.0, rng=rng) for _ in range(200)]
    assert np.mean(places) == pytest.approx(0.5, abs=0.1)  # anywhere: it was foreseen
    assert (certain.place_of(90.0, rng=rng), certain.place_of(210.0, rng=rng)) == (0.0, 1.0)


def test_orders_of_a_world_of_another_kind_cost_what_was_forecast() -> None:
    """A small run of `make bench-cost-intervals`; bounds are wide, as there are few orders."""
    rows = simulate(4, 40, most_tasks=60)
    assert 0.28 <= np.mean([each.within(each.forecast.p50_micros) for each in rows]) <= 0.72
    assert 0.78 <= np.mean([each.within(each.forecast.p90_micros) for each in rows]) <= 1.0
    assert all(each.within(each.order.priced.cap_micros) for each in rows)
