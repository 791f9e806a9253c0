"""What pricing refuses."""

from typing import ClassVar

from marketplace.operations.errors import DomainError
from pricing.core.cards import CardError, InvalidValue, NoSuchCard, QuoteNeeded, UnknownField

__all__ = ["CardError", "CardExists", "InvalidValue", "NoSuchCard", "QuoteNeeded", "UnknownField", "WageTooLow"]


class CardExists(DomainError):
    """The card has this version already, and versions never change."""

    code: ClassVar[str] = "card_exists"


class WageTooLow(DomainError):
    """Work would pay less an hour than the least of a country; `least_wage` would do."""

    code: ClassVar[str] = "wage_too_low"
