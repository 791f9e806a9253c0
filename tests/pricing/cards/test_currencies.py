"""Cards in other currencies: which version counts, and amounts in the minor unit that a currency has."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.operations.core.currencies import CURRENCIES, minor_unit_micros
from marketplace.operations.core.money import MICROS
from pricing.core.cards import InvalidValue, NoSuchCard, RateCard, Shelf, estimate, read_card, read_spec
from pricing.core.quote import QuoteInput, price
from tests.pricing.cards.asking import EFFORT, document, priced_from, tiered
from tests.pricing.cards_in_service import our_next_card
from tests.pricing.rates import RATES, SHELF, TODAY

PLAIN = {"card": "plenum-effort", "annotation_type": "bounding_box", "n_assets": 10, "units_per_asset": 5}


def _in(currency: str, *, valid_from: str = "2026-11-02") -> RateCard:
    return read_card(our_next_card(valid_from=valid_from) | {"currency": currency, "version": currency.lower()})


def _shelf(*cards: RateCard) -> Shelf:
    return Shelf.of([*SHELF.cards, *cards])


def test_of_versions_in_several_currencies_the_one_asked_for_counts_and_dollars_where_none_is() -> None:
    shelf = _shelf(_in("EUR"), _in("JPY"))
    assert priced_from(shelf, PLAIN).card.version == "2026-11"
    for currency in ("EUR", "JPY", "USD"):
        assert priced_from(shelf, PLAIN | {"currency": currency}).as_document()["currency"] == currency
    assert priced_from(shelf, PLAIN | {"card_version": "eur"}).card.currency == "EUR"


@pytest.mark.parametrize(
    ("asked", "field"),
    [({"currency": "KWD"}, "currency"), ({"currency": "EUR", "card_version": "2026-11"}, "currency")],
)
def test_a_currency_that_a_card_has_no_version_in_is_named(asked: dict[str, Any], field: str) -> None:
    with pytest.raises(NoSuchCard) as refused:
        priced_from(_shelf(_in("EUR")), PLAIN | asked)
    assert refused.value.field == field


def test_a_card_in_one_other_currency_is_in_that_where_none_is_asked_for() -> None:
    yen = read_card(document(currency="JPY", components=[tiered(tiers=[[None, "0.5"]])]))
    assert Shelf.of([yen]).find("small", today=TODAY) == yen


@pytest.mark.parametrize("value", ["XXX", "usd", "", None, 7])
def test_a_currency_that_no_account_can_hold_is_refused(value: Any) -> None:
    with pytest.raises(InvalidValue) as refused:
        read_card(document(currency=value))
    assert refused.value.field == "currency"


@pytest.mark.parametrize(
    ("currency", "total"),
    [("JPY", "3.00"), ("KWD", "2.505"), ("USD", "2.51")],  # 5 x .501
)
def test_an_estimate_is_in_whole_minor_units(currency: str, total: str) -> None:
    card = read_card(document(currency=currency, components=[tiered(tiers=[[None, "0.501"]])]))
    assert str(estimate(card, read_spec({"card": "small", "n_assets": 5})).total) == total


@given(currency=st.sampled_from(CURRENCIES), n=st.integers(1, 5000), more=st.integers(1, 9), wage=st.integers(9, 10**5))
@settings(max_examples=60, deadline=None)
def test_prices_in_any_currency_are_whole_minor_units_and_never_fall(
    currency: str, n: int, more: int, wage: int
) -> None:
    unit = Decimal(minor_unit_micros(currency)) / MICROS
    card = _in(currency)
    totals = []
    for n_assets in (n, n + more):
        found = estimate(card, read_spec(EFFORT | {"n_assets": n_assets, "wage_per_hour": str(wage)}))
        assert all(line.amount % unit == 0 for line in found.lines)
        totals.append(found.total)
        quoted = price(
            QuoteInput(
                n_assets=n_assets,
                n_gold=0,
                effort_s=Decimal("70.3"),
                units_per_asset=Decimal(5),
                min_overlap=1,
                max_overlap=3,
                target_confidence=Decimal("0.9"),
                integration={"api_work": 1},
            ),
            RATES,
            currency=currency,
        )
        for line in quoted.lines:
            for micros in (line.expected_micros, line.cap_micros):
                assert micros % minor_unit_micros(currency) == 0
            assert line.expected_micros <= line.cap_micros
    assert totals == sorted(totals)
