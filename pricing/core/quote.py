"""From effort to price: labour, reviews, reserves, drivers, a fee by volume. Decimal inside, micro-units out.

All rates are those of a card. Volume lowers the fee only, never what workers are paid; rush reaches them in full.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from math import ceil

from marketplace.operations.core.money import MICROS, half_up_cent, up_to_cent
from pricing.core.cards.effort import EffortRates
from pricing.core.cards.pay import Pay, PayTerms
from pricing.core.overlap import expected_overlap

PPM = Decimal("0.000001")
# What is paid to people, each from a budget of its own.
BUDGETS = ("labour", "late_reserve", "review", "gold")


@dataclass(frozen=True)
class QuoteInput:
    """What is to be priced.

    Attributes
    ----------
    n_assets : whose labels are bought.
    n_gold : assets beside those whose labels are known; they are shown to workers to learn how good they are.
    effort_s : seconds one answer takes.
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
class Line:
    """One line of a quote in micro-units: what is expected to the nearest cent, the cap up to the next."""

    name: str
    expected_micros: int
    cap_micros: int


@dataclass(frozen=True)
class Price:
    """A priced job.

    Attributes
    ----------
    pay_micros, aided_pay_micros, review_pay_micros : for an answer, one with a pre-label, a review; rush included.
    lines : they sum to the total; `expertise` and `rush` hold what these add to all that people are paid.
    budgets : what may be paid to people at most for each of `BUDGETS`, expertise and rush included.
    set_up_micros : for set-up work of ours.
    fee_ppm : the fee in millionths of what people are paid.
    fee_units : units that the fee's tiers count for this job.
    """

    pay_micros: int
    aided_pay_micros: int
    review_pay_micros: int
    lines: tuple[Line, ...]
    budgets: Mapping[str, int]
    set_up_micros: int
    fee_ppm: int
    fee_units: int
    expected_answers: Decimal
    terms: PayTerms

    def line(self, name: str) -> Line:
        """Return the line of that name; one of nothing where the price has none."""
        return next((line for line in self.lines if line.name == name), Line(name, 0, 0))

    @property
    def expected_micros(self) -> int:
        """Return the total with the answers that are expected."""
        return sum(line.expected_micros for line in self.lines)

    @property
    def cap_micros(self) -> int:
        """Return the total that is never exceeded."""
        return sum(line.cap_micros for line in self.lines)


def price(subject: QuoteInput, rates: EffortRates) -> Price:
    """Price a job by a card's rates; the cap covers `max_overlap` answers to every task."""
    terms = PayTerms.of(rates, expertise=subject.expertise, rush=subject.rush)
    answers = expected_overlap(
        rates.assumed_accuracy,
        target=subject.target_confidence,
        min_overlap=subject.min_overlap,
        max_overlap=subject.max_overlap,
    )
    pay, aided = terms.pay_for(subject.effort_s), terms.pay_for(subject.aided_effort_s)
    review = terms.pay_for(subject.review_effort_s, times=rates.reviewers[subject.reviewed_by])
    n_reviews = ceil(subject.review_share * subject.n_assets) if review.base else 0

    def paid(stage: Callable[[Pay], Decimal]) -> list[Line]:
        """Return what people are paid at a stage of their pay."""
        once = stage(pay) * (subject.n_assets - subject.n_aided) + stage(aided) * subject.n_aided
        shown = rates.gold_share if subject.n_gold else Decimal(0)
        most = Decimal(subject.max_overlap)
        return [
            _line("labour", once, answers, most),
            _line("late_reserve", rates.reserve_share * once, answers, most),
            # Any of the reviews may turn out an adjudication, which is paid as an answer.
            Line(
                "review",
                half_up_cent(stage(review) * n_reviews),
                up_to_cent(max(stage(pay), stage(review)) * n_reviews),
            ),
            _line("gold", shown * stage(pay) * subject.n_assets, answers, most),
        ]

    base, expert, final = paid(lambda each: each.base), paid(lambda each: each.expert), paid(lambda each: each.final)
    lines = [line for line in base if line.cap_micros or line.name in {"labour", "late_reserve"}]
    lines += [_difference("expertise", expert, base)] if subject.expertise else []
    lines += [_difference("rush", final, expert)] if subject.rush else []
    units = subject.n_assets * max(Decimal(1), subject.units_per_asset)
    # The fee's share is that of the expected volume; more answers than expected never raise it. The cap takes the share
    # of one answer each: were it to fall as more answers are expected, asking for more would lower the cap.
    share = rates.fee_share(units * answers, used=subject.used_units).quantize(PPM)
    most = rates.fee_share(units, used=subject.used_units).quantize(PPM)
    fee = Line(
        "fee",
        half_up_cent(share * _whole(sum(line.expected_micros for line in lines))),
        up_to_cent(most * _whole(sum(line.cap_micros for line in lines))),
    )
    set_up = [
        Line(name, half_up_cent(n * work.price), half_up_cent(n * work.price))
        for name, (n, work) in rates.set_up(subject.integration).items()
    ]
    return Price(
        pay_micros=pay.micros,
        aided_pay_micros=aided.micros if subject.n_aided else 0,
        review_pay_micros=review.micros,
        lines=(*lines, *set_up, fee),
        budgets={line.name: line.cap_micros for line in final},
        set_up_micros=sum(line.cap_micros for line in set_up),
        fee_ppm=int(share * 1_000_000),
        fee_units=ceil(units * answers),
        expected_answers=answers,
        terms=terms,
    )


def _line(name: str, per_answer: Decimal, expected: Decimal, most: Decimal) -> Line:
    return Line(name, half_up_cent(per_answer * expected), up_to_cent(per_answer * most))


def _difference(name: str, more: list[Line], less: list[Line]) -> Line:
    """Return the line of what is paid more; cents that only rounding makes are not expected above the cap."""
    expected = sum(line.expected_micros for line in more) - sum(line.expected_micros for line in less)
    cap = sum(line.cap_micros for line in more) - sum(line.cap_micros for line in less)
    return Line(name, max(0, min(expected, cap)), cap)


def _whole(micros: int) -> Decimal:
    return Decimal(micros) / MICROS
