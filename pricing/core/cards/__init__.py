"""Rate cards as data: documents are read strictly, and jobs are priced by them in decimals, never in floats."""

from pricing.core.cards.answering import answer
from pricing.core.cards.card import CardStatus, RateCard, read_card, sha256_of
from pricing.core.cards.effort import EffortRates
from pricing.core.cards.engine import Estimate, estimate
from pricing.core.cards.errors import CardError, InvalidValue, NoSuchCard, QuoteNeeded, UnknownField
from pricing.core.cards.shelf import Shelf
from pricing.core.cards.spec import MAX_SPECS, Spec, read_spec, read_specs

__all__ = [
    "MAX_SPECS",
    "CardError",
    "CardStatus",
    "EffortRates",
    "Estimate",
    "InvalidValue",
    "NoSuchCard",
    "QuoteNeeded",
    "RateCard",
    "Shelf",
    "Spec",
    "UnknownField",
    "answer",
    "estimate",
    "read_card",
    "read_spec",
    "read_specs",
    "sha256_of",
]
