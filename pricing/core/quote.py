"""From effort to price: labour, reviews, reserves, a fee by volume. Decimal inside, micro-units out.

Volume lowers the fee only, never what workers are paid.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from math import ceil

from marketplace.operations.core.money import MICROS, half_up_cent, up_to_cent
from pricing.core.overlap import expected_overlap

# Prolific's recommended pay in US dollars an hour (researcher help pages), and the lowest we let an answer come to.
WAGE_PER_HOUR = Decimal("12.00")
RESERVE_SHARE = Decimal("0.05")
# Answers to gold beside the answers bought, at most: it is drawn more often for new workers than for known ones.
GOLD_SHARE = Decimal("0.10")
# Marginal fee tiers: share of the spend up to so many units (assets x objects x answers).
FEE_TIERS: tuple[tuple[int | None, Decimal], ...] = (
    (50_000, Decimal("0.20")),
    (1_000_000, Decimal("0.15")),
    (None, Decimal("0.10")),
)
# Accuracy of a single answer on which the expected number of answers rests; an assumption, and shown as one.
ASSUMED_ACCURACY = Decimal("0.85")


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
    reviews_paid : whether whoever reviews is paid.
    units_per_asset : objects expected in an asset, at least 1 for the fee's volume.
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
    reviews_paid: bool = True

    @property
    def n_reviews(self) -> int:
        """Return the reviews that are paid for, a started one included."""
        return ceil(self.review_share * self.n_assets) if self.reviews_paid else 0


@dataclass(frozen=True)
class Line:
    """One line of a quote in micro-units: what is expected to the nearest cent, the cap up to the next."""

    name: str
    expected_micros: int
    cap_micros: int


@dataclass(frozen=True)
class Price:
    """A priced job: pay for an answer, one with a pre-label and a review, lines, the fee in millionths of the spend."""

    pay_micros: int
    aided_pay_micros: int
    review_pay_micros: int
    lines: tuple[Line, ...]
    fee_ppm: int
    expected_answers: Decimal

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


def pay_for(effort_s: Decimal, *, wage_per_hour: Decimal = WAGE_PER_HOUR) -> Decimal:
    """Return the pay for one answer in whole units, up to the next tenth of a cent."""
    return (wage_per_hour * effort_s / 3600).quantize(Decimal("0.001"), rounding=ROUND_CEILING)


def fee_share(units: Decimal, tiers: Sequence[tuple[int | None, Decimal]] = FEE_TIERS) -> Decimal:
    """Return the fee as a share, marginal tiers weighted by the units that fall into each."""
    weighted, lower = Decimal(0), Decimal(0)
    for bound, share in tiers:
        upper = units if bound is None else min(units, Decimal(bound))
        weighted += max(Decimal(0), upper - lower) * share
        lower = max(lower, upper)
    return weighted / units if units else tiers[0][1]


def price(subject: QuoteInput) -> Price:
    """Price a job; the cap covers `max_overlap` answers to every task."""
    pay = pay_for(subject.effort_s)
    answers = expected_overlap(
        ASSUMED_ACCURACY,
        target=subject.target_confidence,
        min_overlap=subject.min_overlap,
        max_overlap=subject.max_overlap,
    )
    aided_pay = pay_for(subject.aided_effort_s)
    once = pay * (subject.n_assets - subject.n_aided) + aided_pay * subject.n_aided
    labour = _line("labour", once, answers, Decimal(subject.max_overlap))
    reserve = _line("late_reserve", RESERVE_SHARE * once, answers, Decimal(subject.max_overlap))
    shown = GOLD_SHARE if subject.n_gold else Decimal(0)
    gold = _line("gold", shown * pay * subject.n_assets, answers, Decimal(subject.max_overlap))
    review_pay = pay_for(subject.review_effort_s) if subject.reviews_paid else Decimal(0)
    # Any of the reviews may turn out an adjudication, which is paid as an answer.
    review = Line("review", half_up_cent(review_pay * subject.n_reviews), up_to_cent(pay * subject.n_reviews))
    lines = [labour, reserve]
    lines += [review] if subject.n_reviews else []
    lines += [gold] if subject.n_gold else []
    units = subject.n_assets * max(Decimal(1), subject.units_per_asset)
    # The fee's share is that of the expected volume; more answers than expected never raise it. The cap takes the share
    # of one answer each: were it to fall as more answers are expected, asking for more would lower the cap.
    share = fee_share(units * answers).quantize(Decimal("0.000001"))
    most = fee_share(units).quantize(Decimal("0.000001"))
    fee = Line(
        "fee",
        half_up_cent(share * _whole(sum(line.expected_micros for line in lines))),
        up_to_cent(most * _whole(sum(line.cap_micros for line in lines))),
    )
    return Price(
        pay_micros=int(pay * MICROS),
        aided_pay_micros=int(aided_pay * MICROS) if subject.n_aided else 0,
        review_pay_micros=int(review_pay * MICROS),
        lines=(*lines, fee),
        fee_ppm=int(share * 1_000_000),
        expected_answers=answers,
    )


def _line(name: str, per_answer: Decimal, expected: Decimal, most: Decimal) -> Line:
    return Line(name, half_up_cent(per_answer * expected), up_to_cent(per_answer * most))


def _whole(micros: int) -> Decimal:
    return Decimal(micros) / MICROS
