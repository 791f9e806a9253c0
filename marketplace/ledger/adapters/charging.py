"""The door to payment providers: who takes money from clients."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True)
class Receipt:
    """What a provider said to a charge."""

    taken: bool
    message: str


class PaymentProvider(Protocol):
    """Takes money from a client, at most once for a reference."""

    def charge(self, *, organization_id: UUID, micros: int, currency: str, reference: str) -> Receipt:
        """Charge the client and say whether the money was taken."""
        ...


class PlayMoney:
    """Takes every charge without asking anybody: for trying the service out, with no real money behind it."""

    def charge(self, *, organization_id: UUID, micros: int, currency: str, reference: str) -> Receipt:
        """Say yes."""
        return Receipt(taken=True, message="Play money: nobody was charged.")


def payment_provider() -> PaymentProvider:
    """Return the provider of this deployment; play money is the only one so far."""
    return PlayMoney()
