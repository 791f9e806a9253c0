"""Card documents: what they can say, and that what is wrong in one is named."""

import copy
import json
import re
from decimal import Decimal
from typing import Any

import pytest

from pricing.adapters import shipped_cards, shipped_documents
from pricing.adapters.cards import FOLDER
from pricing.core.cards import CardError, InvalidValue, NoSuchCard, QuoteNeeded, Shelf, read_card, sha256_of
from tests.pricing.cards.asking import EFFORT, cost, document, priced_from, small, tiered
from tests.pricing.rates import TODAY


def test_every_card_of_the_package_is_read_and_named_by_its_file() -> None:
    names = [f"{card.id}.{card.version}.json" for card in shipped_cards()]
    assert names == list(shipped_documents())
    assert len({card.sha256 for card in shipped_cards()}) == len(names)
    for card in shipped_cards():
        assert card.sources
        assert card.assumptions


@pytest.mark.parametrize("name", sorted(shipped_documents()))
def test_a_card_is_the_same_whatever_the_order_and_spacing_of_its_document(name: str) -> None:
    given = shipped_documents()[name]
    turned = json.loads(json.dumps(given, indent=7), object_pairs_hook=lambda pairs: dict(reversed(pairs)))
    assert read_card(turned) == read_card(given)
    assert sha256_of(turned) == sha256_of(given) == read_card(given).sha256


def test_the_example_of_the_docs_is_a_card() -> None:
    page = (FOLDER.parent.parent / "docs" / "rate-cards.md").read_text()
    [example] = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    acme = read_card(json.loads(example))
    assert cost(acme, annotation_type="image_classification", n_assets=1000) == Decimal("105.00")  # by three
    assert cost(acme, annotation_type="classification", n_assets=1, replicas=1) == Decimal("5.00")


# --- tiers ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("n", "used", "marginal", "whole"),
    [
        (100, 0, "10.00", "10.00"),
        (101, 0, "10.05", "5.05"),
        (150, 0, "12.50", "7.50"),
        (10, 95, "0.75", "0.50"),
        (10, 100, "0.50", "0.50"),
        (10, 90, "1.00", "1.00"),
    ],
)
def test_tiers_are_marginal_or_of_the_whole_volume(n: int, used: int, marginal: str, whole: str) -> None:
    for mode, expected in (("marginal", marginal), ("whole_volume", whole)):
        assert cost(small(mode=mode), n_assets=n, used_units=used) == Decimal(expected)


@pytest.mark.parametrize("mode", ["marginal", "whole_volume"])
def test_above_the_last_tier_a_quote_is_needed(mode: str) -> None:
    ends = small(mode=mode, tiers=[[100, "0.10"], [200, "0.05"]])
    assert cost(ends, n_assets=200) > 0
    assert cost(ends, n_assets=250, free_units=50) > 0
    with pytest.raises(QuoteNeeded):
        cost(ends, n_assets=201)
    with pytest.raises(QuoteNeeded):
        cost(ends, n_assets=1, used_units=200)


def test_a_minimum_holds_where_anything_is_billed() -> None:
    dear = small(minimum="5.00")
    assert cost(dear, n_assets=1) == Decimal("5.00")
    assert cost(dear, n_assets=80) == Decimal("8.00")
    assert cost(dear, n_assets=1, free_units=1) == Decimal(0)


def test_replicas_multiply_units_or_the_price_or_nothing() -> None:
    assert cost(small(), n_assets=100, replicas=2) == Decimal("15.00")
    by_price = small(replicas_multiply_units=False, replicas_multiply_price=True)
    assert cost(by_price, n_assets=100, replicas=2) == Decimal("20.00")
    assert cost(small(replicas_multiply_units=False), n_assets=100, replicas=2) == Decimal("10.00")


@pytest.mark.parametrize(
    ("unit", "asked", "units"),
    [
        ({"measure": "asset"}, {"units_per_asset": 5}, 1),
        ({"measure": "object"}, {"units_per_asset": 5}, 5),
        ({"measure": "object"}, {}, 1),
        ({"measure": "vertex"}, {"units_per_asset": 2, "vertices_per_unit": 10}, 20),
        ({"measure": "class"}, {"n_classes": 7}, 7),
        ({"measure": "second", "block": 5}, {"seconds_per_asset": "10.1"}, 3),
        ({"measure": "word", "block": 50}, {"words_per_asset": 100}, 2),
        ({"measure": "word", "block": 50, "classes_at_a_time": 20}, {"words_per_asset": 100, "n_classes": 41}, 6),
    ],
)
def test_units_are_what_the_card_says(unit: dict[str, Any], asked: dict[str, Any], units: int) -> None:
    card = small(unit={"name": "thing"} | unit, tiers=[[None, "1"]])
    assert cost(card, n_assets=10, **asked) == 10 * units


def test_amounts_are_rounded_half_up_to_the_cent() -> None:
    for rate, expected in (("0.005", "0.01"), ("0.0049", "0.00"), ("0.015", "0.02"), ("0.025", "0.03")):
        assert cost(small(tiers=[[None, rate]]), n_assets=1) == Decimal(expected)


# --- versions -------------------------------------------------------------------------------------------------------
def test_the_latest_version_in_force_counts_unless_another_is_named() -> None:
    versions = [
        document(version="1"),
        document(version="2", valid_from="2026-06-01", components=[tiered(tiers=[[None, "0.20"]])]),
        document(version="3", valid_from="2027-01-01", components=[tiered(tiers=[[None, "0.30"]])]),
        document(version="odd", valid_from="2026-09-01", preferred=False, note="A guess."),
    ]
    shelf = Shelf.of(map(read_card, versions))
    asked = {"card": "small", "n_assets": 10}
    found = [
        priced_from(shelf, asked | changes).card.version
        for changes in ({}, {"date": "2026-03-01"}, {"date": "2027-03-01"}, {"card_version": "odd"})
    ]
    assert found == ["2", "1", "3", "odd"]
    with pytest.raises(NoSuchCard):
        shelf.find("small", on=None, today=TODAY.replace(year=2020))


BY_TYPE = {
    "kind": "tiered",
    "name": "labels",
    "by_type": {"box": {"unit": {"name": "box", "measure": "object"}, "tiers": [[None, "0.10"]]}},
}


# --- what is refused ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"schema": 2}, "schema"),
        ({"id": "Small Card"}, "id"),
        ({"version": ""}, "version"),
        ({"title": ""}, "title"),
        ({"currency": "usd"}, "currency"),
        ({"valid_from": "2026-1-1"}, "valid_from"),
        ({"valid_until": "2025-12-31"}, "valid_until"),
        ({"status": {"state": "fine", "since": "2026-01-01"}}, "status.state"),
        ({"status": {"state": "live"}}, "status.since"),
        ({"sources": "a page"}, "sources"),
        ({"period": "fortnight"}, "period"),
        ({"rounding": "down"}, "rounding"),
        ({"colour": "red"}, "colour"),
        ({"components": []}, "components"),
        ({"components": [{"kind": "magic"}]}, "components[0].kind"),
        ({"components": [tiered(tiers=[[100, 0.1]])]}, "components[0].tiers[0][1]"),
        ({"components": [tiered(tiers=[[100, "0.1"], [100, "0.2"]])]}, "components[0].tiers[1][0]"),
        ({"components": [tiered(tiers=[[None, "0.1"], [100, "0.2"]])]}, "components[0].tiers[1]"),
        ({"components": [tiered(tiers=[])]}, "components[0].tiers"),
        ({"components": [tiered(tiers=[[100, "-0.1"]])]}, "components[0].tiers[0][1]"),
        ({"components": [tiered(mode="backwards")]}, "components[0].mode"),
        ({"components": [tiered(unit={"name": "a", "measure": "moon"})]}, "components[0].unit.measure"),
        ({"components": [tiered(unit={"name": "a", "measure": "asset", "block": 5})]}, "components[0].unit.block"),
        ({"components": [tiered(replicas_multiply_price=True)]}, "components[0].replicas_multiply_price"),
        ({"components": [tiered(rebate="0.1")]}, "components[0].rebate"),
        (
            {"aliases": {"a": "b"}, "components": [BY_TYPE]},
            "aliases",
        ),
    ],
)
def test_a_bad_document_is_refused_by_the_name_of_its_member(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(CardError) as refused:
        read_card(document(**changes))
    assert refused.value.field == field


@pytest.mark.parametrize("name", ["id", "version", "currency", "valid_from", "status", "sources", "components"])
def test_a_document_lacks_nothing(name: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        read_card({key: value for key, value in document().items() if key != name})
    assert refused.value.field == name


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("wage_per_hour",), "0"),
        (("floors_per_hour",), {"DE": "12.82"}),
        (("floors_per_hour",), {"default": "0"}),
        (("floors_per_hour",), {"default": "8.00", "Germany": "12.82"}),
        (("fee_tiers",), [[50_000, "0.20"]]),
        (("fee_tiers",), [[50_000, "0.20"], [None, "0.30"]]),
        (("types", "polygon", "per_unit_s"), "-1"),
        (("types", "polygon", "review_part"), "1.5"),
        (("expertise", "medical", "multiplier"), "0.5"),
        (("turnarounds",), [{"name": "fast", "rush": "0.5"}]),
        (("quality_levels", "basic", "replicas"), 0),
        (("integration", "api_work", "price"), 90.5),
    ],
)
def test_a_bad_rate_of_our_own_card_is_refused(path: tuple[str, ...], value: Any) -> None:
    given = copy.deepcopy(shipped_documents()["plenum-effort.2026-11.json"])
    held = given["components"][0]
    for name in path[:-1]:
        held = held[name]
    held[path[-1]] = value
    with pytest.raises(InvalidValue) as refused:
        read_card(given)
    assert str(refused.value.field).startswith("components[0]." + ".".join(path))


def test_another_version_of_our_own_card_pays_another_wage() -> None:
    given = copy.deepcopy(shipped_documents()["plenum-effort.2026-11.json"])
    given["version"] = "2027-01"
    given["components"][0]["wage_per_hour"] = "18.00"
    shelf = Shelf.of([*shipped_cards(), read_card(given)])
    assert priced_from(shelf, EFFORT | {"card_version": "2027-01"}).lines[0].detail["each"] == "0.352"
