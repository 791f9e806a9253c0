"""More of anything never costs less, by not even a cent: every driver of our own card, by any rates."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from pricing.core.cards import RateCard, estimate, read_spec
from pricing.core.cards.effort import TypeEffort
from pricing.core.cards.effort_price import EffortPrice
from pricing.core.cards.tiers import Tiers
from tests.pricing.rates import RATES, card

OURS = card("plenum-effort")
FIELDS = ["general", "language", "technical", "legal", "medical"]
LEVELS = ["basic", "standard", "premium"]
REVIEWERS = ["requester", "peer", "senior"]
EDGES = [bound for bound, _ in RATES.fee.steps if bound is not None]
Spec = dict[str, Any]


def total(spec: Spec, by: RateCard = OURS) -> Decimal:
    """Return the price of a specification, after a look at its lines."""
    said = {name: f"{value:f}" if isinstance(value, Decimal) else value for name, value in spec.items()}
    found = estimate(by, read_spec(said))
    assert found.total == sum(line.amount for line in found.lines)
    assert all(line.amount >= 0 for line in found.lines)
    return found.total


def decimals(low: int, high: int, *, places: int) -> st.SearchStrategy[Decimal]:
    """Return decimals between two whole numbers."""
    return st.integers(low * 10**places, high * 10**places).map(lambda n: Decimal(n).scaleb(-places))


# From what no price can see to what none can miss.
steps = st.sampled_from([Decimal(step) for step in ("1e-12", "1e-6", "0.001", "0.01", "0.1", "0.37", "1", "3", "10")])
_answers = st.one_of(
    st.fixed_dictionaries({"replicas": st.one_of(st.integers(1, 7).map(Decimal), decimals(1, 9, places=2))}),
    st.fixed_dictionaries({"margin": st.integers(1, 6)}, optional={"accuracy": decimals(0, 1, places=3)}),
    st.fixed_dictionaries(
        {
            "target_confidence": decimals(0, 1, places=3),
            "min_overlap": st.integers(1, 5),
            "max_overlap": st.integers(5, 11),
        },
        optional={"accuracy": decimals(0, 1, places=3)},
    ),
    st.fixed_dictionaries({"quality_level": st.sampled_from(LEVELS)}),
)
_speeds = st.one_of(
    st.fixed_dictionaries({"rush": st.one_of(decimals(0, 1, places=2), decimals(0, 3, places=6))}),
    st.fixed_dictionaries({"deadline_share": decimals(0, 1, places=3)}),
)
_rest = st.fixed_dictionaries(
    {
        "annotation_type": st.sampled_from(sorted(RATES.types)),
        "units_per_asset": st.one_of(
            st.integers(0, 40).map(Decimal), decimals(1, 3, places=4), decimals(0, 400, places=1)
        ),
        "n_assets": st.one_of(st.integers(1, 30), st.integers(1, 400_000), st.integers(1, 10**7)),
    },
    optional={
        "review_share": decimals(0, 1, places=3),
        "reviewed_by": st.sampled_from(REVIEWERS),
        "complexity": st.one_of(decimals(1, 2, places=2), decimals(0, 10, places=3)),
        "gold_share": decimals(0, 1, places=3),
        "expertise": st.sampled_from(FIELDS),
        "attribute_s": st.one_of(decimals(0, 60, places=1), decimals(0, 600, places=6)),
        "vertices_per_unit": decimals(0, 100, places=1),
        "wage_per_hour": st.one_of(decimals(5, 60, places=2), decimals(8, 20, places=6)),
        "integration": st.dictionaries(st.sampled_from(sorted(RATES.integration)), st.integers(0, 5)),
        "free_units": st.integers(0, 2_000_000),
    },
)


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    """Return a job that often lies on the edge of a tier."""
    spec: Spec = {"card": "plenum-effort"} | draw(_rest) | draw(_answers) | draw(_speeds)
    for name in ("accuracy", "target_confidence"):
        if name in spec:
            spec[name] = min(max(spec[name], Decimal("0.51")), Decimal("0.999"))
    spec["complexity"] = max(spec.get("complexity", Decimal(1)), Decimal("0.01"))
    objects = max(Decimal(1), spec["units_per_asset"]) * spec.get("replicas", 1)
    edge = draw(st.sampled_from(EDGES))
    if draw(st.booleans()):
        spec["n_assets"] = max(1, int(edge / objects * draw(decimals(0, 3, places=2)))) + draw(st.integers(0, 2))
    used = st.one_of(st.just(0), st.integers(0, 2_000_000), st.just(edge - 1))
    spec["used_units"] = draw(used | st.just(max(0, edge - int(objects * spec["n_assets"]))))
    return spec


# What a driver is where it is not stated (none: then it is left alone), and its largest value.
_NUMBERS: dict[str, tuple[Decimal | None, Decimal | None]] = {
    "n_assets": (None, None),
    "units_per_asset": (None, None),
    "replicas": (None, None),
    "margin": (None, None),
    "max_overlap": (None, None),
    "vertices_per_unit": (None, None),
    "complexity": (Decimal(1), Decimal(100)),
    "attribute_s": (Decimal(0), None),
    "gold_share": (Decimal(0), Decimal(1)),
    "wage_per_hour": (RATES.wage_per_hour, None),
    "review_share": (Decimal(0), Decimal(1)),
    "target_confidence": (None, Decimal("0.9999")),
    "rush": (None, Decimal(10)),
}
# The less of these, the dearer: what is right of one answer (more are bought), time, and the two discounts.
_FALLING: dict[str, Decimal | int] = {
    "accuracy": Decimal("0.501"),
    "deadline_share": Decimal(0),
    "used_units": 0,
    "free_units": 0,
}


def _next(ladder: list[str], value: str) -> str:
    return ladder[min(len(ladder) - 1, ladder.index(value) + 1)]


def risen(spec: Spec, step: Decimal) -> dict[str, Spec]:
    """Return the specification with a driver risen, for each of them."""
    whole = max(1, int(step))
    found: dict[str, Spec] = {}
    for name, (default, most) in _NUMBERS.items():
        value = spec.get(name, default)
        if value is not None and not (name == "review_share" and "quality_level" in spec):
            more = value + (whole if isinstance(value, int) else step)
            found[name] = {name: more if most is None else min(most, more)}
    for name, least in _FALLING.items():
        if name in spec:
            less = spec[name] - (whole if isinstance(spec[name], int) else step)
            found[name] = {name: max(least, less)}
    if "min_overlap" in spec:
        found["min_overlap"] = {"min_overlap": spec["min_overlap"] + 1, "max_overlap": max(6, spec["max_overlap"])}
    found["expertise"] = {"expertise": FIELDS[whole % len(FIELDS)]}
    for name, ladder in (("expertise", FIELDS), ("quality_level", LEVELS), ("reviewed_by", REVIEWERS)):
        if name in spec:
            found[name] = {name: _next(ladder, spec[name])}
    items = spec.get("integration", {})
    for name in RATES.integration:
        found[f"integration.{name}"] = {"integration": items | {name: items.get(name, 0) + whole}}
    return {name: spec | change for name, change in found.items()}


# What was lower before the fee was as it is: the fee's share fell within a step of pay, or with the wage.
_PANOPTIC = {
    "card": "plenum-effort",
    "annotation_type": "panoptic_segmentation",
    "units_per_asset": Decimal("1.139639"),
    "n_assets": 588_905,
    "replicas": Decimal("1.49"),
    "wage_per_hour": Decimal("40.59"),
    "gold_share": Decimal("0.112"),
    "used_units": 0,
}
_TECHNICAL = _PANOPTIC | {"expertise": "technical", "wage_per_hour": Decimal("12.000001")}
_POLYGONS = _PANOPTIC | {
    "annotation_type": "polygon",
    "units_per_asset": Decimal("13.58"),
    "review_share": Decimal(1),
    "attribute_s": Decimal("2.573970"),
    "vertices_per_unit": Decimal(56),
    "used_units": 1_234_094,
    "free_units": 1_570_642,
}


@example(spec=_PANOPTIC, step=Decimal("0.001"))
@example(spec=_TECHNICAL, step=Decimal("0.01"))
@example(spec=_POLYGONS, step=Decimal("0.1"))
@given(spec=specs(), step=steps)
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_no_driver_lowers_the_total_when_it_rises(spec: Spec, step: Decimal) -> None:
    before = total(spec)
    for name, more in risen(spec, step).items():
        assert total(more) >= before, name


# --- whatever a card states -----------------------------------------------------------------------------------------
@st.composite
def cards(draw: st.DrawFn) -> RateCard:
    """Return our card with other rates, however odd."""
    bounds = sorted(draw(st.sets(st.integers(1, 20_000), max_size=4)))
    shares = sorted(draw(st.lists(decimals(0, 2, places=2), min_size=len(bounds) + 1, max_size=len(bounds) + 1)))[::-1]
    kind = TypeEffort(
        per_asset_s=draw(st.one_of(st.just(Decimal(0)), decimals(0, 1000, places=1))),
        per_unit_s=draw(st.one_of(decimals(0, 1, places=4), decimals(0, 30, places=1))),
        review_part=draw(decimals(0, 1, places=2)),
        unit="thing",
        vertices=7,
    )
    rates = replace(
        RATES,
        fee=Tiers(tuple(zip([*bounds, None], shares, strict=True))),
        types=dict.fromkeys(RATES.types, kind),
        reviewers={"requester": Decimal(0), "peer": Decimal(1), "senior": draw(decimals(1, 100, places=1))},
        pay_step=draw(st.sampled_from([Decimal("0.001"), Decimal("0.01"), Decimal("0.000001"), Decimal(1)])),
    )
    return replace(OURS, components=(EffortPrice(rates),))


@given(by=cards(), spec=specs(), step=steps, n_assets=st.integers(1, 20_000), used=st.integers(0, 20_000))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nor_does_it_by_a_card_of_any_rates(by: RateCard, spec: Spec, step: Decimal, n_assets: int, used: int) -> None:
    spec = spec | {"n_assets": n_assets, "used_units": used}
    assume("quality_level" not in spec)
    before = total(spec, by)
    for name, more in risen(spec, step).items():
        assert total(more, by) >= before, name


def test_objects_that_are_hardly_any_work_do_not_buy_a_discount() -> None:
    looked_at = TypeEffort(Decimal("999.2"), Decimal(1), Decimal(0), unit="thing")
    fee = Tiers(((1000, Decimal(1)), (None, Decimal(0))))
    by = replace(OURS, components=(EffortPrice(replace(RATES, fee=fee, types={"point": looked_at})),))
    spec = {"card": "plenum-effort", "annotation_type": "point", "n_assets": 1000}
    # One object fills a step of pay to the last; a little more of it begins the next.
    objects = [Decimal(each) for each in ("0", "1", "1.0001", "1.3", "1.4", "1.7", "2", "3", "50", "1000", "5000")]
    totals = [total(spec | {"units_per_asset": each}, by) for each in objects]
    assert totals == sorted(totals)
    assert totals[1] == Decimal("7001.40")  # 3.334 x 1000, 5 % of it, and as much again


@pytest.mark.parametrize("units", ["1", "2", "5", "40"])
def test_the_fee_is_the_tiers_weighted_by_the_units_in_each(units: str) -> None:
    found = {
        line.name: line
        for line in estimate(
            OURS,
            read_spec(
                {"card": "plenum-effort", "annotation_type": "bounding_box", "n_assets": 100_000}
                | {"units_per_asset": units, "review_share": "0.25"}
            ),
        ).lines
    }
    volume = Decimal(found["fee"].detail["units"])
    tiers = RATES.fee.cost(volume) / volume
    # Never less; what it is more comes of the step of pay, a tenth of a cent, that the objects are in.
    assert 0 <= Decimal(found["fee"].detail["share"]) - tiers < Decimal("0.0001") * (1 if units != "1" else 20)
