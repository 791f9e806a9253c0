"""The price walk of a specification by effort."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from pricing.core.cards.choices import ONCE, quality_of, rush_of
from pricing.core.cards.components import Job
from pricing.core.cards.effort import EffortRates, TypeEffort
from pricing.core.cards.effort_price import EffortPrice, seconds_of, units_of
from pricing.core.cards.lines import PricedLine, shown, shown_money
from pricing.core.cards.pay import PayTerms
from pricing.core.cards.rounding import CENT, decimal_of, half_up
from pricing.core.cards.spec import Spec
from pricing.core.cards.walk import (
    Driver,
    complexity_words,
    expertise_words,
    integration_words,
    quality_words,
    reserve_words,
    rush_words,
    volume_words,
    walk,
)

# The members that state each driver, in the order in which the drivers are applied; all others are in the plainest job.
APPLIED: dict[str, tuple[str, ...]] = {
    "annotation_type": (),
    "complexity": ("complexity",),
    "quality": (
        "quality_level",
        "replicas",
        "margin",
        "target_confidence",
        "min_overlap",
        "max_overlap",
        "accuracy",
        "review_share",
        "reviewed_by",
        "gold_share",
    ),
    "expertise": ("expertise",),
    "turnaround": ("rush", "turnaround", "deadline_share"),
    "integration": ("integration",),
    "volume": ("used_units", "free_units"),
}
_NOTHING_STATED = Spec(card="")


def effort_walk(price: EffortPrice, job: Job, lines: Sequence[PricedLine]) -> tuple[Driver, ...]:
    """Return what each driver adds to the total of these lines, which are the job's."""
    stated = [name for members in APPLIED.values() for name in members]
    plainest: dict[str, Any] = {name: getattr(_NOTHING_STATED, name) for name in stated}
    reviewed_by = quality_of(job.spec, _kind(price.rates, job), price.rates).reviewed_by
    if reviewed_by != ONCE.reviewed_by:
        # Nothing is reviewed, but not every card has peers, who would if nobody is named.
        plainest["reviewed_by"] = reviewed_by

    def total(spec: Spec, rates: EffortRates) -> Decimal:
        as_asked = spec == job.spec and rates is price.rates
        found = lines if as_asked else EffortPrice(rates).lines(replace(job, spec=spec))
        return sum((line.amount for line in found), Decimal(0))

    return walk(
        APPLIED,
        plainest=replace(job.spec, **plainest),
        asked=job.spec,
        rates=price.rates,
        price=total,
        details=_details(price.rates, job, lines),
    )


def _kind(rates: EffortRates, job: Job) -> TypeEffort:
    return rates.types[str(job.annotation_type)]


def _details(rates: EffortRates, job: Job, lines: Sequence[PricedLine]) -> dict[str, str]:
    spec = job.spec
    quality = quality_of(spec, _kind(rates, job), rates)
    terms = PayTerms.of(rates, wage=rates.wage_in(spec.country, wanted=spec.wage_per_hour), expertise=spec.expertise)
    fee = next(line.detail for line in lines if line.name == "fee")
    return {
        "annotation_type": _type_words(rates, job, terms.wage_per_hour),
        "complexity": complexity_words(spec.complexity),
        "quality": quality_words(
            quality.replicas,
            review_share=quality.review_share,
            reviewed_by=quality.reviewed_by,
            gold_share=spec.gold_share,
        ),
        "expertise": expertise_words(spec.expertise, terms.expertise_times),
        "turnaround": rush_words(rush_of(spec, rates), named=spec.turnaround),
        "integration": integration_words(spec.integration, rates),
        "volume": volume_words(
            Decimal(fee["share"]),
            rates,
            units=f"{fee['units']} units ({fee['unit']})",
            used=spec.used_units,
            free=spec.free_units,
        ),
    }


def _type_words(rates: EffortRates, job: Job, wage: Decimal) -> str:
    spec, kind = job.spec, _kind(rates, job)
    units = units_of(spec)
    seconds = seconds_of(replace(spec, complexity=Decimal(1)), kind, units).total
    said = [f"{job.annotation_type}: {spec.require('n_assets')} assets"]
    if kind.per_unit_s:
        said.append(f"{shown(units)} units ({kind.unit}) in each")
    if kind.vertices and spec.vertices_per_unit is not None:
        said.append(f"{shown(spec.vertices_per_unit)} points in each unit")
    if spec.attribute_s:
        said.append(f"{shown(spec.attribute_s)} s for attributes")
    said.append(f"{shown(half_up(decimal_of(seconds), CENT))} s at {shown_money(wage)} an hour")
    return f"{', '.join(said)}; {reserve_words(rates)}"
