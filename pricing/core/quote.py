"""From effort to price: labour, reviews, reserves, drivers, a fee by volume. Exact inside, micro-units out.

All rates are those of a card. Volume lowers the fee only, never what workers are paid; rush reaches them in full. A
price never falls where there is more of anything: see `pricing/core/cards/fee.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from marketplace.operations.core.currencies import USUAL_CURRENCY, minor_unit_micros
from marketplace.operations.core.money import MICROS
from pricing.core.cards.effort import EffortRates
from pricing.core.cards.fee import fee_at
from pricing.core.cards.pay import PayTerms
from pricing.core.cards.rounding import shares_of_rounded
from pricing.core.overlap import expected_overlap
from pricing.core.payroll import BUDGETS, Part, Payroll, QuoteInput

__all__ = ["BUDGETS", "Line", "Price", "QuoteInput", "price"]


@dataclass(frozen=True)
class Line:
    """One line of a quote in micro-units, whole cents or what the currency has: what is expected, and the cap."""

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


def price(subject: QuoteInput, rates: EffortRates, *, currency: str = USUAL_CURRENCY) -> Price:
    """Price a job by a card's rates in the card's currency; the cap covers `max_overlap` answers to every task."""
    answers = expected_overlap(
        rates.assumed_accuracy,
        target=subject.target_confidence,
        min_overlap=subject.min_overlap,
        max_overlap=subject.max_overlap,
    )
    micros = minor_unit_micros(currency)
    unit = Fraction(micros, MICROS)
    paid = Payroll.of(subject, rates, answers=answers, minor_unit=unit)
    parts, caps = paid.parts(), paid.caps("final")
    set_up, fee = _set_up(subject, rates, unit), paid.fee(rates)
    # The cap takes the share of one answer each: were it to fall as more answers are expected, asking for more would
    # lower the cap. And every object is taken to cost what one does that is alone in its asset.
    most = sum(caps.values()) * unit
    fee_cap = fee_at(most, paid.dearest, rates.fee, used=subject.used_units)
    share = min(fee / paid.expected, fee_cap / most) if paid.expected else rates.first_fee(used=subject.used_units)
    return Price(
        pay_micros=paid.pay.micros,
        aided_pay_micros=paid.aided.micros if subject.n_aided else 0,
        review_pay_micros=paid.review.micros,
        lines=_rounded([*parts, *set_up, Part("fee", fee, ceil(fee_cap / unit))], micros),
        budgets={name: cap * micros for name, cap in caps.items()},
        set_up_micros=sum(part.cap_units for part in set_up) * micros,
        fee_ppm=floor(share * MICROS),
        fee_units=ceil(paid.objects * subject.n_assets * paid.answers),
        expected_answers=answers,
        terms=paid.terms,
    )


def _set_up(subject: QuoteInput, rates: EffortRates, unit: Fraction) -> list[Part]:
    found = []
    for name, (n, work) in rates.set_up(subject.integration).items():
        units = floor(n * Fraction(work.price) / unit + Fraction(1, 2))
        found.append(Part(name, units * unit, units))
    return found


def _rounded(parts: Sequence[Part], micros: int) -> tuple[Line, ...]:
    expected = shares_of_rounded(
        [part.expected for part in parts], Fraction(micros, MICROS), most=[part.cap_units for part in parts]
    )
    return tuple(Line(part.name, n * micros, part.cap_units * micros) for part, n in zip(parts, expected, strict=True))
