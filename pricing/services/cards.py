"""Rate cards: those that come with the package, and versions added to this service."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from pricing.adapters import shipped_cards
from pricing.core.cards import RateCard, Shelf, read_card
from pricing.core.drivers import GENERAL
from pricing.errors import CardExists, InvalidValue, NoSuchCard
from pricing.models import StoredCard

# What jobs of this service are priced by.
OWN_CARD = "plenum-effort"


def all_cards() -> Shelf:
    """Return every card in every version."""
    stored = StoredCard.objects.order_by("pk").values_list("document", flat=True)
    return Shelf.of([*shipped_cards(), *(read_card(document) for document in stored)])


def own_card(now: datetime, *, currency: str) -> RateCard:
    """Return the card by which jobs in a currency are priced now.

    Raises
    ------
    InvalidValue
        Naming `currency` where there is none: no amount is made another's by a rate of exchange that nobody agreed on.
    """
    stored = StoredCard.objects.filter(card=OWN_CARD).values_list("document", flat=True)
    shelf = Shelf.of([*shipped_cards(), *map(read_card, stored)])
    try:
        return shelf.find(OWN_CARD, currency=currency, today=now.date())
    except NoSuchCard as error:
        said = f"Work is not priced in {currency}: {error.detail}"
        raise InvalidValue(said, field="currency", **error.data) from error


def own_cards(now: datetime) -> list[RateCard]:
    """Return the cards by which jobs are priced now, one for each currency."""
    shelf = all_cards()
    currencies = {
        card.currency
        for card in shelf.cards
        if card.id == OWN_CARD and card.preferred and card.valid_from <= now.date()
    }
    return [shelf.find(OWN_CARD, currency=currency, today=now.date()) for currency in sorted(currencies)]


def require_field(name: str, cards: Iterable[RateCard], *, field: str) -> None:
    """Refuse a field of expertise that no card knows, or that everybody is of; empty is none.

    Raises
    ------
    InvalidValue
        Naming the fields that there are.
    """
    known = sorted({each for card in cards for each in card.rates.expertise} - {GENERAL})
    if name and name not in known:
        raise InvalidValue(f"{field}: use one of {', '.join(known)}.", field=field)


@transaction.atomic
def add_card(document: Any, *, added_by_id: UUID | None, now: datetime) -> StoredCard:
    """Keep another version of a card, or a card of another name; it counts from its `valid_from` on.

    Raises
    ------
    CardError
        Naming the member of the document that is wrong.
    CardExists
        That version is there already: versions never change.
    """
    card = read_card(document)
    if card.id == OWN_CARD:
        _ = card.rates  # jobs are priced by effort
    if any((each.id, each.version) == (card.id, card.version) for each in shipped_cards()):
        raise CardExists(f"{card.id} has a version {card.version} already.", field="version")
    try:
        with transaction.atomic():
            return StoredCard.objects.create(
                card=card.id,
                version=card.version,
                document=document,
                sha256=card.sha256,
                added_by_id=added_by_id,
                created_at=now,
            )
    except IntegrityError as error:
        if "stored_card_version_once" not in str(error):
            raise
        raise CardExists(f"{card.id} has a version {card.version} already.", field="version") from error
