"""Which offers are worth choosing between: those that no other offer beats in price, quality and time."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Offer:
    """What a way to have a job done comes to: its price, the share of right labels, and when it is done."""

    price_micros: int
    right_share: float
    finish_s: float

    def beats(self, other: "Offer") -> bool:
        """Return whether this is nowhere worse and somewhere better."""
        mine = (self.price_micros, -self.right_share, self.finish_s)
        theirs = (other.price_micros, -other.right_share, other.finish_s)
        return mine != theirs and all(own <= their for own, their in zip(mine, theirs, strict=True))


def on_frontier(offers: Sequence[Offer]) -> list[bool]:
    """Return of each offer whether none of the others beats it; of equal ones all stay."""
    return [not any(other.beats(offer) for other in offers) for offer in offers]
