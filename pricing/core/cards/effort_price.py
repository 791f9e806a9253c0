"""The price of a specification by effort: labour, review, reserves, rush, expertise, set-up, and the fee."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any

from pricing.core.cards.choices import quality_of, rush_of
from pricing.core.cards.components import Job
from pricing.core.cards.effort import EffortRates, TypeEffort, read_rates
from pricing.core.cards.lines import PricedLine, shown, shown_money
from pricing.core.cards.pay import Pay, PayTerms
from pricing.core.cards.rounding import half_up
from pricing.core.cards.spec import Spec

FIELDS = frozenset(
    {
        "annotation_type",
        "n_assets",
        "units_per_asset",
        "vertices_per_unit",
        "attribute_s",
        "complexity",
        "replicas",
        "quality_level",
        "margin",
        "target_confidence",
        "min_overlap",
        "max_overlap",
        "accuracy",
        "review_share",
        "reviewed_by",
        "gold_share",
        "rush",
        "turnaround",
        "deadline_share",
        "expertise",
        "integration",
        "wage_per_hour",
        "country",
        "used_units",
        "free_units",
    }
)


@dataclass(frozen=True)
class EffortPrice:
    """The part of a card that prices work by its seconds."""

    rates: EffortRates

    @property
    def fields(self) -> frozenset[str]:
        """Return everything that drives this price."""
        return FIELDS

    @property
    def annotation_types(self) -> frozenset[str]:
        """Return the types whose seconds are known."""
        return frozenset(self.rates.types)

    def lines(self, job: Job) -> list[PricedLine]:
        """Return the lines, each rounded to the cent; those of drivers that were not asked for are left out."""
        work = _work_of(job.spec, self.rates.types[str(job.annotation_type)], self.rates)
        people = [*_basic_lines(work, self.rates)]
        if job.spec.expertise is not None:
            people.append(_expertise_line(work, job.spec.expertise))
        people.append(PricedLine("rush", half_up(work.terms.rush * _sum(people)), {"share": shown(work.terms.rush)}))
        return [*people, *self._set_up_lines(job.spec), self._fee_line(work, _sum(people), job.spec)]

    def _fee_line(self, work: "_Work", spent: Decimal, spec: Spec) -> PricedLine:
        by_unit, by_asset = (
            self.rates.fee_share(volume, used=spec.used_units, free=spec.free_units)
            for volume in (work.volume, work.answers)
        )
        # Attributes are work by the asset: counted by the unit, more objects could make their fee fall faster than the
        # work rises.
        share = by_unit + work.attribute_part * (by_asset - by_unit)
        detail = {
            "share": shown(share.quantize(Decimal("0.000001"))),
            "units": shown(work.volume),
            "unit": work.unit,
            "used_units": spec.used_units,
            "free_units": spec.free_units,
        }
        return PricedLine("fee", half_up(spent * share), detail)

    def _set_up_lines(self, spec: Spec) -> list[PricedLine]:
        return [
            PricedLine(name, half_up(n * work.price), {"n": n, "unit": work.unit, "each": shown_money(work.price)})
            for name, (n, work) in self.rates.set_up(spec.integration).items()
        ]


def read_effort_price(given: Mapping[str, Any], path: str) -> EffortPrice:
    """Return the part of a card by effort."""
    return EffortPrice(read_rates(given, path))


# --- what the lines rest on -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Work:
    """How much work there is, and what a piece of it pays.

    Attributes
    ----------
    reserved : share of the labour that is set aside beside it.
    attribute_part : of the seconds, those for attributes of the asset as a whole.
    volume : units that the fee counts.
    """

    factors: dict[str, str]
    answers: Decimal
    n_reviews: Decimal
    reviewed_by: str
    reward: Pay
    review: Pay
    gold_share: Decimal
    reserved: Decimal
    attribute_part: Decimal
    volume: Decimal
    unit: str
    terms: PayTerms


def _work_of(spec: Spec, kind: TypeEffort, rates: EffortRates) -> _Work:
    quality = quality_of(spec, kind, rates)
    units = Decimal(1) if spec.units_per_asset is None else spec.units_per_asset
    at_median = kind.seconds(units, vertices=spec.vertices_per_unit) + spec.attribute_s
    seconds = spec.complexity * at_median
    wage = rates.wage_in(spec.country, wanted=spec.wage_per_hour)
    terms = PayTerms(wage, rates.pay_step, rates.expert(spec.expertise).times(wage), rush_of(spec, rates))
    review = terms.pay_for(kind.review_part * seconds, times=rates.reviewers[quality.reviewed_by])
    n_assets: int = spec.require("n_assets")
    return _Work(
        factors={"seconds": shown(seconds), "complexity": shown(spec.complexity), "wage_per_hour": shown_money(wage)},
        answers=n_assets * quality.replicas,
        n_reviews=_up(quality.review_share * n_assets) if review.base else Decimal(0),
        reviewed_by=quality.reviewed_by,
        reward=terms.pay_for(seconds),
        review=review,
        gold_share=spec.gold_share,
        reserved=rates.reserve_share + spec.gold_share,
        attribute_part=spec.attribute_s / at_median if at_median else Decimal(0),
        volume=kind.fee_units(units) * n_assets * quality.replicas,
        unit=kind.unit,
        terms=terms,
    )


def _basic_lines(work: _Work, rates: EffortRates) -> Iterator[PricedLine]:
    labour = work.reward.base * work.answers
    reward = {"answers": shown(work.answers), "each": shown_money(work.reward.base)}
    yield PricedLine("labour", half_up(labour), reward | work.factors)
    reviews = {"reviews": shown(work.n_reviews), "each": shown_money(work.review.base)}
    amount = half_up(work.review.base * work.n_reviews)
    yield PricedLine("review", amount, reviews | {"reviewed_by": work.reviewed_by})
    yield PricedLine("rework", half_up(rates.reserve_share * labour), {"share": shown(rates.reserve_share)})
    if work.gold_share:
        yield PricedLine("gold", half_up(work.gold_share * labour), {"share": shown(work.gold_share)})


def _expertise_line(work: _Work, field: str) -> PricedLine:
    """Return what people of a field are paid more, in labour, reserves and reviews."""
    answers = (work.reward.expert - work.reward.base) * work.answers * (1 + work.reserved)
    reviews = (work.review.expert - work.review.base) * work.n_reviews
    times = shown(work.terms.expertise_times.quantize(Decimal("0.0001")))
    return PricedLine("expertise", half_up(answers + reviews), {"field": field, "times": times})


def _sum(lines: list[PricedLine]) -> Decimal:
    return sum((line.amount for line in lines), Decimal(0))


def _up(amount: Decimal) -> Decimal:
    return amount.to_integral_value(rounding=ROUND_CEILING)
