"""What must hold of every price by every card."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.core.cards import QuoteNeeded
from pricing.core.cards.tiers import Tiers
from tests.pricing.cards.asking import GROUND_TRUTH, priced
from tests.pricing.rates import RATES, card

CENT = Decimal("0.01")
_some = settings(max_examples=60, deadline=None)


def _decimals(low: int, high: int, *, places: int = 2) -> st.SearchStrategy[Decimal]:
    """Return decimals from low to high hundredths (or what the places say)."""
    return st.integers(low, high).map(lambda n: Decimal(n).scaleb(-places))


# --- tiers ----------------------------------------------------------------------------------------------------------
@st.composite
def _tiers(draw: st.DrawFn) -> Tiers:
    bounds = sorted(draw(st.sets(st.integers(1, 10_000), max_size=4)))
    rates = draw(st.lists(_decimals(0, 100_000, places=4), min_size=len(bounds) + 1, max_size=len(bounds) + 1))
    return Tiers(tuple(zip([*bounds, None], rates, strict=True)))


@given(tiers=_tiers(), quantity=st.integers(0, 20_000), used=st.integers(0, 20_000), more=st.integers(0, 500))
@_some
def test_marginal_tiers_are_monotone_and_split_where_one_likes(
    tiers: Tiers, quantity: int, used: int, more: int
) -> None:
    once = tiers.cost(Decimal(quantity + more), used=used)
    assert once >= tiers.cost(Decimal(quantity), used=used)
    # Bought in two parts it costs the same: nobody gains by splitting an order.
    assert once == tiers.cost(Decimal(quantity), used=used) + tiers.cost(Decimal(more), used=used + quantity)
    parts = [part.quantity for part in tiers.slices(Decimal(quantity), used=used)]
    assert sum(parts) == quantity
    assert all(parts)


@given(tiers=_tiers(), data=st.data())
@_some
def test_marginal_tiers_are_continuous_at_their_edges(tiers: Tiers, data: st.DataObject) -> None:
    dearest = max(rate for _, rate in tiers.steps)
    for bound in [bound for bound, _ in tiers.steps if bound is not None]:
        step = data.draw(_decimals(1, 100, places=6))
        below, at, above = (tiers.cost(bound + move) for move in (-step, Decimal(0), step))
        assert 0 <= at - below <= dearest * step
        assert 0 <= above - at <= dearest * step


# --- specifications -------------------------------------------------------------------------------------------------
_effort = st.fixed_dictionaries(
    {
        "card": st.just("plenum-effort"),
        "annotation_type": st.sampled_from(sorted(RATES.types)),
        "n_assets": st.one_of(st.integers(1, 30), st.integers(1, 400_000)),
        "units_per_asset": st.integers(1, 40),
        "replicas": st.integers(1, 7),
        "review_share": _decimals(0, 100),
        "complexity": _decimals(67, 150),
        "rush": _decimals(0, 100),
        "used_units": st.integers(0, 2_000_000),
    },
    optional={
        "expertise": st.sampled_from(sorted(RATES.expertise)),
        "reviewed_by": st.sampled_from(["peer", "senior", "requester"]),
        "integration": st.dictionaries(st.sampled_from(sorted(RATES.integration)), st.integers(0, 9)),
        "gold_share": _decimals(0, 20),
        "free_units": st.integers(0, 3000),
        "attribute_s": _decimals(0, 600, places=1),
    },
)
_ground_truth = st.fixed_dictionaries(
    {
        "card": st.just("aws-ground-truth"),
        "annotation_type": st.just("classification"),
        "n_assets": st.integers(1, 3_000_000),
        "replicas": st.integers(1, 9),
        "workforce": st.just("public"),
        "task_price": st.sampled_from(["0.012", "0.072", "1.200"]),
        "used_units": st.integers(0, 2_000_000),
        "free_units": st.integers(0, 1000),
    }
)
_google = st.fixed_dictionaries(
    {
        "card": st.just("google-data-labeling"),
        "annotation_type": st.sampled_from(sorted(card("google-data-labeling").annotation_types or ())),
        "n_assets": st.integers(1, 10_000),
        "units_per_asset": st.integers(0, 10),
        "replicas": st.integers(1, 5),
        "used_units": st.integers(0, 400_000),
    }
)
_mturk = st.fixed_dictionaries(
    {
        "card": st.just("mturk"),
        "n_tasks": st.integers(1, 100_000),
        "replicas": st.integers(1, 20),
        "reward": _decimals(1, 5000),
        "masters": st.booleans(),
        "premium_qualifications": st.integers(0, 3),
    }
)
_toloka = st.fixed_dictionaries(
    {
        "card": st.just("toloka"),
        "n_assets": st.integers(1, 100_000),
        "assets_per_suite": st.integers(1, 30),
        "suite_price": _decimals(5, 2000, places=3),
        "replicas": st.integers(1, 9),
    }
)
_any = st.one_of(_effort, _ground_truth, _google, _mturk, _toloka)


def _said(spec: Mapping[str, Any]) -> dict[str, Any]:
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in spec.items()}


@given(spec=_any)
@_some
def test_lines_are_cents_and_sum_to_the_total_and_nothing_is_a_float(spec: dict[str, Any]) -> None:
    found = priced(_said(spec))
    assert found.total == sum(line.amount for line in found.lines)
    for line in found.lines:
        assert line.amount >= 0
        assert line.amount == line.amount.quantize(CENT)
    document = found.as_document()
    _require_no_float(document)
    assert Decimal(document["total"]) == sum(Decimal(line["amount"]) for line in document["lines"])
    assert priced(_said(spec)).as_document() == document


def _require_no_float(value: Any) -> None:
    assert value is None or isinstance(value, dict | list | str | int), value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for each in inner:
        _require_no_float(each)


_MORE: dict[str, Any] = {
    "n_assets": lambda value: value + 1,
    "n_tasks": lambda value: value + 1,
    "units_per_asset": lambda value: value + 1,
    "replicas": lambda value: value + 1,
    "review_share": lambda value: min(Decimal(1), value + Decimal("0.05")),
    "complexity": lambda value: value + Decimal("0.1"),
    "rush": lambda value: value + Decimal("0.1"),
    "gold_share": lambda value: value + Decimal("0.05"),
    "attribute_s": lambda value: value + 1,
    "integration": lambda value: value | {"api_work": value.get("api_work", 0) + 1},
    "expertise": lambda value: "medical",
    "reviewed_by": lambda value: "senior",
    "premium_qualifications": lambda value: value + 1,
    "masters": lambda value: True,
    "reward": lambda value: value + Decimal("0.01"),
    "suite_price": lambda value: value + Decimal("0.001"),
}


_DEAR_ATTRIBUTES = {  # their seconds outweigh those of the objects, and the fee's share falls with each object
    "card": "plenum-effort",
    "annotation_type": "multi_label",
    "n_assets": 194_443,
    "units_per_asset": 2,
    "replicas": 4,
    "attribute_s": Decimal(462),
}


def test_more_objects_never_cost_less_because_there_are_attributes() -> None:
    fewer = priced(_said(_DEAR_ATTRIBUTES)).total
    assert priced(_said(_DEAR_ATTRIBUTES | {"units_per_asset": 3})).total > fewer


@given(spec=_any, data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_price_never_falls_when_a_driver_rises(spec: dict[str, Any], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from([each for each in spec if each in _MORE]))
    try:
        more = priced(_said(spec | {name: _MORE[name](spec[name])})).total
    except QuoteNeeded:
        return
    assert more >= priced(_said(spec)).total, name


@given(spec=_effort)
@_some
def test_every_level_of_quality_speed_and_expertise_costs_at_least_the_one_below(spec: dict[str, Any]) -> None:
    ladders = {
        "quality_level": ["basic", "standard", "premium"],
        "turnaround": [each.name for each in RATES.turnarounds],
        "expertise": sorted(RATES.expertise, key=lambda name: RATES.expertise[name].multiplier),
    }
    left_out = {"replicas", "review_share", "rush", "reviewed_by", "expertise"}
    plain = _said({name: value for name, value in spec.items() if name not in left_out})
    for name, steps in ladders.items():
        totals = [priced(plain | {name: step}).total for step in steps]
        assert totals == sorted(totals), name


@given(spec=_effort, factor=st.integers(2, 50))
@_some
def test_neither_volume_nor_rush_lowers_what_people_are_paid(spec: dict[str, Any], factor: int) -> None:
    def pay(**changes: Any) -> Decimal:
        found = {line.name: line for line in priced(_said(spec | changes)).lines}
        share = 1 + Decimal(found["rush"].detail["share"])
        return Decimal(found["labour"].detail["each"]) * share

    assert pay(n_assets=spec["n_assets"] * factor) == pay()
    assert pay(used_units=spec["used_units"] * factor) == pay()
    assert pay(rush=spec["rush"] + 1) > pay()


@given(n=st.integers(1, 2_000_000), free=st.integers(0, 2_000_000))
@_some
def test_free_units_are_worth_what_as_many_fewer_assets_are(n: int, free: int) -> None:
    plain = {name: value for name, value in GROUND_TRUTH.items() if name != "n_assets"}
    assert priced(plain, n_assets=n + free, free_units=free).total == priced(plain, n_assets=n).total
