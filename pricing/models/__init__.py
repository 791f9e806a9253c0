"""What pricing keeps."""

from pricing.models.effort import EffortModel
from pricing.models.quotes import Quote, QuoteQuerySet

__all__ = ["EffortModel", "Quote", "QuoteQuerySet"]
