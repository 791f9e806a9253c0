"""Tiers: what a quantity costs, each part at its tier's rate (marginal) or all of it at one tier's (whole volume)."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from pricing.core.cards.values import choice, count, items, join, member, money, refuse

Mode = Literal["marginal", "whole_volume"]
MODES: dict[str, Mode] = {"marginal": "marginal", "whole_volume": "whole_volume"}


@dataclass(frozen=True)
class Slice:
    """So much of a quantity at one rate; `up_to` is the end of its tier, none of the last where it has none."""

    quantity: Decimal
    rate: Decimal
    up_to: int | None

    @property
    def amount(self) -> Decimal:
        """Return what the slice costs."""
        return self.quantity * self.rate


@dataclass(frozen=True)
class Tiers:
    """Rates by volume: a tier reaches up to its bound, itself included; above the last bound nothing is priced.

    Attributes
    ----------
    steps : bound and rate of each tier, bounds rising; the last bound may be none, which is without end.
    """

    steps: tuple[tuple[int | None, Decimal], ...]
    mode: Mode = "marginal"

    @property
    def end(self) -> int | None:
        """Return the volume above which there is no rate."""
        return self.steps[-1][0]

    def exceeded_by(self, quantity: Decimal, *, used: Decimal | int = 0) -> bool:
        """Return whether some of the quantity, after what was used already, lies above the last tier."""
        return self.end is not None and quantity > 0 and used + quantity > self.end

    def slices(self, quantity: Decimal, *, used: Decimal | int = 0) -> tuple[Slice, ...]:
        """Return the parts of a quantity by tier, after what was used already in the period.

        By whole volume the tier is that of all used with this; what was billed before keeps its price. What lies above
        the last tier is left out: ask `exceeded_by`.
        """
        if self.mode == "whole_volume":
            reached = next(
                ((bound, rate) for bound, rate in self.steps if bound is None or used + quantity <= bound), None
            )
            return () if reached is None or not quantity else (Slice(quantity, reached[1], reached[0]),)
        found, lower, upper = [], Decimal(used), used + quantity
        for bound, rate in self.steps:
            end = upper if bound is None else min(upper, Decimal(bound))
            if end > lower:
                found.append(Slice(end - lower, rate, bound))
                lower = end
        return tuple(found)

    def cost(self, quantity: Decimal, *, used: Decimal | int = 0) -> Decimal:
        """Return what the quantity costs, unrounded."""
        return sum((part.amount for part in self.slices(quantity, used=used)), Decimal(0))


def read_tiers(given: Mapping[str, Any], path: str, name: str = "tiers") -> Tiers:
    """Return the tiers of a document: `[[50000, "0.08"], [null, "0.04"]]`, and `mode` beside them."""
    mode = MODES[choice(given.get("mode", "marginal"), join(path, "mode"), MODES)]
    at = join(path, name)
    steps: list[tuple[int | None, Decimal]] = []
    for index, step in enumerate(items(member(given, path, name), at, most=50, least=1)):
        here = join(at, index)
        bound, rate = items(step, here, most=2, least=2)
        if steps and steps[-1][0] is None:
            raise refuse(here, "no tier comes after one without an end.")
        least = (steps[-1][0] or 0) + 1 if steps else 1
        reaches = None if bound is None else count(bound, join(here, 0), least=least)
        steps.append((reaches, money(rate, join(here, 1))))
    return Tiers(tuple(steps), mode)
