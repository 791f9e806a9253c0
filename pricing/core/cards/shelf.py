"""All cards at hand, and which of them counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from marketplace.operations.core.currencies import USUAL_CURRENCY
from pricing.core.cards.card import RateCard
from pricing.core.cards.errors import NoSuchCard
from pricing.core.cards.spec import Spec


@dataclass(frozen=True)
class Shelf:
    """Cards in all their versions."""

    cards: tuple[RateCard, ...]

    @classmethod
    def of(cls, cards: Iterable[RateCard]) -> "Shelf":
        """Return a shelf with these, by id and the day from which they count."""
        return cls(tuple(sorted(cards, key=lambda card: (card.id, card.valid_from, card.version))))

    def names(self) -> list[str]:
        """Return the ids of the cards."""
        return sorted({card.id for card in self.cards})

    def find(
        self,
        card_id: str,
        *,
        version: str | None = None,
        currency: str | None = None,
        on: date | None = None,
        today: date,
    ) -> RateCard:
        """Return the version named, else the one whose prices held on a day, else the latest that has come into force.

        Of versions in several currencies, those in the one named; in the usual one where none is, if there are any.

        Without a day a card that has run out is found still: what it would cost is asked of old cards too.

        Raises
        ------
        NoSuchCard
            Naming `card`, `card_version`, `currency` or `date`.
        """
        versions = [card for card in self.cards if card.id == card_id]
        if not versions:
            raise NoSuchCard(f"There is no such card; there are {', '.join(self.names())}.", field="card")
        if version is not None:
            found = [card for card in versions if card.version == version]
            if not found:
                known = ", ".join(card.version for card in versions)
                raise NoSuchCard(f"{card_id} has the versions {known}.", field="card_version")
            if currency not in (None, found[0].currency):
                raise NoSuchCard(f"{card_id} {version} is in {found[0].currency}.", field="currency")
            return found[0]
        day = on or today
        begun = [card for card in _in_currency(versions, currency) if card.preferred and card.valid_from <= day]
        if on is not None:
            begun = [card for card in begun if card.valid_until is None or on <= card.valid_until]
        if not begun:
            raise NoSuchCard(f"{card_id} has no prices for {day}.", field="date" if on else "card")
        return begun[-1]

    def for_spec(self, spec: Spec, *, today: date) -> RateCard:
        """Return the card that a specification asks for."""
        return self.find(spec.card, version=spec.card_version, currency=spec.currency, on=spec.on, today=today)


def _in_currency(versions: list[RateCard], currency: str | None) -> list[RateCard]:
    known = sorted({card.currency for card in versions})
    wanted = currency or (USUAL_CURRENCY if USUAL_CURRENCY in known else known[0])
    if wanted not in known:
        said = f"{versions[0].id} has no prices in {wanted}; it has some in {', '.join(known)}."
        raise NoSuchCard(said, field="currency", allowed=known)
    return [card for card in versions if card.currency == wanted]
