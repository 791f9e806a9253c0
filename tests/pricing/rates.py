"""The rates that the package's own card states, for tests that price by them."""

from datetime import date

from pricing.adapters import shipped_cards
from pricing.core.cards import RateCard, Shelf

TODAY = date(2026, 11, 26)
SHELF = Shelf.of(shipped_cards())


def card(name: str, version: str | None = None) -> RateCard:
    """Return a card of the package."""
    return SHELF.find(name, version=version, today=TODAY)


RATES = card("plenum-effort").rates
