"""The price walk of a job: over the total that is expected, not over the cap."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from marketplace.operations.core.money import MICROS
from pricing.core.cards.effort import EffortRates
from pricing.core.cards.lines import shown, shown_money
from pricing.core.cards.rounding import CENT, half_up
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
from pricing.core.effort import EFFORT_RATES
from pricing.core.quote import Price, QuoteInput, price

# The members that state each driver, in the order in which the drivers are applied; all others are in the plainest job.
APPLIED: dict[str, tuple[str, ...]] = {
    "annotation_type": (),
    "complexity": ("effort_s", "look_s", "aided_effort_s", "review_effort_s"),
    "quality": ("n_gold", "min_overlap", "max_overlap", "target_confidence", "review_share", "reviewed_by"),
    "expertise": ("expertise",),
    "turnaround": ("rush",),
    "integration": ("integration",),
    "volume": ("used_units",),
}


@dataclass(frozen=True)
class Walked:
    """A job that was priced.

    Attributes
    ----------
    at_median : the same with the seconds of images of median complexity.
    kappa : what the images' complexity multiplies seconds by.
    turnaround : named speed that was asked for.
    """

    subject: QuoteInput
    at_median: QuoteInput
    annotation_type: str
    kappa: Decimal
    turnaround: str | None = None


def job_walk(job: Walked, priced: Price, rates: EffortRates, *, currency: str) -> tuple[Driver, ...]:
    """Return what each driver adds to the expected total of a job that was priced by these rates."""

    def total(subject: QuoteInput, by: EffortRates) -> Decimal:
        as_asked = subject == job.subject and by is rates
        found = priced if as_asked else price(subject, by, currency=currency)
        return Decimal(found.expected_micros) / MICROS

    # Nothing is reviewed, whoever would.
    plainest = replace(
        job.at_median,
        n_gold=0,
        min_overlap=1,
        max_overlap=1,
        review_share=Decimal(0),
        expertise=None,
        rush=Decimal(0),
        integration={},
        used_units=0,
    )
    details = _details(job, priced, rates)
    return walk(APPLIED, plainest=plainest, asked=job.subject, rates=rates, price=total, details=details)


def _details(job: Walked, priced: Price, rates: EffortRates) -> Mapping[str, str]:
    asked = job.subject
    return {
        "annotation_type": _type_words(job, priced.terms.wage_per_hour, rates),
        "complexity": complexity_words(job.kappa),
        "quality": quality_words(
            priced.expected_answers,
            review_share=asked.review_share,
            reviewed_by=asked.reviewed_by,
            gold_share=rates.gold_share if asked.n_gold else Decimal(0),
        ),
        "expertise": expertise_words(asked.expertise, priced.terms.expertise_times),
        "turnaround": rush_words(asked.rush, named=job.turnaround),
        "integration": integration_words(asked.integration, rates),
        "volume": volume_words(
            Decimal(priced.fee_ppm) / MICROS, rates, units=f"{priced.fee_units} units", used=asked.used_units
        ),
    }


def _type_words(job: Walked, wage: Decimal, rates: EffortRates) -> str:
    plain = job.at_median
    said = [f"{job.annotation_type}: {plain.n_assets} tasks"]
    if EFFORT_RATES[job.annotation_type].per_unit_s > 0:
        said.append(f"{_short(plain.units_per_asset)} objects in each")
    said.append(f"{_short(plain.effort_s)} s at {shown_money(wage)} an hour")
    if plain.n_aided:
        said.append(f"{_short(plain.aided_effort_s)} s in {plain.n_aided} that show a pre-label")
    return f"{', '.join(said)}; {reserve_words(rates)}"


def _short(number: Decimal) -> str:
    return shown(half_up(number, CENT))
