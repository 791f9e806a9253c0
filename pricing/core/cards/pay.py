"""What an answer pays: seconds at a wage, a higher one for a field's people, and rush on top in full."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil

from marketplace.operations.core.money import MICROS
from pricing.core.cards.effort import HOUR_S, EffortRates
from pricing.core.cards.fee import Seconds, Stream
from pricing.core.cards.rounding import up_to

MICRO = Decimal(1) / MICROS


@dataclass(frozen=True)
class Pay:
    """Pay for one piece of work at three stages, in whole units: for anybody, for a field's people, and with rush."""

    base: Decimal
    expert: Decimal
    final: Decimal

    @property
    def micros(self) -> int:
        """Return what is paid in the end, in micro-units."""
        return int(self.final * MICROS)


@dataclass(frozen=True)
class PayTerms:
    """What seconds of work are paid by.

    Attributes
    ----------
    step : pay is rounded up to a multiple of this; rush is added to the micro-unit.
    expert_wage : of an hour by people of a field, no less than anybody's.
    rush : share on top, 0 or more.
    """

    wage_per_hour: Decimal
    step: Decimal
    expert_wage: Decimal
    rush: Decimal = Decimal(0)

    @classmethod
    def of(
        cls,
        rates: EffortRates,
        *,
        wage: Decimal | None = None,
        expertise: str | None = None,
        rush: Decimal = Decimal(0),
    ) -> "PayTerms":
        """Return the terms of a card's rates, at its wage or another."""
        hourly = rates.wage_in() if wage is None else wage
        return cls(hourly, rates.pay_step, rates.expert(expertise).wage(hourly), rush)

    @property
    def expertise_times(self) -> Decimal:
        """Return how many times the wage people of a field earn."""
        return self.expert_wage / self.wage_per_hour

    def pay_for(self, effort_s: Decimal | Fraction, *, times: Decimal = Decimal(1)) -> Pay:
        """Return the pay for so many seconds; `times` is a factor on the wage, such as that of senior reviewers."""
        base, expert = (self._paid(wage * times, effort_s) for wage in (self.wage_per_hour, self.expert_wage))
        return Pay(base, expert, self.in_a_hurry(expert))

    def in_a_hurry(self, pay: Decimal) -> Decimal:
        """Return pay with rush on top."""
        return up_to(pay * (1 + self.rush), MICRO)

    def stream(self, seconds: Seconds, *, pieces: Fraction, per_asset: Fraction, times: Decimal = Decimal(1)) -> Stream:
        """Return work that is paid so, without rush; `times` is above 0."""
        wage = Fraction(self.expert_wage) * Fraction(times)
        return Stream(seconds, Fraction(self.step), HOUR_S * Fraction(self.step) / wage, pieces, per_asset)

    def _paid(self, wage: Decimal, seconds: Decimal | Fraction) -> Decimal:
        # In fractions: a quotient cut off after some digits could come to a step less.
        return self.step * ceil(Fraction(wage) * Fraction(seconds) / (HOUR_S * Fraction(self.step)))
