"""A part of a price by volume: units at rates that depend on how many there were in a period."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pricing.core.cards.components import Job
from pricing.core.cards.errors import QuoteNeeded
from pricing.core.cards.lines import PricedLine, shown, shown_money
from pricing.core.cards.tiers import Tiers, read_tiers
from pricing.core.cards.units import Unit, read_unit
from pricing.core.cards.values import (
    count,
    flag,
    join,
    mapping,
    member,
    money,
    name_of,
    refuse,
    require_known,
)


@dataclass(frozen=True)
class Tariff:
    """A unit and its rates by volume."""

    unit: Unit
    tiers: Tiers


@dataclass(frozen=True)
class Tiered:
    """Units at rates by volume in a period.

    Attributes
    ----------
    per_units : the rates are for so many units.
    replicas_multiply_units, replicas_multiply_price : an asset answered r times is r times its units; or its price is
        r times that of its units; or neither.
    minimum : least amount of the line, where anything is billed.
    """

    name: str
    tariffs: Mapping[str | None, Tariff]
    per_units: int
    replicas_multiply_units: bool
    replicas_multiply_price: bool
    minimum: Decimal

    @property
    def fields(self) -> frozenset[str]:
        """Return what the volume rests on."""
        counted = frozenset[str]().union(*(tariff.unit.fields for tariff in self.tariffs.values()))
        typed = set() if None in self.tariffs else {"annotation_type"}
        return counted | typed | {"n_assets", "replicas", "used_units", "free_units"}

    @property
    def annotation_types(self) -> frozenset[str] | None:
        """Return the types with rates of their own."""
        return None if None in self.tariffs else frozenset(name for name in self.tariffs if name)

    def lines(self, job: Job) -> list[PricedLine]:
        """Return one line, with what falls into each tier."""
        spec = job.spec
        tariff = self.tariffs.get(job.annotation_type) or self.tariffs[None]
        units = spec.require("n_assets") * tariff.unit.in_asset(spec)
        if self.replicas_multiply_units:
            units *= job.replicas
        # Free units come before the tiers, and use up none of them.
        charged = max(Decimal(0), units - spec.free_units)
        if tariff.tiers.exceeded_by(charged, used=spec.used_units):
            raise QuoteNeeded(
                f"Above {tariff.tiers.end} units in the period the card has no price: a quote is needed.",
                field="n_assets",
                units=shown(charged),
                used_units=spec.used_units,
                limit=tariff.tiers.end,
            )
        times = job.replicas if self.replicas_multiply_price else Decimal(1)
        parts = tariff.tiers.slices(charged, used=spec.used_units)
        amount = sum((part.amount for part in parts), Decimal(0)) * times / self.per_units
        detail = {
            "unit": tariff.unit.name,
            "units": shown(units),
            "free_units": shown(units - charged),
            "times": shown(times),
            "per_units": self.per_units,
            "tiers": [
                {"units": shown(part.quantity), "rate": shown_money(part.rate), "up_to": part.up_to} for part in parts
            ],
        }
        return [PricedLine(self.name, max(amount, self.minimum) if charged else amount, detail)]


def read_tiered(given: Mapping[str, Any], path: str) -> Tiered:
    """Return a part by volume: `unit` and `tiers`, or both for each type in `by_type`."""
    known = ("kind", "name", "by_type", "unit", "tiers", "mode", "per_units", "minimum")
    require_known(given, path, (*known, "replicas_multiply_units", "replicas_multiply_price"))
    tariffs: dict[str | None, Tariff] = {}
    if "by_type" in given:
        at = join(path, "by_type")
        for name, entry in mapping(given["by_type"], at).items():
            here = join(at, name)
            tariffs[name_of(name, here)] = _tariff(mapping(entry, here), here)
    else:
        shared = {name: given[name] for name in ("unit", "tiers", "mode") if name in given}
        tariffs[None] = _tariff(shared, path)
    if not tariffs:
        raise refuse(join(path, "by_type"), "this names at least one type.")
    multiply_units = flag(given.get("replicas_multiply_units", True), join(path, "replicas_multiply_units"))
    multiply_price = flag(given.get("replicas_multiply_price", False), join(path, "replicas_multiply_price"))
    if multiply_units and multiply_price:
        raise refuse(join(path, "replicas_multiply_price"), "replicas multiply the units or the price, not both.")
    return Tiered(
        name=name_of(member(given, path, "name"), join(path, "name")),
        tariffs=tariffs,
        per_units=count(given.get("per_units", 1), join(path, "per_units"), most=10**6),
        replicas_multiply_units=multiply_units,
        replicas_multiply_price=multiply_price,
        minimum=money(given.get("minimum", "0"), join(path, "minimum")),
    )


def _tariff(given: Mapping[str, Any], path: str) -> Tariff:
    require_known(given, path, ("unit", "tiers", "mode"))
    at = join(path, "unit")
    return Tariff(unit=read_unit(mapping(member(given, path, "unit"), at), at), tiers=read_tiers(given, path))
