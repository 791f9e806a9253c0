"""What pricing keeps."""

from pricing.models.cards import StoredCard
from pricing.models.quotes import Quote, QuoteQuerySet

__all__ = ["Quote", "QuoteQuerySet", "StoredCard"]
