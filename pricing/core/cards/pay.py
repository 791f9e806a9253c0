"""What an answer pays: seconds at a wage, more for a field's people, and rush on top in full."""

from dataclasses import dataclass
from decimal import Decimal

from marketplace.operations.core.money import MICROS
from pricing.core.cards.effort import HOUR_S, EffortRates
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
    expertise_times : factor on the pay of people of a field, at least 1.
    rush : share on top, 0 or more.
    """

    wage_per_hour: Decimal
    step: Decimal
    expertise_times: Decimal = Decimal(1)
    rush: Decimal = Decimal(0)

    @classmethod
    def of(cls, rates: EffortRates, *, expertise: str | None = None, rush: Decimal = Decimal(0)) -> "PayTerms":
        """Return the terms of a card's rates."""
        wage = rates.wage_in()
        return cls(wage, rates.pay_step, rates.expert(expertise).times(wage), rush)

    def pay_for(self, effort_s: Decimal, *, times: Decimal = Decimal(1)) -> Pay:
        """Return the pay for so many seconds; `times` is a factor of its own, such as that of senior reviewers."""
        base = up_to(up_to(self.wage_per_hour * effort_s / HOUR_S, self.step) * times, self.step)
        expert = up_to(base * self.expertise_times, self.step)
        return Pay(base, expert, up_to(expert * (1 + self.rush), MICRO))
