"""The rate cards that come with the package: JSON files in `pricing/rate_cards`, one for each version."""

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from marketplace.operations.core.strict_json import parse_strict
from pricing.core.cards import RateCard, read_card

FOLDER = Path(__file__).resolve().parent.parent / "rate_cards"


def shipped_documents() -> dict[str, Any]:
    """Return the documents by the names of their files."""
    return {path.name: parse_strict(path.read_bytes()) for path in sorted(FOLDER.glob("*.json"))}


@cache
def shipped_cards() -> tuple[RateCard, ...]:
    """Return the cards, read once."""
    return tuple(read_card(document) for document in shipped_documents().values())


def todays_date() -> date:
    """Return the day in UTC, by which the card in force is chosen."""
    return datetime.now(tz=UTC).date()
