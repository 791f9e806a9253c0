"""What people are paid in a job, as is expected and at most: answers, reviews, gold and reserves, in fractions."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from math import ceil
from typing import Literal

from pricing.core.cards.effort import EffortRates
from pricing.core.cards.fee import Seconds, Stream, fee_of
from pricing.core.cards.pay import Pay, PayTerms

# What is paid to people, each from a budget of its own.
BUDGETS = ("labour", "late_reserve", "review", "gold")
Stage = Literal["base", "expert", "final"]


@dataclass(frozen=True)
class QuoteInput:
    """What is to be priced.

    Attributes
    ----------
    n_assets : whose labels are bought.
    n_gold : assets beside those whose labels are known; they are shown to workers to learn how good they are.
    effort_s : seconds one answer takes.
    look_s : of these, the ones that an asset takes whatever is in there; of other work they are as large a part.
    n_aided, aided_effort_s : of the assets, those shown with a pre-label, and the seconds that an answer takes there.
    review_effort_s : seconds one review takes.
    review_share : reviews per asset, 0 to 1.
    reviewed_by : `peer`, `senior` or `requester`, who is not paid.
    units_per_asset : objects expected in an asset, at least 1 for the fee's volume.
    expertise : field of the card whose people work.
    rush : share of the pay on top.
    integration : how much of which set-up work of the card.
    used_units : units that the fee's tiers have counted already in the period.
    """

    n_assets: int
    n_gold: int
    effort_s: Decimal
    units_per_asset: Decimal
    min_overlap: int
    max_overlap: int
    target_confidence: Decimal
    look_s: Decimal = Decimal(0)
    n_aided: int = 0
    aided_effort_s: Decimal = Decimal(0)
    review_effort_s: Decimal = Decimal(0)
    review_share: Decimal = Decimal(0)
    reviewed_by: str = "peer"
    expertise: str | None = None
    rush: Decimal = Decimal(0)
    integration: Mapping[str, int] = field(default_factory=dict)
    used_units: int = 0


@dataclass(frozen=True)
class Part:
    """A line before it is rounded, and its cap in minor units of the currency."""

    name: str
    expected: Fraction
    cap_units: int


@dataclass(frozen=True)
class Payroll:
    """All that people are paid in a job.

    Attributes
    ----------
    answers : to a task, that are expected.
    gold_share : of the answers, as many on top to tasks of known answer.
    """

    subject: QuoteInput
    terms: PayTerms
    answers: Fraction
    pay: Pay
    aided: Pay
    review: Pay
    review_times: Decimal
    reserve_share: Fraction
    gold_share: Fraction
    minor_unit: Fraction

    @classmethod
    def of(cls, subject: QuoteInput, rates: EffortRates, *, answers: Decimal, minor_unit: Fraction) -> "Payroll":
        """Return what is paid by a card's rates."""
        terms = PayTerms.of(rates, expertise=subject.expertise, rush=subject.rush)
        times = rates.reviewers[subject.reviewed_by]
        return cls(
            subject=subject,
            terms=terms,
            answers=Fraction(answers),
            pay=terms.pay_for(subject.effort_s),
            aided=terms.pay_for(subject.aided_effort_s),
            review=terms.pay_for(subject.review_effort_s, times=times),
            review_times=times,
            reserve_share=Fraction(rates.reserve_share),
            gold_share=Fraction(rates.gold_share) if subject.n_gold else Fraction(0),
            minor_unit=minor_unit,
        )

    @cached_property
    def n_reviews(self) -> int:
        """Return the reviews that are paid."""
        return ceil(self.subject.review_share * self.subject.n_assets) if self.review.base else 0

    @property
    def objects(self) -> Fraction:
        """Return the objects in an asset that the fee's volume counts."""
        return max(Fraction(1), Fraction(self.subject.units_per_asset))

    @cached_property
    def hurry(self) -> Fraction:
        """Return what rush multiplies pay by."""
        return 1 + Fraction(self.terms.rush)

    @property
    def expected(self) -> Fraction:
        """Return what people are expected to be paid."""
        return self.hurry * sum(self._of_experts.values())

    @cached_property
    def _of_experts(self) -> dict[str, Fraction]:
        return self._expected("expert")

    def caps(self, stage: Stage) -> dict[str, int]:
        """Return what may be paid from each budget at most, at a stage of the pay, in minor units."""
        once, gold = self._once(stage)
        most = self.subject.max_overlap
        # Any of the reviews may turn out an adjudication, which is paid as an answer.
        review = max(_at(self.pay, stage), _at(self.review, stage))
        caps = {
            "labour": once * most,
            "late_reserve": self.reserve_share * once * most,
            "review": review * self.n_reviews,
            "gold": gold * most,
        }
        return {name: ceil(amount / self.minor_unit) for name, amount in caps.items()}

    def parts(self) -> list[Part]:
        """Return the lines; those of drivers that were not asked for are left out."""
        base, expert = self._expected("base"), sum(self._of_experts.values(), Fraction(0))
        least, caps, most = self.caps("base"), sum(self.caps("expert").values()), sum(self.caps("final").values())
        found = [Part(name, base[name], least[name]) for name in BUDGETS]
        found = [part for part in found if part.cap_units or part.name in {"labour", "late_reserve"}]
        if self.subject.expertise:
            found.append(Part("expertise", expert - sum(base.values()), caps - sum(least.values())))
        if self.subject.rush:
            found.append(Part("rush", (self.hurry - 1) * expert, most - caps))
        return found

    def fee(self, rates: EffortRates) -> Fraction:
        """Return the fee on what is expected."""
        streams = [self._answers, *self._reviews]
        streams += [self._aided] if self.subject.n_aided else []
        return self.hurry * fee_of(streams, rates.fee, objects=self.objects, used=self.subject.used_units)

    @property
    def dearest(self) -> Fraction:
        """Return a price that no object exceeds: alone in its asset, answered as often as may be."""
        answer = self._answers.dearest(self.objects)
        checked = [stream.dearest(self.objects) for stream in self._reviews]
        # An adjudication again.
        checked += [Fraction(self.subject.review_share) * answer / self._per_asset for _ in checked]
        return self.hurry * (self.subject.max_overlap * answer + max(checked, default=Fraction(0)))

    def _once(self, stage: Stage) -> tuple[Fraction, Fraction]:
        """Return what is paid where every asset is answered once, and beside it for gold."""
        asked, pay = self.subject, _at(self.pay, stage)
        once = pay * (asked.n_assets - asked.n_aided) + _at(self.aided, stage) * asked.n_aided
        return once, self.gold_share * pay * asked.n_assets

    def _expected(self, stage: Stage) -> dict[str, Fraction]:
        once, gold = self._once(stage)
        return {
            "labour": once * self.answers,
            "late_reserve": self.reserve_share * once * self.answers,
            "review": _at(self.review, stage) * self.n_reviews,
            "gold": gold * self.answers,
        }

    @property
    def _per_asset(self) -> Fraction:
        return 1 + self.reserve_share + self.gold_share

    @cached_property
    def _answers(self) -> Stream:
        asked = self.subject
        pieces = (1 + self.reserve_share) * (asked.n_assets - asked.n_aided) + self.gold_share * asked.n_assets
        return self.terms.stream(self._seconds(asked.effort_s), pieces=self.answers * pieces, per_asset=self._per_asset)

    @property
    def _aided(self) -> Stream:
        # The price of an object is that of one without a pre-label: were it a mean, more assets could lower it.
        pieces = self.answers * (1 + self.reserve_share) * self.subject.n_aided
        return self.terms.stream(self._seconds(self.subject.aided_effort_s), pieces=pieces, per_asset=Fraction(0))

    @cached_property
    def _reviews(self) -> list[Stream]:
        if not self.review_times:
            return []
        seconds, share = self._seconds(self.subject.review_effort_s), Fraction(self.subject.review_share)
        pieces = Fraction(self.n_reviews)
        return [self.terms.stream(seconds, pieces=pieces, per_asset=share, times=self.review_times)]

    def _seconds(self, total: Decimal) -> Seconds:
        asked = self.subject
        look = Fraction(asked.look_s) / Fraction(asked.effort_s) if asked.effort_s else Fraction(0)
        return Seconds(Fraction(total), look * Fraction(total))


def _at(pay: Pay, stage: Stage) -> Fraction:
    return Fraction({"base": pay.base, "expert": pay.expert, "final": pay.final}[stage])
