"""Pricing a specification by a card."""

from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from typing import Any

from pricing.core.cards.card import RateCard
from pricing.core.cards.components import Job
from pricing.core.cards.effort_price import EffortPrice
from pricing.core.cards.effort_walk import effort_walk
from pricing.core.cards.lines import PricedLine, shown, shown_money
from pricing.core.cards.rounding import MILLIONTH, half_up
from pricing.core.cards.spec import Spec, unpriced
from pricing.core.cards.values import refuse
from pricing.core.cards.walk import Driver

# More digits than the largest of numbers that specifications may state come to, multiplied.
PRECISION = 80


@dataclass(frozen=True)
class Estimate:
    """What a specification costs by a card: lines in whole cents (or what the currency has), which add up to the total.

    Attributes
    ----------
    unpriced : what was stated of the job and does not change this card's price.
    drivers : what each adds to the total, of cards that price by effort and nothing else.
    """

    card: RateCard
    lines: tuple[PricedLine, ...]
    unpriced: tuple[str, ...]
    drivers: tuple[Driver, ...] = ()

    @property
    def total(self) -> Decimal:
        """Return the sum of the lines."""
        return sum((line.amount for line in self.lines), Decimal("0.00"))

    @property
    def units(self) -> Decimal | None:
        """Return the billed units, of cards that bill units."""
        return next((line.units for line in self.lines if line.units is not None), None)

    @property
    def per_unit(self) -> Decimal | None:
        """Return what a unit comes to, to the millionth."""
        return half_up(self.total / self.units, MILLIONTH) if self.units else None

    def as_document(self) -> dict[str, Any]:
        """Return the estimate as JSON has it: amounts as decimal strings, and never a float."""
        return {
            "total": shown_money(self.total),
            "currency": self.card.currency,
            "units": None if self.units is None else shown(self.units),
            "per_unit": None if self.per_unit is None else shown(self.per_unit),
            "lines": [line.as_document() for line in self.lines],
            **({"drivers": [driver.as_document() for driver in self.drivers]} if self.drivers else {}),
            "card": self.card.named(),
            "unpriced": list(self.unpriced),
            "assumptions": list(self.card.assumptions),
        }


def estimate(card: RateCard, spec: Spec) -> Estimate:
    """Price a specification.

    Raises
    ------
    InvalidValue
        Naming what the card needs, or cannot price by.
    QuoteNeeded
        The volume lies above the card's last tier.
    """
    with localcontext(prec=PRECISION):
        job = _job(card, spec)
        described = unpriced(spec, card.fields)
        lines = [line for part in card.components for line in part.lines(job)]
        how = _of_total if card.rounding == "half_up_cent_of_total" else _per_line
        rounded = how(lines, card.minor_unit)
        match card.components:
            case (EffortPrice() as by_effort,):
                drivers = effort_walk(by_effort, job, rounded)
            case _:
                drivers = ()
    return Estimate(card, rounded, described, drivers)


def _job(card: RateCard, spec: Spec) -> Job:
    types = card.annotation_types
    kind = card.aliases.get(spec.annotation_type or "", spec.annotation_type)
    if types is not None:
        spec.require("annotation_type")
        if kind not in types:
            raise refuse("annotation_type", f"the card {card.id} prices {', '.join(sorted(types))}.")
    replicas = Decimal(card.default_replicas.get(kind or "", 1)) if spec.replicas is None else spec.replicas
    by_effort = any(isinstance(part, EffortPrice) for part in card.components)
    if replicas != replicas.to_integral_value() and not by_effort:
        raise refuse("replicas", "this has to be a whole number.")
    return Job(spec, kind, replicas, card.minor_unit)


def _per_line(lines: list[PricedLine], minor_unit: Decimal) -> tuple[PricedLine, ...]:
    return tuple(replace(line, amount=half_up(line.amount, minor_unit)) for line in lines)


def _of_total(lines: list[PricedLine], minor_unit: Decimal) -> tuple[PricedLine, ...]:
    """Round the running sum, so that the lines add up to the rounded total."""
    found, exact, so_far = [], Decimal(0), Decimal(0)
    for line in lines:
        exact += line.amount
        until_here = half_up(exact, minor_unit)
        found.append(replace(line, amount=until_here - so_far))
        so_far = until_here
    return tuple(found)
