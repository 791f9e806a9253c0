"""What is to be priced: a specification names a card and what the card prices by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from typing import Any

from pricing.core.cards.values import (
    choice,
    count,
    country,
    currency_of,
    day,
    flag,
    items,
    join,
    mapping,
    member,
    money,
    name_of,
    number,
    refuse,
    require_known,
    text,
)

MAX_SPECS = 1000
MAX_ITEMS = 20
WORKFORCES = frozenset({"private", "vendor", "public"})
REVIEWERS = frozenset({"peer", "senior", "requester"})
_PARTS = 10**6


@dataclass(frozen=True)
class Spec:
    """A job as a card sees it; what was not stated is none.

    Attributes
    ----------
    given : names of the members that were stated (`null` is not).
    on : day whose card counts, where no version is named.
    currency : of the card, which may have versions in several.
    used_units, free_units : units billed before in the period, and units of this job that are free.
    words_per_asset, seconds_per_asset : length of a text or a video, which cards bill in blocks.
    premium_qualifications : prices of premium qualifications for one assignment, none for so many at the card's price.
    complexity : multiplier of the seconds, 1 for the median image.
    margin : answers by which a class has to lead before no more are bought.
    deadline_share : deadline as a share of the time that the job normally takes (its P85).
    """

    card: str
    card_version: str | None = None
    on: date | None = None
    currency: str | None = None
    annotation_type: str | None = None
    n_assets: int | None = None
    n_tasks: int | None = None
    units_per_asset: Decimal | None = None
    replicas: Decimal | None = None
    used_units: int = 0
    free_units: int = 0
    vertices_per_unit: Decimal | None = None
    n_classes: int | None = None
    seconds_per_asset: Decimal | None = None
    words_per_asset: Decimal | None = None
    workforce: str | None = None
    task_price: Decimal | None = None
    reward: Decimal | None = None
    masters: bool = False
    premium_qualifications: tuple[Decimal | None, ...] = ()
    bonus: Decimal | None = None
    n_bonuses: int | None = None
    assets_per_suite: int | None = None
    suite_price: Decimal | None = None
    attribute_s: Decimal = Decimal(0)
    complexity: Decimal = Decimal(1)
    quality_level: str | None = None
    margin: int | None = None
    target_confidence: Decimal | None = None
    min_overlap: int | None = None
    max_overlap: int | None = None
    accuracy: Decimal | None = None
    review_share: Decimal | None = None
    reviewed_by: str | None = None
    gold_share: Decimal = Decimal(0)
    rush: Decimal | None = None
    turnaround: str | None = None
    deadline_share: Decimal | None = None
    expertise: str | None = None
    integration: Mapping[str, int] = field(default_factory=dict)
    wage_per_hour: Decimal | None = None
    country: str | None = None
    given: frozenset[str] = frozenset()

    def require(self, name: str) -> Any:
        """Return a member without which the card has no price."""
        value = getattr(self, name)
        if value is None:
            raise refuse(name, "this is required by the card.")
        return value


def read_spec(value: Any, path: str = "") -> Spec:
    """Return what a specification says; members that are `null` count as left out.

    Raises
    ------
    UnknownField, InvalidValue
        Naming the member.
    """
    given = mapping(value, path)
    require_known(given, path, MEMBERS)
    member(given, path, "card")
    stated = {name: item for name, item in given.items() if item is not None}
    if "card" not in stated:
        raise refuse(join(path, "card"), "this is required.")
    read = {_KNOWN[name]: READERS[_KNOWN[name]](item, join(path, name)) for name, item in stated.items()}
    return Spec(**read, given=frozenset(read))


def read_specs(value: Any) -> list[tuple[str, Spec]] | Spec:
    """Return the specifications of an array of `{id, spec}`, each with its id, or the one that an object is."""
    if isinstance(value, Mapping):
        return read_spec(value)
    if not isinstance(value, list):
        raise refuse("", "this has to be a specification, or an array of {id, spec}.")
    read: list[tuple[str, Spec]] = []
    for index, entry in enumerate(items(value, "", most=MAX_SPECS)):
        here = f"[{index}]"
        given = mapping(entry, here)
        require_known(given, here, ("id", "spec"))
        named = text(member(given, here, "id"), join(here, "id"), most=200)
        read.append((named, read_spec(member(given, here, "spec"), join(here, "spec"))))
    return read


# --- members --------------------------------------------------------------------------------------------------------
Reader = Callable[[Any, str], Any]


def _count(least: int = 1, most: int = 10**12) -> Reader:
    return lambda value, path: count(value, path, least=least, most=most)


def _number(least: Decimal | int = 0, most: Decimal | int = _PARTS) -> Reader:
    return lambda value, path: number(value, path, least=least, most=most)


def _price(least: Decimal | int = 0) -> Reader:
    return lambda value, path: money(value, path, least=least, most=_PARTS)


def _choice(among: frozenset[str]) -> Reader:
    return lambda value, path: choice(value, path, among)


def _above_half(value: Any, path: str) -> Decimal:
    return number(value, path, least=Decimal("0.501"), most=Decimal("0.9999"))


def _premiums(value: Any, path: str) -> tuple[Decimal | None, ...]:
    """Return a price for each premium qualification, none where only their number is stated."""
    if isinstance(value, list):
        found = items(value, path, most=MAX_ITEMS)
        return tuple(money(price, join(path, index), most=_PARTS) for index, price in enumerate(found))
    return (None,) * count(value, path, least=0, most=MAX_ITEMS)


def _integration(value: Any, path: str) -> dict[str, int]:
    given = mapping(value, path)
    if len(given) > MAX_ITEMS:
        raise refuse(path, f"this names at most {MAX_ITEMS} things.")
    return {
        name_of(name, join(path, str(name))): count(amount, join(path, name), least=0, most=10_000)
        for name, amount in given.items()
    }


READERS: dict[str, Reader] = {
    "card": name_of,
    "card_version": name_of,
    "on": day,
    "currency": currency_of,
    "annotation_type": name_of,
    "n_assets": _count(),
    "n_tasks": _count(),
    "units_per_asset": _number(),
    "replicas": _number(least=1, most=1000),
    "used_units": _count(least=0, most=10**15),
    "free_units": _count(least=0, most=10**15),
    "vertices_per_unit": _number(most=100_000),
    "n_classes": _count(most=100_000),
    "seconds_per_asset": _number(),
    "words_per_asset": _number(),
    "workforce": _choice(WORKFORCES),
    "task_price": _price(),
    "reward": _price(),
    "masters": flag,
    "premium_qualifications": _premiums,
    "bonus": _price(),
    "n_bonuses": _count(least=0),
    "assets_per_suite": _count(most=100_000),
    "suite_price": _price(),
    "attribute_s": _number(most=86_400),
    "complexity": _number(least=Decimal("0.01"), most=100),
    "quality_level": name_of,
    "margin": _count(most=20),
    "target_confidence": _above_half,
    "min_overlap": _count(most=1000),
    "max_overlap": _count(most=1000),
    "accuracy": _above_half,
    "review_share": _number(most=1),
    "reviewed_by": _choice(REVIEWERS),
    "gold_share": _number(most=1),
    "rush": _number(most=10),
    "turnaround": name_of,
    "deadline_share": _number(most=1000),
    "expertise": name_of,
    "integration": _integration,
    "wage_per_hour": _price(),
    "country": country,
}
# Written `date` outside: the word is a type in here.
_KNOWN = {("date" if name == "on" else name): name for name in READERS}
MEMBERS = tuple(_KNOWN)

# What is said of a job whatever the card: a card that does not price by one of them says so in its answer.
DESCRIPTIVE = frozenset(
    {"annotation_type", "units_per_asset", "vertices_per_unit", "n_classes", "seconds_per_asset", "words_per_asset"}
)
ALWAYS = frozenset({"card", "card_version", "on", "currency"})
_DEFAULTS = {each.name: each.default for each in fields(Spec)}


def unpriced(spec: Spec, priced_by: frozenset[str]) -> tuple[str, ...]:
    """Return what was stated and does not change the price, if that is true of mere descriptions only.

    Raises
    ------
    InvalidValue
        Something that costs on other cards is asked of one that knows nothing of it.
    """
    left = sorted(spec.given - priced_by - ALWAYS)
    for name in left:
        asked = getattr(spec, name)
        if name not in DESCRIPTIVE and asked not in (_DEFAULTS[name], 0, {}, ()):
            raise refuse("date" if name == "on" else name, f"the card {spec.card} does not price by this.")
    return tuple(name for name in left if name in DESCRIPTIVE)
