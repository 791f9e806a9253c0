"""What a requester may ask for beside the job itself, and pays for: speed, people of a field, set-up work of ours."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pricing.core.cards.effort import EffortRates
from pricing.core.cards.spec import READERS
from pricing.core.cards.values import mapping, refuse, require_known

# The field of a card that everybody is of.
GENERAL = "general"
FIELDS = ("rush", "turnaround", "expertise", "integration")


@dataclass(frozen=True)
class Drivers:
    """What was asked for; nothing of it where nothing was.

    Attributes
    ----------
    rush : share of the pay on top; the workers get it in full.
    turnaround : a named speed of the card, instead of `rush`.
    expertise : field of the card whose people alone are to work; `general` is everybody.
    integration : how much of which set-up work of the card.
    """

    rush: Decimal | None = None
    turnaround: str | None = None
    expertise: str | None = None
    integration: Mapping[str, int] = field(default_factory=dict)

    @property
    def field(self) -> str:
        """Return the field whose people alone are to work; empty: anybody."""
        return "" if self.expertise in {None, GENERAL} else str(self.expertise)

    def rush_by(self, rates: EffortRates) -> Decimal:
        """Return the share that is paid on top."""
        if self.turnaround is None:
            return self.rush or Decimal(0)
        if self.rush is not None:
            raise refuse("turnaround", "state this or rush, not both.")
        return rates.rush_named(self.turnaround)


def read_drivers(value: Any) -> Drivers:
    """Return what was asked for; `null` is nothing.

    Raises
    ------
    UnknownField, InvalidValue
        Naming the member.
    """
    given = mapping(value, "")
    require_known(given, "", FIELDS)
    return Drivers(**{name: READERS[name](item, name) for name, item in given.items() if item is not None})
