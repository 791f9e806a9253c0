"""What pricing keeps."""

from pricing.models.quotes import Quote, QuoteQuerySet

__all__ = ["Quote", "QuoteQuerySet"]
