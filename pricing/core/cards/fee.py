"""The fee on what people are paid: its share falls with volume, and no price falls where there is more of anything.

With units at one price q each, money S is V = S / q units, and the tiers, weighted by the units in each, come to q x
C(V), where C(V) is what V units cost at the tiers' rates. Rates fall, so C is the least of lines, one for each tier j:
its rate m_j from the first unit on, and on top a_j, what the tiers before it cost more. So the price is

    S + fee = least over j of  S x (1 + m_j) + q x a_j

and never falls where neither S nor q does. Money never falls where there is more to do. The price of an object does,
where there are more objects in an asset: an asset takes its seconds once, and pay rises in steps, between which objects
come for nothing. So each tier's term is the largest of those with as many objects or fewer. Between steps of pay it
falls, so it is largest where a step begins; over the steps it is convex, for pay grows by the step and objects by the
seconds of a step, so of all steps the first two and the last are enough. All of it is exact: fractions, no rounding.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import ceil

from pricing.core.cards.tiers import Tiers


@dataclass(frozen=True)
class Seconds:
    """What a piece of work takes in an asset with so many objects: parts of it whatever is in there.

    Attributes
    ----------
    total : of the piece.
    look : of these, to look the asset over.
    attributes : of these, to say what holds of the asset as a whole; it has its price by the asset.
    """

    total: Fraction
    look: Fraction = Fraction(0)
    attributes: Fraction = Fraction(0)

    def times(self, factor: Fraction) -> "Seconds":
        """Return so many times as much work."""
        return Seconds(factor * self.total, factor * self.look, factor * self.attributes)


@dataclass(frozen=True)
class Stream:
    """Work of one kind, in pieces that pay alike: answers, or reviews.

    Attributes
    ----------
    step : pay is a multiple of this.
    step_s : seconds that one step pays for.
    pieces : that are paid.
    per_asset : pieces of an asset in the price of an object.
    """

    seconds: Seconds
    step: Fraction
    step_s: Fraction
    pieces: Fraction
    per_asset: Fraction

    @property
    def money(self) -> Fraction:
        """Return what all pieces are paid."""
        return self.pieces * self.step * self._n_steps(self.seconds.total)

    def prices(self, objects: Fraction) -> list[tuple[Fraction, Fraction]]:
        """Return the money and the price of an object: as it is, and with fewer objects where that may come to more."""
        drawn = self.seconds.total - self.seconds.look - self.seconds.attributes
        last = self._n_steps(self.seconds.total)
        if objects <= 1 or drawn <= 0:
            return [self._at(last, Fraction(1))]
        first = self._n_steps(self.seconds.total - drawn + drawn / objects)
        return [self._at(steps, self._objects(steps, drawn / objects)) for steps in {first, min(first + 1, last), last}]

    def dearest(self, objects: Fraction) -> Fraction:
        """Return a price of an object that is no less than any of `prices`, however many objects there are."""
        drawn = self.seconds.total - self.seconds.look - self.seconds.attributes
        one = self.seconds.total - drawn + drawn / max(Fraction(1), objects)
        return self.per_asset * self.step * (self._n_steps(one) + 1)

    def _n_steps(self, seconds: Fraction) -> int:
        return ceil(seconds / self.step_s)

    def _objects(self, steps: int, per_object_s: Fraction) -> Fraction:
        """Return the fewest objects that pay so many steps, at least one."""
        whole = self.seconds.look + self.seconds.attributes
        return max(Fraction(1), ((steps - 1) * self.step_s - whole) / per_object_s)

    def _at(self, steps: int, objects: Fraction) -> tuple[Fraction, Fraction]:
        pay = steps * self.step
        said = self.seconds.attributes / self.step_s * self.step
        return self.pieces * pay, self.per_asset * ((pay - said) / objects + said)


def fee_of(
    streams: Sequence[Stream], fee: Tiers, *, objects: Fraction, used: int = 0, charged: Fraction = Fraction(1)
) -> Fraction:
    """Return the fee on what the streams pay.

    Parameters
    ----------
    objects : in an asset, that the volume counts.
    used : units that the tiers have counted already in the period.
    charged : share of the units that are not free.
    """
    priced = [stream.prices(objects) for stream in streams]
    totals = []
    for rate, ahead in _lines(fee, used):
        times = 1 + rate * charged
        totals.append(sum(max(money * times + price * ahead for money, price in each) for each in priced))
    return Fraction(min(totals) - sum(stream.money for stream in streams))


def fee_at(money: Fraction, price: Fraction, fee: Tiers, *, used: int = 0) -> Fraction:
    """Return the fee on money for units at one price each."""
    return min(money * rate + price * ahead for rate, ahead in _lines(fee, used))


@lru_cache(maxsize=64)
def _lines(fee: Tiers, used: int) -> tuple[tuple[Fraction, Fraction], ...]:
    """Return the rate of each tier, and what the tiers before it cost more than at that rate, after so many units."""
    found: list[tuple[Fraction, Fraction]] = []
    ahead, before, reached = Fraction(0), None, 0
    for bound, share in fee.steps:
        rate = Fraction(share)
        if before is not None:
            ahead += (before - rate) * max(0, reached - used)
        found.append((rate, ahead))
        before, reached = rate, bound or 0
    return tuple(found)
