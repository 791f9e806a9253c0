"""The numbers of forecasts: worked by hand, invariant where they must be, and true on a small made-up marketplace."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from pricing.core.backtesting import backtest
from pricing.core.backtesting.world import World
from pricing.core.turnaround import Basis, History, Outcomes, Supply, Trait, Work, forecast
from pricing.core.turnaround.baselines import hourly_bootstrap, left_by_mean_rate
from pricing.core.turnaround.conformal import correct, weighted_quantile
from pricing.core.turnaround.inputs import traits_of
from pricing.core.turnaround.levers import LeverName, levers
from pricing.core.turnaround.measured import share_of, whole_days
from pricing.core.turnaround.misses import missed_lately
from pricing.core.turnaround.profile import default_profile, integral, learned_profile
from pricing.core.turnaround.scoring import pinball, score, wilson
from pricing.core.turnaround.structural import crossing_times
from pricing.core.turnaround.supply import seen_supply

WORK = Work(n_answers=500, seconds_per_answer=20, n_tasks=200)
ALWAYS = np.ones(168)


def _finish(
    work: Work = WORK, supply: Supply | None = None, history: History | None = None, seed: int = 1
) -> list[float]:
    return list(forecast(work, supply or Supply(), history, now_h=30.5, seed=seed).seconds)


def _outcomes(*, factor: float, n: int = 200, spread: float = 0.3, seed: int = 0) -> Outcomes:
    """Return outcomes of jobs that took `factor` times what was forecast, give or take."""
    rng = np.random.default_rng(seed)
    middle = np.exp(rng.normal(10, 1, n))
    raw = middle[:, None] * np.array([1.0, 1.5, 2.0])
    traits = np.zeros((n, len(Trait)))
    traits[:, Trait.MODEL] = np.log(middle)
    taken = middle * factor * np.exp(rng.normal(0, spread, n))
    return Outcomes(raw=raw, taken=taken, traits=traits, missed=np.zeros((2, 3)))


def test_the_same_seed_gives_the_same_forecast_and_quantiles_stand_in_order() -> None:
    assert _finish() == _finish()
    assert _finish() != _finish(seed=2)
    assert _finish() == sorted(_finish())


def test_nothing_left_is_done_now() -> None:
    assert _finish(replace(WORK, n_answers=0)) == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    "sooner",
    [
        (replace(WORK, n_answers=250), Supply()),
        (WORK, Supply(sessions_per_h=24)),
        (WORK, Supply(share=1.0)),
        (WORK, Supply(boost=2.0)),
        (replace(WORK, seconds_per_answer=5), Supply()),
    ],
)
def test_less_work_or_more_people_end_a_job_sooner(sooner: tuple[Work, Supply]) -> None:
    assert all(fast < slow for fast, slow in zip(_finish(*sooner), _finish(), strict=True))


def test_without_reviewers_work_that_waits_for_them_takes_as_long_as_they_do() -> None:
    checked = replace(WORK, n_reviews=50, seconds_per_review=5)
    assert _finish(checked, Supply(reviewer_sessions_per_h=0.02))[0] > 2 * _finish(checked, Supply())[0]


def test_what_a_forecast_rests_on_is_said() -> None:
    pool = np.full(24 * 30, 3_600.0)
    for n_days, basis in ((0, Basis.PRIOR), (2, Basis.PRIOR), (5, Basis.BLENDED), (30, Basis.MEASURED)):
        made = forecast(WORK, Supply(), History(pool=pool[: 24 * n_days]), now_h=0.0, seed=1)
        assert made.basis is basis


def test_an_even_past_gives_the_finish_that_division_gives() -> None:
    # An hour of the pool's time every hour, all of it this job's: 100 h of work take 100 h.
    history = History(pool=np.full(24 * 28, 3_600.0), own=np.full(24 * 28, 3_600.0))
    work = Work(n_answers=3_600, seconds_per_answer=100, n_tasks=3_600, progress=0.5)
    made = forecast(work, Supply(share=1.0), history, now_h=0.0, seed=1)
    assert made.p50_s / 3_600 == pytest.approx(100, rel=0.1)


def test_a_job_is_given_the_share_of_the_pool_that_it_had() -> None:
    pool = np.full(24 * 14, 100.0)
    assert share_of(History(pool=pool), assumed=0.5)[0] == 0.5
    seen, doubt = share_of(History(pool=pool, own=pool[:96] * 0.1), assumed=0.5)
    assert 0.1 < seen < 0.2
    assert doubt < share_of(History(pool=pool), assumed=0.5)[1]


def test_days_are_whole_and_end_before_today() -> None:
    pool = np.concatenate([np.full(24 * 7, 1.0), np.full(5, 99.0)])
    days = whole_days(History(pool=pool), now_h=24 * 2 + 5.0)  # five hours into a Wednesday
    assert days is not None
    assert days.is_weekend.tolist() == [False, False, False, True, True, False, False]
    assert days.means == pytest.approx([24.0, 24.0])
    assert days.level == pytest.approx(0.0)
    assert whole_days(History(pool=pool[:48]), now_h=0.0) is None


def test_the_profile_learns_when_people_work_and_its_integral_goes_on_over_weeks() -> None:
    hourly = np.tile(np.repeat([0.0, 2.0], 12), 7 * 20)
    learned = learned_profile(hourly, end_h=0)
    assert learned[:12].max() < 0.2
    assert learned[12:24].min() > 1.5
    assert learned.mean() == pytest.approx(1.0)
    assert learned_profile(np.zeros(0), end_h=0) == pytest.approx(default_profile())
    assert integral(ALWAYS, [0.0, 0.5, 168.0, 400.25]) == pytest.approx([0.0, 0.5, 168.0, 400.25])


def test_a_supply_is_seen_by_the_work_that_it_gave() -> None:
    seen = seen_supply(Supply(), hours=np.full(24 * 60, 3_600.0), now_h=0.0)
    assert seen.sessions_per_h < Supply().sessions_per_h
    assert seen.level_sigma < Supply().level_sigma
    assert seen_supply(assumed := Supply(), hours=np.zeros(0), now_h=0.0) is assumed


def test_crossings_lie_between_the_hours_and_beyond_them_at_the_mean_rate() -> None:
    given = np.array([[0.0, 10.0, 30.0], [0.0, 1.0, 2.0]])
    assert crossing_times(given, np.array([0.0, 1.0, 3.0]), 20.0) == pytest.approx([2.0, 30.0])


def test_forecasts_that_were_always_too_short_are_lengthened_once_enough_jobs_have_ended() -> None:
    raw = np.exp(10.0) * np.array([1.0, 1.5, 2.0])
    traits = np.zeros(len(Trait))
    traits[Trait.MODEL] = 10.0
    few = _outcomes(factor=3.0, n=39)
    assert correct(raw, few, traits=traits) == pytest.approx(raw)
    corrected = correct(raw, _outcomes(factor=3.0), traits=traits)
    # Log-normal with .3: P50 is the factor itself, P95 exp(1.645 x .3) = 1.64 times that.
    assert corrected[0] / raw[0] == pytest.approx(3.0, rel=0.15)
    assert corrected[2] / corrected[0] == pytest.approx(1.64, rel=0.25)
    assert (np.diff(corrected) >= 0).all()


def _begun(*, n: int = 300, seed: int = 0) -> Outcomes:
    """Return outcomes of jobs under way that took what their mean rate said, some give or take more than others."""
    rng = np.random.default_rng(seed)
    traits = np.zeros((n, len(Trait)))
    traits[:, Trait.MODEL] = rng.normal(10, 1, n)
    traits[:, Trait.PROGRESS], traits[:, Trait.BEGUN] = 0.5, 1.0
    traits[:, Trait.COMPETITION] = rng.choice([0.0, 2.0], n)
    spread = np.where(traits[:, Trait.COMPETITION] > 1, 0.8, 0.1)
    middle = np.exp(traits[:, Trait.MODEL])
    raw = middle[:, None] * np.array([1.0, 1.2, 1.4])
    return Outcomes(
        raw=raw, taken=middle * np.exp(spread * rng.normal(0, 1, n)), traits=traits, missed=np.zeros((2, 3))
    )


def _corrected(outcomes: Outcomes, **traits: float) -> NDArray[np.float64]:
    ours = np.zeros(len(Trait))
    ours[[Trait.MODEL, Trait.PROGRESS, Trait.BEGUN]] = 10.0, 0.5, 1.0
    for name, value in traits.items():
        ours[Trait[name]] = value
    raw = np.exp(ours[Trait.MODEL]) * np.array([1.0, 1.2, 1.4])
    return np.asarray(correct(raw, outcomes, traits=ours) / raw[0], dtype=np.float64)


def test_ends_lie_as_far_apart_as_those_of_jobs_of_the_kind_did() -> None:
    outcomes = _begun()
    calm, wild = _corrected(outcomes, COMPETITION=0.0), _corrected(outcomes, COMPETITION=2.0)
    assert calm[0] == pytest.approx(1.0, rel=0.15)
    assert wild[2] / wild[0] > 1.5 * calm[2] / calm[0]


def test_a_job_whose_mean_rate_is_lower_than_was_ever_seen_is_not_believed_to_go_on_so_to_the_end() -> None:
    outcomes = _begun()
    usual, slow = _corrected(outcomes), _corrected(outcomes, MEAN_RATE=4.0)
    waiting = _corrected(outcomes, MEAN_RATE=4.0, BEGUN=0.0)
    assert slow[0] < 0.8 * usual[0]
    assert waiting[0] > slow[0]


def test_quantiles_that_were_missed_too_often_lately_are_put_further_out() -> None:
    raw, traits = np.exp(10.0) * np.array([1.0, 1.5, 2.0]), np.zeros(len(Trait))
    traits[Trait.MODEL] = 10.0
    known = _outcomes(factor=1.0)
    missed = replace(known, missed=np.full((2, 3), 0.1))
    assert (correct(raw, missed, traits=traits) > correct(raw, known, traits=traits)).all()


def test_a_quantile_is_missed_once_its_moment_has_come_whether_or_not_the_job_has_ended() -> None:
    shown = np.full((60, 3), [100.0, 200.0, 400.0])
    # A third ended after 50 s, a third after 150 s, a third runs since 300 s: the last quantile is still to come.
    taken = np.repeat([50.0, 150.0, np.inf], 20)
    p50, p85, p95 = missed_lately(shown, age_s=np.full(60, 300.0), taken_s=taken)[0]
    # Shrunk as if 20 forecasts more had held as often as they should.
    assert p50 == pytest.approx((40 / 60 - 0.5) * 60 / 80)
    assert p85 == pytest.approx((20 / 60 - 0.15) * 60 / 80)
    assert p95 == 0.0


def test_of_quantiles_that_came_due_the_last_ninety_count_and_for_a_while_the_last_four_hundred() -> None:
    shown = np.full((190, 3), 100.0)
    age = np.linspace(289.0, 100.0, 190)  # the earliest first
    late_at_first = np.where(np.arange(190) < 100, 500.0, 50.0)
    lately, for_a_while = missed_lately(shown, age_s=age, taken_s=late_at_first)
    assert lately[0] == pytest.approx(-0.5 * 90 / 110)
    assert for_a_while[0] == pytest.approx((100 / 190 - 0.5) * 190 / 210)
    assert missed_lately(shown, age_s=age, taken_s=late_at_first[::-1])[0, 0] == pytest.approx(0.5 * 90 / 110)
    assert not missed_lately(shown[:0], age_s=age[:0], taken_s=age[:0]).any()


def test_a_weighted_quantile_allows_for_one_more_draw() -> None:
    values = np.arange(1.0, 10.0)  # of ten draws the ninth is the 90 % quantile
    assert weighted_quantile(values, np.ones(9), 0.9) == 9.0
    assert weighted_quantile(values, np.ones(9), 0.5) == 5.0
    assert weighted_quantile(np.array([3.0, 1.0]), np.array([1.0, 1e-9]), 0.5) == 3.0


def test_scores_are_as_worked_by_hand() -> None:
    covered = wilson(8, 10)
    assert (round(covered.share, 3), round(covered.low, 3), round(covered.high, 3)) == (0.8, 0.49, 0.943)
    actual = np.array([10.0, 10.0])
    assert pinball(actual, np.array([6.0, 12.0]), 0.85) == pytest.approx((0.85 * 4 + 0.15 * 2) / 2)
    made = score([3_600.0, 7_200.0], [[3_600.0, 7_200.0, 7_200.0], [3_600.0, 3_600.0, 7_200.0]])
    assert [each.share for each in made.coverage] == [0.5, 0.5, 1.0]
    assert score([], []).n == 0


def test_baselines_are_what_they_are_called() -> None:
    assert left_by_mean_rate(30, done=10, elapsed_s=100) == (300.0, 300.0, 300.0)
    even: NDArray[np.float64] = np.full(30, 10.0)
    assert hourly_bootstrap(100, even, rng=np.random.default_rng(0)) == pytest.approx((36_000.0,) * 3)


def test_traits_are_finite_whatever_is_known() -> None:
    for history in (History(), History(pool=np.zeros(200)), History(pool=np.ones(200), own=np.ones(5), n_open=3)):
        assert np.isfinite(traits_of(WORK, history, p50_s=0.0)).all()


def test_levers_bring_the_finish_forward_the_more_the_stronger_the_assumption() -> None:
    found = levers(WORK, Supply(), History(), now_h=0.0, seed=1, qualified_share=0.25)
    assert [lever.name for lever in found] == [
        LeverName.RAISE_PAY, LeverName.RAISE_PAY, LeverName.WIDEN_QUALIFICATION, LeverName.HEDGE_STRAGGLERS,
    ]  # fmt: skip
    widened = found[2].effects
    assert widened[0].p50_s > widened[1].p50_s > widened[2].p50_s
    assert all(lever.assumption for lever in found)
    assert found[-1].n_further_answers == 25


def test_a_made_up_marketplace_is_the_same_for_the_same_seed() -> None:
    first, again = (World(seed=3, n_days=4).run() for _ in range(2))
    assert [job.closes for job in first.jobs] == [job.closes for job in again.jobs]
    assert all(job.closes is not None and job.closes > job.opens for job in first.jobs)


def test_forecasts_of_made_up_jobs_hold_better_than_what_is_usually_done() -> None:
    """A small edition of `manage.py forecast-report --simulated 800`, which tells far more."""
    tried = backtest(n_jobs=60, seed=5, warm_up=100, n_runs=60)
    ours = [scores["forecast"] for scores in tried.scores.values()]
    assert all(each.n >= 50 for each in ours)
    for k, least in ((1, 0.81), (2, 0.92)):
        assert all(each.coverage[k].high > least for each in ours)
        for baseline in ("left_by_mean_rate", "hourly_bootstrap"):
            theirs = [scores[baseline] for scores in tried.scores.values()]
            assert np.mean([each.pinball_h[k] for each in ours]) < np.mean([each.pinball_h[k] for each in theirs])
            assert np.mean([each.pinball_log[k] for each in ours]) < np.mean([each.pinball_log[k] for each in theirs])
