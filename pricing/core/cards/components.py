"""What the parts of a card's price have in common."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from pricing.core.cards.lines import PricedLine
from pricing.core.cards.spec import Spec


@dataclass(frozen=True)
class Job:
    """A specification as a card's parts see it: the card's own name for its type, replicas, the least amount."""

    spec: Spec
    annotation_type: str | None
    replicas: Decimal
    minor_unit: Decimal


class Component(Protocol):
    """A part of a card's price."""

    @property
    def fields(self) -> frozenset[str]:
        """Return the members of a specification that it prices by."""

    @property
    def annotation_types(self) -> frozenset[str] | None:
        """Return the types that it has a price for; none where the type does not matter."""

    def lines(self, job: Job) -> list[PricedLine]:
        """Return its lines, unrounded unless the part itself rounds."""
