"""Prices of specifications by the package's cards, for tests."""

from decimal import Decimal
from typing import Any

from pricing.core.cards import Estimate, RateCard, Shelf, estimate, read_card, read_spec
from tests.pricing.rates import SHELF, TODAY

EFFORT = {
    "card": "plenum-effort",
    "annotation_type": "bounding_box",
    "n_assets": 1000,
    "units_per_asset": 5,
    "replicas": 1,
    "review_share": "0.25",
}
GROUND_TRUTH = {
    "card": "aws-ground-truth",
    "annotation_type": "classification",
    "n_assets": 10_000,
    "workforce": "private",
}
GOOGLE = {"card": "google-data-labeling", "annotation_type": "bounding_box", "n_assets": 1000, "units_per_asset": 5}
MTURK = {"card": "mturk", "reward": "0.05", "n_tasks": 1000, "replicas": 3}
TOLOKA = {"card": "toloka", "n_assets": 10_000, "assets_per_suite": 10, "suite_price": "0.05", "replicas": 3}


def priced(spec: dict[str, Any], **changes: Any) -> Estimate:
    """Return the price of a specification, with these changes."""
    return priced_from(SHELF, spec | changes)


def priced_from(shelf: Shelf, spec: dict[str, Any]) -> Estimate:
    """Return the price of a specification by other cards."""
    read = read_spec(spec)
    return estimate(shelf.for_spec(read, today=TODAY), read)


def total(spec: dict[str, Any], **changes: Any) -> str:
    """Return the total as text."""
    return str(priced(spec, **changes).total)


def lines(spec: dict[str, Any], **changes: Any) -> dict[str, str]:
    """Return the amounts of the lines by name."""
    return {line.name: str(line.amount) for line in priced(spec, **changes).lines}


def document(**changes: Any) -> dict[str, Any]:
    """Return the document of a small card: 0.10 for each of the first 100 assets in a month, then 0.05."""
    return {
        "schema": 1,
        "id": "small",
        "version": "1",
        "title": "Small",
        "currency": "USD",
        "valid_from": "2026-01-01",
        "status": {"state": "live", "since": "2026-01-01"},
        "sources": [],
        "period": "month",
        "components": [tiered()],
    } | changes


def tiered(**changes: Any) -> dict[str, Any]:
    """Return a part by volume."""
    return {
        "kind": "tiered",
        "name": "labels",
        "unit": {"name": "asset", "measure": "asset"},
        "tiers": [[100, "0.10"], [None, "0.05"]],
    } | changes


def small(**changes: Any) -> RateCard:
    """Return the small card, its part by volume changed."""
    return read_card(document(components=[tiered(**changes)]))


def cost(card: RateCard, **spec: Any) -> Decimal:
    """Return the total of a specification by a card."""
    return estimate(card, read_spec({"card": card.id} | spec)).total
