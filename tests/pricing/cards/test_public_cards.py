"""What the public cards' rules come to beside the examples."""

from typing import Any

import pytest

from pricing.core.cards import InvalidValue, NoSuchCard, QuoteNeeded
from tests.pricing.cards.asking import GOOGLE, GROUND_TRUTH, MTURK, TOLOKA, lines, priced, total


# --- Ground Truth ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("kind", "price", "workers"),
    [("classification", "0.012", 3), ("bounding_box", "0.036", 5), ("semantic_segmentation", "0.840", 3)],
)
def test_ground_truth_asks_as_many_workers_as_the_type_has_by_default(kind: str, price: str, workers: int) -> None:
    asked = {"annotation_type": kind, "workforce": "public", "task_price": price, "n_assets": 1000}
    assert total(GROUND_TRUTH, **asked) == total(GROUND_TRUTH, **asked, replicas=workers)


def test_ground_truth_takes_listed_prices_only_and_boxes_start_higher() -> None:
    asked = {"workforce": "public", "n_assets": 10}
    assert lines(GROUND_TRUTH, **asked, task_price="0.012") == {"object_fee": "0.80", "workforce": "0.36"}
    for changes in (
        {"task_price": "0.07"},
        {"task_price": "0.012", "annotation_type": "bounding_box"},
        {"task_price": "0.036", "annotation_type": "semantic_segmentation"},
        {},
    ):
        with pytest.raises(InvalidValue) as refused:
            priced(GROUND_TRUTH, **asked, **changes)
        assert refused.value.field == "task_price"


def test_own_staff_is_free_and_a_vendor_names_its_price() -> None:
    assert lines(GROUND_TRUTH, n_assets=10, task_price="0.07", replicas=2) == {
        "object_fee": "0.80",
        "workforce": "0.00",
    }
    vendor = lines(GROUND_TRUTH, n_assets=10, workforce="vendor", task_price="0.07", replicas=2)
    assert vendor == {"object_fee": "0.80", "workforce": "1.40"}
    with pytest.raises(InvalidValue) as refused:
        priced({name: value for name, value in GROUND_TRUTH.items() if name != "workforce"})
    assert refused.value.field == "workforce"


def test_own_staff_may_do_what_the_public_is_not_asked_for() -> None:
    assert total(GROUND_TRUTH, annotation_type="polygon") == "800.00"
    with pytest.raises(InvalidValue) as refused:
        priced(GROUND_TRUTH, annotation_type="polygon", workforce="public", task_price="0.036")
    assert refused.value.field == "annotation_type"


def test_free_objects_come_before_the_tiers_and_workers_are_paid_for_them() -> None:
    assert total(GROUND_TRUTH, n_assets=50_500, free_units=500) == "4000.00"
    assert total(GROUND_TRUTH, n_assets=400, free_units=500) == "0.00"
    public = lines(GROUND_TRUTH, n_assets=400, free_units=500, workforce="public", task_price="0.012")
    assert public == {"object_fee": "0.00", "workforce": "14.40"}


def test_ground_truth_bills_objects_and_not_what_is_in_them() -> None:
    crowded = priced(GROUND_TRUTH, units_per_asset=40)
    assert (str(crowded.total), crowded.unpriced) == ("800.00", ("units_per_asset",))
    assert total(GROUND_TRUTH, annotation_type="image_classification") == "800.00"


# --- Google ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"annotation_type": "classification", "replicas": 3}, "105.00"),
        ({"annotation_type": "segmentation", "units_per_asset": 2}, "1740.00"),
        ({"annotation_type": "rotated_box", "units_per_asset": 1}, "86.00"),
        ({"annotation_type": "polyline", "units_per_asset": 1}, "257.00"),
        ({"annotation_type": "video_classification_5s", "seconds_per_asset": 11}, "258.00"),  # three blocks each
        ({"annotation_type": "video_event_30s", "seconds_per_asset": "30.5"}, "428.00"),
        ({"annotation_type": "text_classification_50w", "words_per_asset": 70}, "258.00"),
        ({"annotation_type": "text_classification_50w", "units_per_asset": 2}, "258.00"),
        ({"annotation_type": "text_entity", "units_per_asset": 3}, "258.00"),
        ({"annotation_type": "active_learning_data_item"}, "80.00"),
        ({"annotation_type": "classification", "n_classes": 20}, "35.00"),
        ({"annotation_type": "classification", "n_classes": 21}, "70.00"),  # two sets of classes
        ({"annotation_type": "bounding_box", "units_per_asset": 0}, "0.00"),  # no box, no charge
        ({"annotation_type": "bounding_box", "units_per_asset": "2.5"}, "157.50"),
        ({"annotation_type": "bounding_box", "units_per_asset": 50, "free_units": 50_000}, "0.00"),
        ({"annotation_type": "bounding_box", "units_per_asset": 60, "free_units": 10_000}, "3150.00"),
        ({"annotation_type": "bounding_box", "units_per_asset": 1, "used_units": 49_500}, "56.00"),  # half and half
    ],
)
def test_google_bills_units(asked: dict[str, Any], expected: str) -> None:
    plain = {name: value for name, value in GOOGLE.items() if name != "units_per_asset"}
    assert total(plain, **asked) == expected


def test_google_prices_up_to_a_million_units_and_sends_others_to_its_sales_people() -> None:
    assert total(GOOGLE, n_assets=200_000) == "49700.00"
    for asked in ({"n_assets": 200_001}, {"used_units": 999_000}, {"n_assets": 100_000, "replicas": 3}):
        with pytest.raises(QuoteNeeded) as refused:
            priced(GOOGLE, **asked)
        assert (refused.value.field, refused.value.data["limit"]) == ("n_assets", 1_000_000)


def test_a_length_is_stated_once() -> None:
    with pytest.raises(InvalidValue) as refused:
        priced(GOOGLE, annotation_type="video_classification_5s", seconds_per_asset=5)
    assert refused.value.field == "seconds_per_asset"


# --- MTurk ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("asked", "fee"),
    [
        ({"reward": "0.01"}, "30.00"),  # a fifth of a cent, but at least a cent
        ({"reward": "0.52"}, "300.00"),  # .104
        ({"reward": "0.525"}, "330.00"),  # .105
        ({"reward": "0.54"}, "330.00"),  # .108
        ({"reward": "0.50", "replicas": 9}, "900.00"),
        ({"reward": "0.50", "replicas": 10}, "2000.00"),
        ({"reward": "0.50", "masters": True}, "390.00"),  # .125, to .13
        ({"reward": "0.50", "masters": True, "replicas": 10}, "2300.00"),  # .225, to .23: added up first
    ],
)
def test_mturk_rounds_the_fee_of_each_assignment(asked: dict[str, Any], fee: str) -> None:
    assert lines(MTURK, **asked)["fee"] == fee


def test_mturk_premium_qualifications_and_bonuses_cost_extra() -> None:
    assert lines(MTURK, premium_qualifications=1)["premium_qualifications"] == "150.00"
    assert lines(MTURK, premium_qualifications=["0.05", "0.40"])["premium_qualifications"] == "1350.00"
    paid = lines(MTURK, bonus="0.03", n_bonuses=10)
    assert (paid["bonus"], paid["bonus_fee"]) == ("0.30", "0.10")
    with pytest.raises(InvalidValue) as refused:
        priced(MTURK, premium_qualifications=["0.01"])
    assert refused.value.field == "premium_qualifications[0]"


def test_mturk_tasks_may_be_called_assets_but_not_both() -> None:
    plain = {name: value for name, value in MTURK.items() if name != "n_tasks"}
    assert total(plain, n_assets=1000) == "180.00"
    for asked, field in (({}, "n_tasks"), ({"n_tasks": 1, "n_assets": 1}, "n_assets")):
        with pytest.raises(InvalidValue) as refused:
            priced(plain, **asked)
        assert refused.value.field == field


# --- Toloka ---------------------------------------------------------------------------------------------------------
def test_toloka_fills_suites_and_has_a_least_commission() -> None:
    assert total(TOLOKA, n_assets=48, assets_per_suite=12, suite_price="0.005") == "0.08"  # 12 x .0065
    assert total(TOLOKA, n_assets=50, assets_per_suite=12, suite_price="0.06") == "1.17"  # the last suite is not full
    assert total(TOLOKA, n_assets=10, assets_per_suite=1, suite_price="0.01", replicas=1) == "0.13"
    # The total is rounded, .0715, and not its lines: .055 and .0165 would make .08.
    assert lines(TOLOKA, n_assets=11, assets_per_suite=1, suite_price="0.005", replicas=1) == {
        "reward": "0.06",
        "fee": "0.01",
    }


@pytest.mark.parametrize("price", ["0", "0.0049"])
def test_toloka_has_no_smaller_assignments(price: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        priced(TOLOKA, suite_price=price)
    assert refused.value.field == "suite_price"


# --- which card -----------------------------------------------------------------------------------------------------
def test_a_card_says_since_when_nobody_can_buy_by_it() -> None:
    named = priced(MTURK).as_document()["card"]
    assert (named["status"], named["status_since"], named["valid_until"]) == ("closed", "2026-09-30", "2026-09-30")
    assert priced(GROUND_TRUTH).card.status.state == "closed_to_new_customers"


def test_a_day_finds_the_card_that_held_then() -> None:
    assert total(MTURK, date="2020-01-01") == "180.00"
    for changes, field in (
        ({"date": "2026-10-01"}, "date"),
        ({"date": "2010-01-01"}, "date"),
        ({"card": "acme"}, "card"),
        ({"card_version": "2"}, "card_version"),
    ):
        with pytest.raises(NoSuchCard) as refused:
            priced(MTURK, **changes)
        assert refused.value.field == field
