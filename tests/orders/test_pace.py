"""Pace and hourly pay, as numbers: nobody's word moves them much, and nobody's own figure is shown."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from marketplace.orders.core.pace import (
    SHOWN_STEP_MICROS,
    Earned,
    KindPace,
    WorkerPace,
    WorkKind,
    divided,
    hourly_of_workers,
    hourly_pay,
    owed_to,
    paces_of,
    weighted_median,
)
from marketplace.orders.core.reputation import Record, reputation_of

BOXES = WorkKind("annotate", False, 100_000)
CHECKED = WorkKind("review", False, 35_000)
AMOUNTS = st.dictionaries(st.uuids(), st.integers(1, 10**9), max_size=20)


def _worker(n: int) -> UUID:
    return UUID(int=n)


def _crowd(*medians_ms: int, n: int = 5, work: WorkKind = BOXES) -> list[WorkerPace]:
    return [WorkerPace(_worker(number), work, n, ms) for number, ms in enumerate(medians_ms)]


def test_a_job_s_pace_is_the_median_of_its_workers_medians() -> None:
    [pace] = paces_of(_crowd(20_000, 30_000, 31_000, 32_000, 90_000))
    assert pace == KindPace(BOXES, n_workers=5, n_answers=25, median_ms=31_000)
    assert pace.hourly_micros == 11_612_903
    assert pace.missing_micros(12_000_000) == 3_334


def test_few_workers_and_few_answers_tell_no_pace() -> None:
    assert paces_of(_crowd(20_000, 30_000, 31_000, 32_000)) == []
    assert paces_of(_crowd(20_000, 30_000, 31_000, 32_000, 33_000, n=2)) == []


def test_kinds_of_work_are_told_apart() -> None:
    both = _crowd(*[30_000] * 5) + _crowd(*[9_000] * 5, work=CHECKED)
    assert [(pace.work, pace.median_ms) for pace in paces_of(both)] == [(BOXES, 30_000), (CHECKED, 9_000)]


@given(st.lists(st.integers(1_000, 100_000), min_size=6, max_size=20), st.integers(0, 10**9))
def test_whatever_one_worker_says_the_pace_stays_between_those_of_others(others: list[int], said: int) -> None:
    # Six with five answers each weigh more than anybody can, however many answers they gave.
    [pace] = paces_of([*_crowd(*others), WorkerPace(_worker(99), BOXES, 10_000, said)])
    assert min(others) <= pace.median_ms <= max(others)


@given(st.lists(st.tuples(st.integers(0, 1_000), st.integers(1, 25)), min_size=1))
def test_half_of_the_weight_is_on_either_side_of_a_weighted_median(values: list[tuple[int, int]]) -> None:
    median = weighted_median(values)
    total = sum(weight for _, weight in values)
    assert 2 * sum(weight for value, weight in values if value < median) <= total
    assert 2 * sum(weight for value, weight in values if value <= median) >= total


def test_what_is_owed_is_by_answers_and_by_the_share_that_was_earned() -> None:
    [pace] = paces_of(_crowd(*[60_000] * 5))  # 60 s at 12.00 an hour: .20, and .10 is paid
    earned = [Earned(_worker(1), BOXES, 1_000_000, 3), Earned(_worker(2), BOXES, 500_000, 1)]
    assert owed_to(earned, [pace], promised_micros=12_000_000) == {_worker(1): 300_000, _worker(2): 50_000}
    assert owed_to([Earned(_worker(1), CHECKED, 1_000_000, 3)], [pace], promised_micros=12_000_000) == {}


@given(AMOUNTS, st.integers(0, 10**10))
def test_what_there_is_is_divided_to_the_last_micro_unit_and_never_exceeded(
    due: dict[UUID, int], available: int
) -> None:
    shares = divided(due, available)
    assert sum(shares.values()) == min(available, sum(due.values()))
    assert all(0 < micros <= due[who] for who, micros in shares.items())
    assert available < sum(due.values()) or shares == due


def test_an_hour_of_a_worker_is_all_of_the_pay_by_all_of_the_time() -> None:
    mixed = [WorkerPace(_worker(1), BOXES, 4, 30_000), WorkerPace(_worker(1), CHECKED, 4, 9_000)]
    assert hourly_of_workers(mixed) == {_worker(1): (4 * 135_000) * 3_600_000 // (4 * 39_000)}


@given(st.lists(st.integers(1_000_000, 60_000_000), min_size=10, max_size=40))
def test_pay_is_shown_coarsely_and_of_ten_workers_or_more(hours: list[int]) -> None:
    shown = hourly_pay(hours)
    assert shown is not None
    ends = (shown.low_micros, shown.median_micros, shown.high_micros)
    assert sorted(ends) == list(ends)
    assert all(value % SHOWN_STEP_MICROS == 0 for value in ends)
    assert hourly_pay(hours[:9]) is None


def test_a_reputation_begins_with_what_is_usual_and_follows_what_happens() -> None:
    few = reputation_of(Record(2, 2, 0, 0, ((60, 2),), 1, 0))
    many = reputation_of(Record(200, 200, 10, 10, ((60, 150), (90_000, 50)), 4, 3))
    assert (few.approval_rate, many.approval_rate) == (0.8636, 0.0864)
    assert (few.overturned_rate, many.overturned_rate) == (0.5, 0.8571)
    assert (few.decision_s, many.decision_s) == (60, 60)
    assert (many.short_of_promise, many.n_orders) == (3, 4)
