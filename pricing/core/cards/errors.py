"""What pricing by a card refuses; `field` says where."""

from typing import ClassVar

from marketplace.operations.core.domain_error import DomainError


class CardError(DomainError):
    """Base of the refusals of cards and of what is to be priced by them."""


class InvalidValue(CardError):
    """A value of a card or of a specification cannot be used."""

    code: ClassVar[str] = "invalid_value"


class UnknownField(CardError):
    """The card or the specification has no such member."""

    code: ClassVar[str] = "unknown_field"


class NoSuchCard(CardError):
    """There is no card of that name, version or date."""

    code: ClassVar[str] = "no_such_card"


class QuoteNeeded(CardError):
    """The volume lies above what the card prices: whoever publishes it has to be asked."""

    code: ClassVar[str] = "quote_needed"
