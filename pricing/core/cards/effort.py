"""Our own rates: a wage for the seconds that the work takes, and a fee by volume. All of them data of a card.

Volume lowers the fee, never the pay; rush goes to the workers in full.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from pricing.core.cards.tiers import Tiers, read_tiers
from pricing.core.cards.values import (
    count,
    country,
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
)

HOUR_S = 3600
DEFAULT = "default"


@dataclass(frozen=True)
class TypeEffort:
    """Seconds an asset takes whatever is in it, seconds a unit adds, and a review's part of their sum.

    Attributes
    ----------
    vertices : of a unit, for types whose seconds go by the vertex; 0 for others.
    by_vote : answers are votes, so that fewer are bought where they agree.
    """

    per_asset_s: Decimal
    per_unit_s: Decimal
    review_part: Decimal
    unit: str
    vertices: int = 0
    by_vote: bool = False

    def per_object_s(self, vertices: Decimal | None = None) -> Fraction:
        """Return the seconds that an object adds, of so many vertices."""
        if vertices is None or not self.vertices:
            return Fraction(self.per_unit_s)
        return Fraction(self.per_unit_s) * Fraction(vertices) / self.vertices

    def fee_units(self, units: Decimal) -> Decimal:
        """Return the units of an asset that the fee's volume counts: objects only where more of them are more work."""
        return max(Decimal(1), units) if self.per_unit_s else Decimal(1)


@dataclass(frozen=True)
class Expertise:
    """What people of a field earn: so many times the wage, and no less an hour than a minimum."""

    multiplier: Decimal
    least_per_hour: Decimal

    def wage(self, wage_per_hour: Decimal) -> Decimal:
        """Return the wage of an hour where anybody earns so much."""
        return max(self.multiplier * wage_per_hour, self.least_per_hour, wage_per_hour)


@dataclass(frozen=True)
class QualityLevel:
    """What a quality tier buys.

    Attributes
    ----------
    margin : lead of one class at which no further vote is bought; 0 where `replicas` counts for votes too.
    """

    replicas: int
    margin: int
    review_share: Decimal
    reviewed_by: str


@dataclass(frozen=True)
class Turnaround:
    """A named speed: for a deadline below this share of the normal time (its P85), and what rush it costs."""

    name: str
    below: Decimal | None
    rush: Decimal


@dataclass(frozen=True)
class SetUp:
    """Work of ours that a job needs once: its price for each, and what is counted."""

    price: Decimal
    unit: str


@dataclass(frozen=True)
class EffortRates:
    """The rates of a card that prices by effort.

    Attributes
    ----------
    pay_step : what an answer pays is rounded up to a multiple of this.
    floors_per_hour : least wage by country; `default` for all others.
    reserve_share : of the labour, for rework and late answers; what is not used is refunded.
    gold_share : answers to known assets beside those bought, where there are known ones.
    assumed_accuracy : of a single answer, on which the expected number of votes rests.
    reviewers : factor on a review's pay by who reviews; 0: unpaid.
    """

    wage_per_hour: Decimal
    floors_per_hour: Mapping[str, Decimal]
    pay_step: Decimal
    reserve_share: Decimal
    gold_share: Decimal
    assumed_accuracy: Decimal
    fee: Tiers
    types: Mapping[str, TypeEffort]
    quality_levels: Mapping[str, QualityLevel]
    reviewers: Mapping[str, Decimal]
    turnarounds: tuple[Turnaround, ...]
    expertise: Mapping[str, Expertise]
    integration: Mapping[str, SetUp]

    def floor_of(self, where: str | None) -> Decimal:
        """Return the least wage an hour in a country, or anywhere."""
        return self.floors_per_hour.get(where or DEFAULT, self.floors_per_hour[DEFAULT])

    def wage_in(self, where: str | None = None, *, wanted: Decimal | None = None) -> Decimal:
        """Return the wage an hour: the card's or the one wanted, and never less than the floor."""
        return max(self.floor_of(where), self.wage_per_hour if wanted is None else wanted)

    def first_fee(self, *, used: int) -> Fraction:
        """Return the fee's share of the next unit."""
        return Fraction(self.fee.cost(Decimal(1), used=used))

    @property
    def first_share(self) -> Decimal:
        """Return the fee's share in the first tier."""
        return self.fee.steps[0][1]

    @property
    def at_first_tier(self) -> "EffortRates":
        """Return the rates as if no volume had another fee."""
        return replace(self, fee=Tiers(((None, self.first_share),)))

    def rush_for(self, deadline_share: Decimal) -> Decimal:
        """Return the rush of a deadline that is this share of the normal time."""
        due = [each.rush for each in self.turnarounds if each.below is not None and deadline_share < each.below]
        return max(due, default=Decimal(0))

    def rush_named(self, name: str, path: str = "turnaround") -> Decimal:
        """Return the rush of a named turnaround."""
        named = {each.name: each.rush for each in self.turnarounds}
        if name not in named:
            raise refuse(path, f"use one of {', '.join(sorted(named))}.")
        return named[name]

    def set_up(self, wanted: Mapping[str, int], path: str = "integration") -> dict[str, tuple[int, SetUp]]:
        """Return the work of ours that was asked for, by name, with how much of it."""
        for name in wanted:
            if name not in self.integration:
                raise refuse(join(path, name), f"use one of {', '.join(sorted(self.integration))}.")
        return {name: (n, self.integration[name]) for name, n in wanted.items() if n}

    def expert(self, name: str | None, path: str = "expertise") -> Expertise:
        """Return what a field's people earn; anybody, where none is named."""
        if name is None:
            return Expertise(Decimal(1), Decimal(0))
        if name not in self.expertise:
            raise refuse(path, f"use one of {', '.join(sorted(self.expertise))}.")
        return self.expertise[name]


# --- reading --------------------------------------------------------------------------------------------------------
_SCALARS = ("wage_per_hour", "pay_step", "reserve_share", "gold_share", "assumed_accuracy", "fee_tiers")
_TABLES = ("floors_per_hour", "types", "quality_levels", "reviewers", "turnarounds", "expertise", "integration")


def read_rates(given: Mapping[str, Any], path: str) -> EffortRates:
    """Return the rates that a document states."""
    require_known(given, path, ("kind", *_SCALARS, *_TABLES))

    def table(name: str) -> tuple[Mapping[str, Any], str]:
        at = join(path, name)
        return mapping(member(given, path, name), at), at

    def entries(name: str) -> list[tuple[str, Mapping[str, Any], str]]:
        found, at = table(name)
        return [
            (name_of(key, join(at, key)), mapping(entry, join(at, key)), join(at, key)) for key, entry in found.items()
        ]

    def share(name: str) -> Decimal:
        return number(member(given, path, name), join(path, name), most=1)

    floors, at_floors = table("floors_per_hour")
    if DEFAULT not in floors:
        raise refuse(join(at_floors, DEFAULT), "this is required.")
    reviewers, at_reviewers = table("reviewers")
    at_turnarounds = join(path, "turnarounds")
    turnarounds = items(member(given, path, "turnarounds"), at_turnarounds, most=20)
    return EffortRates(
        wage_per_hour=_hourly(member(given, path, "wage_per_hour"), join(path, "wage_per_hour")),
        floors_per_hour={
            key if key == DEFAULT else country(key, join(at_floors, key)): _hourly(floor, join(at_floors, key))
            for key, floor in floors.items()
        },
        pay_step=money(member(given, path, "pay_step"), join(path, "pay_step"), least=Decimal("0.000001")),
        reserve_share=share("reserve_share"),
        gold_share=share("gold_share"),
        assumed_accuracy=number(
            member(given, path, "assumed_accuracy"),
            join(path, "assumed_accuracy"),
            least=Decimal("0.501"),
            most=Decimal("0.9999"),
        ),
        fee=_fee(given, path),
        types={name: _type(entry, at) for name, entry, at in entries("types")},
        quality_levels={name: _level(entry, at) for name, entry, at in entries("quality_levels")},
        reviewers={key: number(factor, join(at_reviewers, key), most=100) for key, factor in reviewers.items()},
        turnarounds=tuple(_turnaround(each, join(at_turnarounds, n)) for n, each in enumerate(turnarounds)),
        expertise={name: _expertise(entry, at) for name, entry, at in entries("expertise")},
        integration={name: _set_up(entry, at) for name, entry, at in entries("integration")},
    )


def _hourly(value: Any, path: str) -> Decimal:
    return money(value, path, least=Decimal("0.01"))


def _fee(given: Mapping[str, Any], path: str) -> Tiers:
    tiers = read_tiers({"fee_tiers": member(given, path, "fee_tiers")}, path, "fee_tiers")
    if tiers.end is not None:
        raise refuse(join(path, "fee_tiers"), "the last tier has no end (null): every volume has a fee.")
    if any(later > earlier for (_, earlier), (_, later) in zip(tiers.steps, tiers.steps[1:], strict=False)):
        raise refuse(join(path, "fee_tiers"), "the fee falls with volume.")
    return tiers


def _type(given: Mapping[str, Any], path: str) -> TypeEffort:
    require_known(given, path, ("per_asset_s", "per_unit_s", "review_part", "unit", "vertices", "by_vote"))
    return TypeEffort(
        per_asset_s=number(member(given, path, "per_asset_s"), join(path, "per_asset_s")),
        per_unit_s=number(member(given, path, "per_unit_s"), join(path, "per_unit_s")),
        review_part=number(member(given, path, "review_part"), join(path, "review_part"), most=1),
        unit=name_of(member(given, path, "unit"), join(path, "unit")),
        vertices=count(given.get("vertices", 0), join(path, "vertices"), least=0, most=10_000),
        by_vote=flag(given.get("by_vote", False), join(path, "by_vote")),
    )


def _level(given: Mapping[str, Any], path: str) -> QualityLevel:
    require_known(given, path, ("replicas", "margin", "review_share", "reviewed_by"))
    return QualityLevel(
        replicas=count(member(given, path, "replicas"), join(path, "replicas"), most=1000),
        margin=count(member(given, path, "margin"), join(path, "margin"), least=0, most=20),
        review_share=number(member(given, path, "review_share"), join(path, "review_share"), most=1),
        reviewed_by=name_of(member(given, path, "reviewed_by"), join(path, "reviewed_by")),
    )


def _turnaround(value: Any, path: str) -> Turnaround:
    given = mapping(value, path)
    require_known(given, path, ("name", "below", "rush"))
    below = member(given, path, "below")
    return Turnaround(
        name=name_of(member(given, path, "name"), join(path, "name")),
        below=None if below is None else number(below, join(path, "below"), most=1),
        rush=number(member(given, path, "rush"), join(path, "rush"), most=10),
    )


def _expertise(given: Mapping[str, Any], path: str) -> Expertise:
    require_known(given, path, ("multiplier", "least_per_hour"))
    return Expertise(
        multiplier=number(member(given, path, "multiplier"), join(path, "multiplier"), least=1, most=100),
        least_per_hour=money(member(given, path, "least_per_hour"), join(path, "least_per_hour")),
    )


def _set_up(given: Mapping[str, Any], path: str) -> SetUp:
    require_known(given, path, ("price", "unit"))
    return SetUp(
        price=money(member(given, path, "price"), join(path, "price")),
        unit=name_of(member(given, path, "unit"), join(path, "unit")),
    )
