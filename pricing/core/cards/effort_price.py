"""The price of a specification by effort: labour, review, reserves, rush, expertise, set-up, and the fee."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction
from typing import Any

from pricing.core.cards.choices import quality_of, rush_of
from pricing.core.cards.components import Job
from pricing.core.cards.effort import EffortRates, TypeEffort, read_rates
from pricing.core.cards.fee import Seconds, Stream, fee_of
from pricing.core.cards.lines import PricedLine, shown, shown_money
from pricing.core.cards.pay import Pay, PayTerms
from pricing.core.cards.rounding import MILLIONTH, decimal_of, half_up, shares_of_rounded
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
        """Return the lines in whole minor units; those of drivers that were not asked for are left out."""
        work = _work_of(job.spec, self.rates.types[str(job.annotation_type)], self.rates)
        people = [*_basic_parts(work)]
        if job.spec.expertise is not None:
            people.append(_expertise_part(work, job.spec.expertise))
        rush = Fraction(work.terms.rush)
        people.append(_Part("rush", rush * _sum(people), {"share": shown(work.terms.rush)}))
        parts = [*people, *self._set_up_parts(job), self._fee_part(work, _sum(people), job.spec)]
        return _rounded(parts, job.minor_unit)

    def _fee_part(self, work: "_Work", spent: Fraction, spec: Spec) -> "_Part":
        fee = fee_of(
            work.streams,
            self.rates.fee,
            objects=Fraction(work.objects),
            used=spec.used_units,
            charged=max(Fraction(0), 1 - Fraction(spec.free_units) / Fraction(work.volume)),
        ) * (1 + Fraction(work.terms.rush))
        detail = {
            "share": shown(half_up(decimal_of(fee / spent if spent else fee), MILLIONTH)),
            "units": shown(work.volume),
            "unit": work.unit,
            "used_units": spec.used_units,
            "free_units": spec.free_units,
        }
        return _Part("fee", fee, detail, work.volume)

    def _set_up_parts(self, job: Job) -> list["_Part"]:
        return [
            _Part(
                name,
                Fraction(half_up(n * work.price, job.minor_unit)),
                {"n": n, "unit": work.unit, "each": shown_money(work.price)},
            )
            for name, (n, work) in self.rates.set_up(job.spec.integration).items()
        ]


def read_effort_price(given: Mapping[str, Any], path: str) -> EffortPrice:
    """Return the part of a card by effort."""
    return EffortPrice(read_rates(given, path))


# --- what the lines rest on -----------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Part:
    """A line before it is rounded."""

    name: str
    amount: Fraction
    detail: dict[str, Any]
    units: Decimal | None = None


@dataclass(frozen=True)
class _Work:
    """How much work there is, and what a piece of it pays.

    Attributes
    ----------
    reserve_share : of the labour, set aside beside it.
    objects, volume : in an asset and in all, that the fee counts.
    streams : answers with what is set aside, and reviews.
    """

    factors: dict[str, str]
    answers: Decimal
    n_reviews: Decimal
    reviewed_by: str
    reward: Pay
    review: Pay
    gold_share: Decimal
    reserve_share: Decimal
    objects: Decimal
    volume: Decimal
    unit: str
    terms: PayTerms
    streams: tuple[Stream, ...]


def _work_of(spec: Spec, kind: TypeEffort, rates: EffortRates) -> _Work:
    quality = quality_of(spec, kind, rates)
    units = units_of(spec)
    seconds = seconds_of(spec, kind, units)
    wage = rates.wage_in(spec.country, wanted=spec.wage_per_hour)
    terms = PayTerms.of(rates, wage=wage, expertise=spec.expertise, rush=rush_of(spec, rates))
    times = rates.reviewers[quality.reviewed_by]
    review_s = seconds.times(Fraction(kind.review_part))
    reward, review = terms.pay_for(seconds.total), terms.pay_for(review_s.total, times=times)
    n_assets: int = spec.require("n_assets")
    answers, n_reviews = (
        n_assets * quality.replicas,
        _up(quality.review_share * n_assets) if review.base else Decimal(0),
    )
    with_reserves = 1 + Fraction(rates.reserve_share) + Fraction(spec.gold_share)
    streams = [terms.stream(seconds, pieces=Fraction(answers) * with_reserves, per_asset=with_reserves)]
    if times:
        share = Fraction(quality.review_share)
        streams.append(terms.stream(review_s, pieces=Fraction(n_reviews), per_asset=share, times=times))
    objects = kind.fee_units(units)
    return _Work(
        factors={
            "seconds": shown(decimal_of(seconds.total)),
            "complexity": shown(spec.complexity),
            "wage_per_hour": shown_money(wage),
        },
        answers=answers,
        n_reviews=n_reviews,
        reviewed_by=quality.reviewed_by,
        reward=reward,
        review=review,
        gold_share=spec.gold_share,
        reserve_share=rates.reserve_share,
        objects=objects,
        volume=objects * answers,
        unit=kind.unit,
        terms=terms,
        streams=tuple(streams),
    )


def units_of(spec: Spec) -> Decimal:
    """Return the objects in an asset."""
    return Decimal(1) if spec.units_per_asset is None else spec.units_per_asset


def seconds_of(spec: Spec, kind: TypeEffort, units: Decimal) -> Seconds:
    """Return what an answer takes."""
    look, said = Fraction(kind.per_asset_s), Fraction(spec.attribute_s)
    drawn = kind.per_object_s(spec.vertices_per_unit) * Fraction(units)
    return Seconds(look + drawn + said, look, said).times(Fraction(spec.complexity))


def _basic_parts(work: _Work) -> Iterator[_Part]:
    labour = Fraction(work.reward.base) * Fraction(work.answers)
    reward = {"answers": shown(work.answers), "each": shown_money(work.reward.base)}
    yield _Part("labour", labour, reward | work.factors)
    reviews = {"reviews": shown(work.n_reviews), "each": shown_money(work.review.base)}
    amount = Fraction(work.review.base) * Fraction(work.n_reviews)
    yield _Part("review", amount, reviews | {"reviewed_by": work.reviewed_by})
    yield _Part("rework", Fraction(work.reserve_share) * labour, {"share": shown(work.reserve_share)})
    if work.gold_share:
        yield _Part("gold", Fraction(work.gold_share) * labour, {"share": shown(work.gold_share)})


def _expertise_part(work: _Work, field: str) -> _Part:
    """Return what people of a field are paid more, in labour, reserves and reviews."""
    reserved = 1 + Fraction(work.reserve_share) + Fraction(work.gold_share)
    answers = Fraction(work.reward.expert - work.reward.base) * Fraction(work.answers) * reserved
    reviews = Fraction(work.review.expert - work.review.base) * Fraction(work.n_reviews)
    times = shown(work.terms.expertise_times.quantize(Decimal("0.0001")))
    return _Part("expertise", answers + reviews, {"field": field, "times": times})


def _rounded(parts: list[_Part], minor_unit: Decimal) -> list[PricedLine]:
    units = shares_of_rounded([part.amount for part in parts], Fraction(minor_unit))
    return [
        PricedLine(part.name, n * minor_unit, part.detail, part.units) for part, n in zip(parts, units, strict=True)
    ]


def _sum(parts: list[_Part]) -> Fraction:
    return sum((part.amount for part in parts), Fraction(0))


def _up(amount: Decimal) -> Decimal:
    return amount.to_integral_value(rounding=ROUND_CEILING)
