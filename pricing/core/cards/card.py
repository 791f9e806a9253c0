"""Rate cards: versioned, dated documents, read strictly."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from marketplace.operations.core.currencies import minor_unit_micros
from marketplace.operations.core.money import MICROS
from pricing.core.cards.assignments import read_per_assignment
from pricing.core.cards.components import Component
from pricing.core.cards.effort import EffortRates
from pricing.core.cards.effort_price import EffortPrice, read_effort_price
from pricing.core.cards.listed import read_listed
from pricing.core.cards.values import (
    choice,
    count,
    currency_of,
    day,
    flag,
    items,
    join,
    mapping,
    member,
    name_of,
    refuse,
    require_known,
    text,
)
from pricing.core.cards.volume import read_tiered

SCHEMA = 1
STATES = frozenset({"live", "not_published", "closed_to_new_customers", "closed"})
PERIODS = frozenset({"month", "order"})
SCOPES = frozenset({"organization", "account", "project", "order"})
# How the lines of a card become cents: each by itself, or so that they add up to the rounded total.
ROUNDINGS = frozenset({"half_up_cent_per_line", "half_up_cent_of_total"})
# The kinds of parts: a new one is read and priced in a module of its own, and entered here.
COMPONENTS: dict[str, Callable[[Mapping[str, Any], str], Component]] = {
    "tiered": read_tiered,
    "price_list": read_listed,
    "per_assignment": read_per_assignment,
    "effort": read_effort_price,
}
_REQUIRED = ("schema", "id", "version", "title", "currency", "valid_from", "status", "sources", "components")
_OPTIONAL = (
    "valid_until",
    "preferred",
    "note",
    "period",
    "scope",
    "rounding",
    "aliases",
    "default_replicas",
    "assumptions",
)


@dataclass(frozen=True)
class CardStatus:
    """Whether anybody can still buy at these prices, and since when that is so."""

    state: str
    since: date
    note: str


@dataclass(frozen=True)
class RateCard:
    """One version of a price list.

    Attributes
    ----------
    valid_until : last day of its prices, where that is known.
    preferred : counts where no version is named; others, such as a disputed reading, have to be asked for.
    period, scope : in which, and over what, used units add up.
    aliases : other names of the card's annotation types.
    default_replicas : by type, where none are stated; else 1.
    sha256 : of the document's canonical JSON.
    """

    id: str
    version: str
    title: str
    currency: str
    valid_from: date
    valid_until: date | None
    status: CardStatus
    preferred: bool
    note: str
    sources: tuple[str, ...]
    assumptions: tuple[str, ...]
    period: str
    scope: str
    rounding: str
    aliases: Mapping[str, str]
    default_replicas: Mapping[str, int]
    components: tuple[Component, ...]
    sha256: str

    @property
    def minor_unit(self) -> Decimal:
        """Return the smallest amount of the card's currency that can be charged."""
        return Decimal(minor_unit_micros(self.currency)) / MICROS

    @property
    def fields(self) -> frozenset[str]:
        """Return the members of a specification that change its price."""
        return frozenset[str]().union(*(part.fields for part in self.components))

    @property
    def annotation_types(self) -> frozenset[str] | None:
        """Return the types that all parts have a price for; none where the type does not matter."""
        stated = [part.annotation_types for part in self.components if part.annotation_types is not None]
        return frozenset.intersection(*stated) if stated else None

    @property
    def rates(self) -> EffortRates:
        """Return the rates of a card that prices by effort.

        Raises
        ------
        InvalidValue
            The card has none.
        """
        for part in self.components:
            if isinstance(part, EffortPrice):
                return part.rates
        raise refuse("card", f"{self.id} does not price by effort.")

    def named(self) -> dict[str, Any]:
        """Return what a quote says of the card it rests on."""
        return {
            "id": self.id,
            "version": self.version,
            "sha256": self.sha256,
            "title": self.title,
            "currency": self.currency,
            "status": self.status.state,
            "status_since": self.status.since.isoformat(),
            "status_note": self.status.note,
            "valid_from": self.valid_from.isoformat(),
            "valid_until": self.valid_until.isoformat() if self.valid_until else None,
        }


def sha256_of(document: Any) -> str:
    """Return the hash of a document's canonical JSON: keys sorted, no spaces, ASCII."""
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=_no_number)
    return hashlib.sha256(canonical.encode()).hexdigest()


def read_card(value: Any) -> RateCard:
    """Read a card's document.

    Raises
    ------
    UnknownField, InvalidValue
        Naming the member.
    """
    given = mapping(value, "")
    require_known(given, "", (*_REQUIRED, *_OPTIONAL))
    for name in _REQUIRED:
        member(given, "", name)
    _refuse_floats(given, "")
    if count(given["schema"], "schema") != SCHEMA:
        raise refuse("schema", f"this reads schema {SCHEMA}.")
    parts = items(given["components"], "components", most=20, least=1)
    card = RateCard(
        id=name_of(given["id"], "id"),
        version=name_of(given["version"], "version"),
        title=text(given["title"], "title"),
        currency=currency_of(given["currency"], "currency"),
        valid_from=day(given["valid_from"], "valid_from"),
        valid_until=None if given.get("valid_until") is None else day(given["valid_until"], "valid_until"),
        status=_status(given["status"]),
        preferred=flag(given.get("preferred", True), "preferred"),
        note=text(given["note"], "note") if "note" in given else "",
        sources=_texts(given, "sources"),
        assumptions=_texts(given, "assumptions"),
        period=choice(given.get("period", "order"), "period", PERIODS),
        scope=choice(given.get("scope", "order"), "scope", SCOPES),
        rounding=choice(given.get("rounding", "half_up_cent_per_line"), "rounding", ROUNDINGS),
        aliases=_aliases(given),
        default_replicas=_default_replicas(given),
        components=tuple(_component(part, join("components", index)) for index, part in enumerate(parts)),
        sha256=sha256_of(given),
    )
    if card.valid_until is not None and card.valid_until < card.valid_from:
        raise refuse("valid_until", "this is not before valid_from.")
    _require_types(card)
    return card


def _component(value: Any, path: str) -> Component:
    given = mapping(value, path)
    return COMPONENTS[choice(member(given, path, "kind"), join(path, "kind"), COMPONENTS)](given, path)


def _status(value: Any) -> CardStatus:
    given = mapping(value, "status")
    require_known(given, "status", ("state", "since", "note"))
    return CardStatus(
        state=choice(member(given, "status", "state"), "status.state", STATES),
        since=day(member(given, "status", "since"), "status.since"),
        note=text(given["note"], "status.note") if "note" in given else "",
    )


def _texts(given: Mapping[str, Any], name: str) -> tuple[str, ...]:
    return tuple(text(line, join(name, index)) for index, line in enumerate(items(given.get(name, []), name, most=100)))


def _aliases(given: Mapping[str, Any]) -> dict[str, str]:
    stated = mapping(given.get("aliases", {}), "aliases")
    return {
        name_of(name, join("aliases", name)): name_of(meant, join("aliases", name)) for name, meant in stated.items()
    }


def _default_replicas(given: Mapping[str, Any]) -> dict[str, int]:
    stated = mapping(given.get("default_replicas", {}), "default_replicas")
    return {
        name_of(name, join("default_replicas", name)): count(n, join("default_replicas", name), most=1000)
        for name, n in stated.items()
    }


def _require_types(card: RateCard) -> None:
    """Refuse names of types that the card has no price for: nobody would find out."""
    types = card.annotation_types
    if types is None:
        return
    for where, names in (("aliases", card.aliases.values()), ("default_replicas", card.default_replicas)):
        for name in names:
            if name not in types:
                raise refuse(where, f"the card has no type {name}.")


def _refuse_floats(value: Any, path: str) -> None:
    if isinstance(value, float):
        raise refuse(path, "write decimals as strings.")
    if isinstance(value, Mapping):
        for name, inner in value.items():
            _refuse_floats(inner, join(path, str(name)))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _refuse_floats(inner, join(path, index))


def _no_number(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)
