"""The price walk of our own card: seven drivers that sum to the total, each of them what it adds."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from pricing.core.cards import RateCard, estimate, read_card, read_spec
from pricing.core.cards.effort_price import EffortPrice
from pricing.core.cards.effort_walk import APPLIED
from pricing.core.cards.walk import DRIVERS
from tests.pricing.cards.asking import EFFORT, GROUND_TRUTH, MTURK, document, priced, tiered
from tests.pricing.cards.test_never_cheaper import OURS, Spec, cards, risen, specs, steps
from tests.pricing.rates import RATES

# What else rises in whose entry; all members that state a driver rise in its own.
IN_TYPE = ("n_assets", "units_per_asset", "vertices_per_unit", "attribute_s", "wage_per_hour")
OWNER = {member: driver for driver, members in APPLIED.items() for member in members} | dict.fromkeys(
    IN_TYPE, "annotation_type"
)
PLAINEST: Spec = {
    "complexity": "1",
    "replicas": 1,
    "review_share": "0",
    "gold_share": "0",
    "expertise": "general",
    "turnaround": "normal",
    "integration": {"api_work": 0},
    "used_units": 0,
    "free_units": 0,
}
_slow = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def walked(spec: Spec, by: RateCard = OURS) -> dict[str, Decimal]:
    """Return the amounts by driver, after a look at what holds of all of them."""
    said = {name: f"{value:f}" if isinstance(value, Decimal) else value for name, value in spec.items()}
    found = estimate(by, read_spec(said))
    amounts = {driver.name: driver.amount for driver in found.drivers}
    assert tuple(amounts) == DRIVERS
    assert sum(amounts.values()) == found.total
    assert all(amount == amount.quantize(by.minor_unit) for amount in amounts.values())
    assert amounts["volume"] <= 0 <= min(amounts[name] for name in DRIVERS if name not in {"volume", "complexity"})
    return amounts


def _told(**changes: Any) -> dict[str, tuple[str, str]]:
    return {driver.name: (str(driver.amount), driver.detail) for driver in priced(EFFORT, **changes).drivers}


# --- worked by hand -------------------------------------------------------------------------------------------------
def test_a_job_with_all_of_it_is_walked_driver_by_driver() -> None:
    found = _told(
        n_assets=100_000,
        complexity="1.25",
        replicas=2,
        gold_share="0.1",
        expertise="technical",
        turnaround="express",
        integration={"custom_export_format": 1, "api_work": 3},
        used_units=20_000,
    )
    reserve = "with 5 % in reserve for late answers and rework, and a fee of 20 %"
    assert found == {
        # .235 x 100,000, 5 % of it, and a fifth of both
        "annotation_type": (
            "29610.00",
            f"bounding_box: 100000 assets, 5 units (box) in each, 70.3 s at 12.00 an hour; {reserve}",
        ),
        # .293 instead of .235: .058 x 100,000 x 1.05 x 1.2
        "complexity": ("7308.00", "1.25 times the seconds of the median image"),
        # twice .293 x 1.15 and .103 x 25,000, times 1.2, less 36,918 so far
        "quality": ("47040.00", "2 answers, 25 % looked at by peers, 10 % more answers to assets of known label"),
        # .611 instead of .293 (25 an hour), .214 instead of .103: (.318 x 230,000 + .111 x 25,000) x 1.2
        "expertise": ("91098.00", "technical: 2.0833 times the wage"),
        "turnaround": ("87528.00", "express: 50 % more pay for everybody, and the fee on it"),
        "integration": ("520.00", "custom_export_format 1 x 250.00, api_work 3 x 90.00"),
        "volume": (
            "-10600.52",
            "fee 15.1556 % instead of 20 %, for 1000000 units (box) after 20000 used before",
        ),
    }


def test_the_plainest_job_is_all_annotation_type() -> None:
    found = _told(**PLAINEST)
    assert found.pop("annotation_type")[0] == "296.10"
    assert found == {
        "volume": ("0.00", "fee 20 % as in the first tier, for 5000 units (box)"),
        "complexity": ("0.00", "as the median image"),
        "quality": ("0.00", "1 answer, no review"),
        "turnaround": ("0.00", "normal: no rush"),
        "integration": ("0.00", "nothing set up"),
        "expertise": ("0.00", "general, at the usual wage"),
    }


def test_easier_images_and_free_units_take_from_the_total() -> None:
    found = _told(complexity="0.5", free_units=1000, replicas="1.5", review_share="1", reviewed_by="requester")
    # .118 instead of .235, x 1,000 x 1.05 x 1.2; no fee on 1,000 of 7,500: 20 % x 2 / 15 of .118 x 1,500 x 1.05
    assert found["complexity"] == ("-147.42", "0.5 times the seconds of the median image")
    assert found["volume"] == ("-4.96", "fee 17.3333 % instead of 20 %, for 7500 units (box), 1000 of them free")
    assert found["quality"][1] == "1.5 answers on average, 100 % looked at by the requester"


def test_what_the_type_s_seconds_come_of_is_said() -> None:
    found = _told(annotation_type="polygon", vertices_per_unit=44, attribute_s="3", country="DE")
    assert "44 points in each unit, 3 s for attributes, 406.8 s at 16.00 an hour" in found["annotation_type"][1]


def test_a_card_names_its_reviewers_as_it_likes() -> None:
    level = replace(RATES.quality_levels["premium"], reviewed_by="lead")
    rates = replace(RATES, quality_levels={"premium": level}, reviewers={"lead": Decimal(2)})
    by = replace(OURS, components=(EffortPrice(rates),))
    spec = {"card": by.id, "annotation_type": "bounding_box", "n_assets": 10, "quality_level": "premium"}
    said = {driver.name: driver.detail for driver in estimate(by, read_spec(spec)).drivers}
    assert said["quality"] == "2 answers, 100 % looked at by lead"
    only_senior = replace(OURS, components=(EffortPrice(replace(RATES, reviewers={"senior": Decimal(1)})),))
    assert walked(EFFORT | {"reviewed_by": "senior"}, only_senior)["quality"] == Decimal("24.90")


def test_cards_that_do_not_price_by_effort_alone_have_no_walk() -> None:
    for spec in (GROUND_TRUTH, MTURK):
        assert "drivers" not in priced(spec).as_document()
    mixed = replace(OURS, components=(*OURS.components, *read_card(document(components=[tiered()])).components))
    assert estimate(mixed, read_spec(EFFORT)).drivers == ()


# --- whatever is asked for ------------------------------------------------------------------------------------------
@given(spec=specs(), step=steps)
@_slow
def test_no_driver_lowers_its_own_entry_when_it_rises(spec: Spec, step: Decimal) -> None:
    before = walked(spec)
    for name, more in risen(spec, step).items():
        owner = OWNER[name.partition(".")[0]]
        assert walked(more)[owner] >= before[owner], name


@given(by=cards(), spec=specs(), n_assets=st.integers(1, 20_000), used=st.integers(0, 20_000))
@_slow
def test_the_walk_sums_to_the_total_by_a_card_of_any_rates(by: RateCard, spec: Spec, n_assets: int, used: int) -> None:
    assume("quality_level" not in spec)
    walked(spec | {"n_assets": n_assets, "used_units": used}, by)


@given(spec=specs(), driver=st.sampled_from(DRIVERS))
@example(spec=EFFORT, driver="volume")
@_slow
def test_a_driver_at_its_plainest_adds_nothing(spec: Spec, driver: str) -> None:
    assume(driver != "annotation_type")
    left = {name: value for name, value in spec.items() if name not in APPLIED[driver]}
    stated = left | {name: PLAINEST[name] for name in APPLIED[driver] if name in PLAINEST}
    for plain in (left, stated):
        within_first_tier = {"n_assets": 1, "units_per_asset": 1} if driver == "volume" else {}
        assert walked(plain | within_first_tier)[driver] == 0


@pytest.mark.parametrize("driver", [name for name in DRIVERS if name not in {"volume", "annotation_type"}])
def test_a_driver_costs_what_leaving_it_out_saves_where_it_is_the_last(driver: str) -> None:
    chosen = {"complexity": "1.5", "replicas": 3, "turnaround": "fast", "integration": {"api_work": 1}} | {
        "expertise": "legal"
    }
    only = {name: value for name, value in chosen.items() if name in APPLIED[driver]}
    plain = {name: value for name, value in EFFORT.items() if name not in {"review_share", "replicas"}}
    saved = priced(plain | only).total - priced(plain).total
    assert walked(plain | only)[driver] == saved > 0
