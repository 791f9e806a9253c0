"""What pricing keeps."""

from pricing.models.cards import StoredCard
from pricing.models.outcomes import QuoteOutcome
from pricing.models.quotes import Quote, QuoteQuerySet

__all__ = ["Quote", "QuoteOutcome", "QuoteQuerySet", "StoredCard"]
