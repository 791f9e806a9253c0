"""Prices worked by hand, and what must hold of every price."""

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from marketplace.operations.core.money import MICROS, half_up_cent
from pricing.core.cards.fee import fee_at
from pricing.core.cards.pay import PayTerms
from pricing.core.effort import effort_s, review_effort_s
from pricing.core.overlap import expected_overlap
from pricing.core.quote import Price, QuoteInput, price
from tests.pricing.rates import RATES


def _priced(
    kind: str = "image_classification",
    *,
    n_assets: int,
    n_gold: int = 0,
    units: str = "1",
    overlap: tuple[int, int] = (1, 1),
    target: str = "0.9",
    review_share: str = "0",
    reviewed_by: str = "peer",
    **asked: Any,
) -> Price:
    return price(
        QuoteInput(
            n_assets=n_assets,
            n_gold=n_gold,
            effort_s=effort_s(kind, units_per_asset=Decimal(units)),
            units_per_asset=Decimal(units),
            min_overlap=overlap[0],
            max_overlap=overlap[1],
            target_confidence=Decimal(target),
            review_effort_s=review_effort_s(kind, units_per_asset=Decimal(units)),
            review_share=Decimal(review_share),
            reviewed_by=reviewed_by,
            **asked,
        ),
        RATES,
    )


def _cents(priced: Price) -> dict[str, tuple[str, str]]:
    return {
        line.name: (f"{line.expected_micros / MICROS:.2f}", f"{line.cap_micros / MICROS:.2f}") for line in priced.lines
    }


# --- worked by hand -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "units", "seconds", "pay"),
    [
        ("image_classification", "1", "5.1", "0.017"),  # 12 x 5.1 / 3600 = .017 exactly
        ("image_classification", "9", "5.1", "0.017"),
        ("bounding_box", "5", "70.3", "0.235"),  # .23433
        ("bounding_box", "1", "20.3", "0.068"),  # .06767
        ("bounding_box", "0", "7.8", "0.026"),  # looking for nothing is work
        ("bounding_box", "2.5", "39.05", "0.131"),  # .13017
    ],
)
def test_an_answer_pays_its_seconds_up_to_the_tenth_of_a_cent(kind: str, units: str, seconds: str, pay: str) -> None:
    effort = effort_s(kind, units_per_asset=Decimal(units))
    assert effort == Decimal(seconds)
    assert PayTerms.of(RATES).pay_for(effort).final == Decimal(pay)


def test_a_thousand_images_of_five_boxes_answered_once() -> None:
    priced = _priced("bounding_box", n_assets=1000, units="5")
    # .235 x 1000; 5 % of it; 20 % of 246.75 (5,000 units)
    assert _cents(priced) == {
        "labour": ("235.00", "235.00"),
        "late_reserve": ("11.75", "11.75"),
        "fee": ("49.35", "49.35"),
    }
    assert (priced.pay_micros, priced.fee_ppm, priced.cap_micros) == (235_000, 200_000, 296_100_000)


@pytest.mark.parametrize(
    ("n_assets", "units", "share", "expected", "cap"),
    [
        (1000, "5", "0.25", "20.75", "58.75"),  # .083 x 250; 250 answers at .235
        (10, "1", "0.25", "0.07", "0.21"),  # three of .024; three answers at .068
        (1000, "5", "0", "", ""),
    ],
)
def test_reviews_cost_their_part_of_an_answer_and_at_most_an_answer(
    n_assets: int, units: str, share: str, expected: str, cap: str
) -> None:
    priced = _priced("bounding_box", n_assets=n_assets, units=units, review_share=share)
    assert _cents(priced).get("review", ("", "")) == (expected, cap)
    unpaid = _priced("bounding_box", n_assets=n_assets, units=units, review_share=share, reviewed_by="requester")
    assert "review" not in _cents(unpaid)
    assert unpaid.review_pay_micros == 0


def test_gold_adds_a_reserve_of_a_tenth_and_its_fee() -> None:
    without, with_gold = (_priced(n_assets=100, n_gold=n, overlap=(2, 5)) for n in (0, 7))
    assert "gold" not in _cents(without)
    assert with_gold.line("gold").cap_micros == with_gold.line("labour").cap_micros // 10
    # The fee's share is that of the answers bought; it is taken on what is paid for gold as well.
    assert with_gold.fee_ppm == without.fee_ppm
    assert with_gold.line("fee").cap_micros > without.line("fee").cap_micros
    assert with_gold.cap_micros == sum(line.cap_micros for line in with_gold.lines)


def test_a_hundred_images_classified_until_it_is_known() -> None:
    priced = _priced(n_assets=100, overlap=(1, 3))
    # p = .85: two ahead is right with .9698, after 2 / .7 x (32.11 - 1) / (32.11 + 1) = 2.68 answers
    assert priced.expected_answers == Decimal("2.68")
    # .017 x 268 = 4.556, .017 x 300; 5 %: .2278, .255; 20 %: .95676, and of 5.36 1.072. In all 5.74056; caps go up.
    # Of the two cents that are missing where all lines are rounded down, one goes to the .78 and one to the .676.
    assert _cents(priced) == {"labour": ("4.55", "5.10"), "late_reserve": ("0.23", "0.26"), "fee": ("0.96", "1.08")}
    assert priced.expected_micros == 5_740_000


@pytest.mark.parametrize(
    ("p", "target", "votes"),
    [
        ("0.70", "0.84", "3.45"),
        ("0.70", "0.92", "6.41"),
        ("0.70", "0.96", "9.35"),
        ("0.80", "0.94", "2.94"),
        ("0.80", "0.98", "4.85"),
        ("0.80", "0.99", "6.61"),
        ("0.90", "0.98", "2.44"),
        ("0.90", "0.99", "3.74"),
        ("0.90", "0.999", "5.00"),
        ("0.85", "0.99", "4.24"),
        ("0.85", "0.6", "1.00"),
    ],
)
def test_expected_answers_follow_margin_voting(p: str, target: str, votes: str) -> None:
    assert expected_overlap(Decimal(p), target=Decimal(target), min_overlap=1, max_overlap=100) == Decimal(votes)


def test_expected_answers_stay_between_the_overlaps() -> None:
    assert expected_overlap(Decimal("0.85"), target=Decimal("0.99"), min_overlap=1, max_overlap=3) == 3
    assert expected_overlap(Decimal("0.85"), target=Decimal("0.6"), min_overlap=2, max_overlap=5) == 2


def _share(units: Decimal) -> Fraction:
    """Return the fee on so many units at one price each, as a share of that."""
    return fee_at(Fraction(units) * 3, Fraction(3), RATES.fee) / (Fraction(units) * 3)


@pytest.mark.parametrize(
    ("units", "share"),
    [
        ("1", "0.2"),
        ("50000", "0.2"),
        ("100000", "0.175"),  # half at 20, half at 15
        ("1000000", "0.1525"),  # 10,000 + 142,500
        ("2000000", "0.12625"),  # and a million at 10
    ],
)
def test_fee_tiers_are_weighted_by_the_units_in_each(units: str, share: str) -> None:
    assert _share(Decimal(units)) == Fraction(share)


def test_more_volume_lowers_the_share_and_never_the_fee() -> None:
    volumes = [Decimal(10) ** exponent * digit for exponent in range(8) for digit in (1, 2, 5)]
    shares = [_share(units) for units in volumes]
    assert all(later <= earlier for earlier, later in pairwise(shares))
    assert all(a * Fraction(x) <= b * Fraction(y) for (a, x), (b, y) in pairwise(zip(shares, volumes, strict=True)))
    assert RATES.fee.steps[-1][1] < shares[-1] < shares[0] == RATES.fee.steps[0][1]


# --- of every price -------------------------------------------------------------------------------------------------
_overlaps = st.tuples(st.integers(1, 12), st.integers(0, 12)).map(lambda pair: (pair[0], pair[0] + pair[1]))
_kinds = st.sampled_from(["image_classification", "bounding_box"])
_units = st.integers(0, 400).map(lambda tenths: str(Decimal(tenths) / 10))
_targets = st.integers(51, 99).map(lambda percent: str(Decimal(percent) / 100))
_sizes = st.one_of(st.integers(1, 30), st.integers(1, 20_000))


@given(kind=_kinds, n=_sizes, units=_units, overlap=_overlaps, target=_targets)
@settings(max_examples=100, deadline=None)
def test_a_price_is_its_lines_in_whole_cents_and_never_more_than_its_cap(
    kind: str, n: int, units: str, overlap: tuple[int, int], target: str
) -> None:
    priced = _priced(kind, n_assets=n, units=units, overlap=overlap, target=target)
    assert priced.expected_micros == sum(line.expected_micros for line in priced.lines)
    assert priced.cap_micros == sum(line.cap_micros for line in priced.lines)
    for line in priced.lines:
        assert 0 <= line.expected_micros <= line.cap_micros
        assert line.cap_micros % 10_000 == line.expected_micros % 10_000 == 0


@given(kind=_kinds, n=_sizes, units=_units, overlap=_overlaps, target=_targets, data=st.data())
@settings(max_examples=100, deadline=None)
def test_the_cap_pays_for_every_answer_that_may_be_bought_and_the_fee_on_it(
    kind: str, n: int, units: str, overlap: tuple[int, int], target: str, data: st.DataObject
) -> None:
    priced = _priced(kind, n_assets=n, units=units, overlap=overlap, target=target)
    assert priced.line("labour").cap_micros >= priced.pay_micros * n * overlap[1]
    most = priced.line("labour").cap_micros + priced.line("late_reserve").cap_micros
    for paid in (most, data.draw(st.integers(0, most))):
        fee = half_up_cent(Decimal(paid * priced.fee_ppm) / MICROS / MICROS)
        assert paid + fee <= priced.cap_micros


@example(kind="image_classification", n=773, units="31.7", overlap=(2, 14), target="0.71")  # over a fee tier's edge
@given(kind=_kinds, n=_sizes, units=_units, overlap=_overlaps, target=_targets)
@settings(max_examples=60, deadline=None)
def test_a_price_never_falls_when_there_is_more_to_do(
    kind: str, n: int, units: str, overlap: tuple[int, int], target: str
) -> None:
    low, high = overlap
    before = _priced(kind, n_assets=n, units=units, overlap=overlap, target=target)
    more = [
        _priced(kind, n_assets=n + 1, units=units, overlap=overlap, target=target),
        _priced(kind, n_assets=n, units=units, overlap=(low + 1, high + 1), target=target),
        _priced(kind, n_assets=n, units=units, overlap=(low, high + 1), target=target),
        _priced(kind, n_assets=n, units=units, overlap=overlap, target=str((Decimal(target) + 1) / 2)),
    ]
    if kind == "bounding_box":  # the seconds of a classification do not depend on what is in the image
        more.append(_priced(kind, n_assets=n, units=str(Decimal(units) + 1), overlap=overlap, target=target))
    for after in more:
        assert after.expected_micros >= before.expected_micros
        assert after.cap_micros >= before.cap_micros
        assert after.pay_micros >= before.pay_micros
