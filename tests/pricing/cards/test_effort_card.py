"""Our own card: every driver of the price is a line or a named factor, and none lowers what people are paid."""

from decimal import Decimal
from typing import Any

import pytest

from marketplace.operations.core.money import MICROS
from pricing.adapters import wage_floors
from pricing.core.cards import InvalidValue
from pricing.core.cards.effort import DEFAULT
from pricing.core.effort import EFFORT_RATES
from tests.pricing.cards.asking import EFFORT, lines, priced, total
from tests.pricing.rates import RATES, card


def _detail(line: str, **changes: Any) -> dict[str, Any]:
    return next(each.detail for each in priced(EFFORT, **changes).lines if each.name == line)


# --- the work -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("asked", "seconds", "reward"),
    [
        ({"annotation_type": "classification"}, "5.1", "0.017"),
        ({"annotation_type": "image_classification", "units_per_asset": 9}, "5.1", "0.017"),
        ({"annotation_type": "multi_label", "units_per_asset": 4}, "6", "0.02"),
        ({"annotation_type": "rotated_box", "units_per_asset": 1}, "24.9", "0.083"),
        ({"annotation_type": "instance_mask", "units_per_asset": 1}, "87", "0.29"),
        ({"annotation_type": "keypoint", "units_per_asset": 17}, "40.1", "0.134"),
        ({"annotation_type": "keypoints", "units_per_asset": 1}, "40.1", "0.134"),
        ({"annotation_type": "cuboid_3d", "units_per_asset": 1}, "122.1", "0.407"),
        ({"annotation_type": "point", "units_per_asset": 10}, "26", "0.087"),
        ({"annotation_type": "street_segmentation"}, "5400", "18.00"),
        ({"annotation_type": "polygon", "units_per_asset": 2, "vertices_per_unit": 60}, "223.8", "0.746"),
        ({"complexity": "1.5"}, "105.45", "0.352"),
        ({"attribute_s": "9.7"}, "80", "0.267"),
        ({"units_per_asset": 0}, "7.8", "0.026"),  # looking for nothing is work
    ],
)
def test_an_answer_pays_its_seconds(asked: dict[str, Any], seconds: str, reward: str) -> None:
    detail = _detail("labour", **asked)
    assert (detail["seconds"], detail["each"].rstrip("0"), detail["wage_per_hour"]) == (
        seconds,
        reward.rstrip("0"),
        "12.00",
    )


def test_our_own_names_and_seconds_are_those_of_the_effort_model() -> None:
    ours = card("plenum-effort")
    for name, rate in EFFORT_RATES.items():
        stated = RATES.types[ours.aliases.get(name, name)]
        assert (stated.per_asset_s, stated.per_unit_s, stated.review_part) == (
            rate.per_asset_s,
            rate.per_unit_s,
            rate.review_share,
        ), name


# --- quality --------------------------------------------------------------------------------------------------------
def _unsaid(**changes: Any) -> dict[str, Any]:
    left_out = {"replicas", "review_share"}
    return {name: value for name, value in EFFORT.items() if name not in left_out} | changes


def test_what_is_not_stated_is_answered_once_and_not_reviewed() -> None:
    assert total(_unsaid()) == total(EFFORT, review_share=0)


@pytest.mark.parametrize(
    ("level", "kind", "answers", "reviews", "by"),
    [
        ("basic", "bounding_box", "1000", "100", "peer"),
        ("standard", "bounding_box", "1000", "250", "peer"),
        ("premium", "bounding_box", "2000", "1000", "senior"),
        ("basic", "classification", "1000", "100", "peer"),
        ("standard", "classification", "2680", "250", "peer"),  # two ahead takes 2.68 answers at .85
        ("premium", "classification", "4240", "1000", "senior"),
    ],
)
def test_a_quality_level_buys_answers_reviews_and_reviewers(
    level: str, kind: str, answers: str, reviews: str, by: str
) -> None:
    found = {line.name: line.detail for line in priced(_unsaid(quality_level=level, annotation_type=kind)).lines}
    assert found["labour"]["answers"] == answers
    assert (found["review"]["reviews"], found["review"]["reviewed_by"]) == (reviews, by)


def test_adaptive_overlap_is_priced_by_the_answers_it_is_expected_to_take() -> None:
    asked = _unsaid(annotation_type="classification", n_assets=100)
    for changes, answers in (
        ({"margin": 3, "accuracy": "0.9"}, "374"),
        ({"margin": 4, "accuracy": "0.8"}, "661"),
        ({"target_confidence": "0.99", "max_overlap": 20}, "424"),
        ({"target_confidence": "0.99"}, "300"),  # three answers at most, unless told otherwise
        ({"target_confidence": "0.9", "min_overlap": 5}, "500"),
        ({"quality_level": "premium", "replicas": 2}, "200"),  # what is stated counts
    ):
        assert next(iter(priced(asked, **changes).lines)).detail["answers"] == answers
    for asked_twice, field in (
        ({"margin": 2, "target_confidence": "0.9"}, "target_confidence"),
        ({"replicas": 2, "margin": 2}, "replicas"),
        ({"target_confidence": "0.9", "min_overlap": 4, "max_overlap": 3}, "max_overlap"),
    ):
        with pytest.raises(InvalidValue) as refused:
            priced(asked, **asked_twice)
        assert refused.value.field == field


def test_senior_reviewers_earn_half_as_much_again_and_requesters_nothing() -> None:
    assert _detail("review", reviewed_by="senior")["each"] == "0.124"  # 18 an hour for 24.605 s, up
    unpaid = priced(EFFORT, reviewed_by="requester")
    assert [str(line.amount) for line in unpaid.lines if line.name == "review"] == ["0.00"]


# --- turnaround, expertise, tools, gold -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("asked", "share"),
    [
        ({}, "0"),
        ({"rush": "0.3"}, "0.3"),
        ({"turnaround": "normal"}, "0"),
        ({"turnaround": "express"}, "0.5"),
        ({"deadline_share": "1.2"}, "0"),
        ({"deadline_share": "0.75"}, "0"),
        ({"deadline_share": "0.74"}, "0.25"),
        ({"deadline_share": "0.3"}, "0.5"),
        ({"deadline_share": "0.1"}, "1"),
    ],
)
def test_a_short_deadline_costs_rush_which_goes_to_the_workers(asked: dict[str, Any], share: str) -> None:
    assert _detail("rush", **asked)["share"] == share
    people = lines(EFFORT)
    expected = Decimal(share) * sum(Decimal(people[name]) for name in ("labour", "review", "rework"))
    assert abs(Decimal(lines(EFFORT, **asked)["rush"]) - expected) < Decimal("0.01")


def test_people_of_a_field_earn_more_and_never_less_than_its_minimum() -> None:
    # 60 an hour, and not 12: (1.172 - .235) x 1000 x 1.05, and (.411 - .083) x 250
    assert lines(EFFORT, expertise="medical")["expertise"] == "1065.85"
    assert _detail("expertise", expertise="medical")["times"] == "5"
    assert _detail("expertise", expertise="medical", wage_per_hour="20.00")["times"] == "4"
    assert lines(EFFORT, expertise="general")["expertise"] == "0.00"
    assert "expertise" not in lines(EFFORT)


def test_set_up_work_is_charged_once_and_without_a_fee() -> None:
    asked = {"api_work": 3, "custom_export_format": 1}
    with_work, without = lines(EFFORT, integration=asked), lines(EFFORT)
    assert (with_work["api_work"], with_work["custom_export_format"]) == ("270.00", "250.00")
    assert with_work["fee"] == without["fee"]
    assert Decimal(total(EFFORT, integration=asked)) == Decimal(total(EFFORT)) + 520


def test_known_answers_are_a_share_of_the_labour() -> None:
    assert lines(EFFORT, gold_share="0.1")["gold"] == "23.50"


# --- wage and fee ---------------------------------------------------------------------------------------------------
def test_no_wage_is_below_the_floor() -> None:
    assert _detail("labour", wage_per_hour="5")["wage_per_hour"] == "8.00"
    assert _detail("labour", wage_per_hour="5", country="FR")["wage_per_hour"] == "8.00"
    assert _detail("labour", country="DE")["wage_per_hour"] == "16.00"
    assert _detail("labour", wage_per_hour="15")["wage_per_hour"] == "15.00"


def test_the_floors_of_the_card_are_those_that_orders_are_held_to() -> None:
    floors = wage_floors()["USD"]
    assert floors.default is not None
    stated = {DEFAULT: floors.default} | dict(floors.by_country)
    assert {name: Decimal(floor.micros) / MICROS for name, floor in stated.items()} == RATES.floors_per_hour


def test_volume_lowers_the_fee_and_never_the_pay() -> None:
    small, large = priced(EFFORT), priced(EFFORT, n_assets=1_000_000)
    assert small.lines[0].detail["each"] == large.lines[0].detail["each"]
    shares = [Decimal(each.lines[-1].detail["share"]) for each in (small, large)]
    # (10,000 + 142,500 + 400,000) / 5,000,000, and a little for the step of pay that the objects are in
    assert (shares[0], round(shares[1], 4)) == (Decimal("0.2"), Decimal("0.1105"))


def test_what_is_free_carries_no_fee() -> None:
    assert lines(EFFORT, free_units=5000)["fee"] == "0.00"
    assert lines(EFFORT, free_units=2500)["fee"] == "26.75"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"annotation_type": "haiku"}, "annotation_type"),
        ({"quality_level": "gold-plated"}, "quality_level"),
        ({"turnaround": "yesterday"}, "turnaround"),
        ({"rush": "0.5", "turnaround": "fast"}, "turnaround"),
        ({"expertise": "astrology"}, "expertise"),
        ({"integration": {"coffee": 1}}, "integration.coffee"),
        ({"integration": {"api_work": -1}}, "integration.api_work"),
        ({"reward": "0.05"}, "reward"),
        ({"n_assets": None}, "n_assets"),
        ({"annotation_type": None}, "annotation_type"),
    ],
)
def test_what_the_card_does_not_offer_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        priced(EFFORT, **changes)
    assert refused.value.field == field
