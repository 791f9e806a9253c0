"""What pricing keeps."""

from pricing.models.cards import StoredCard
from pricing.models.effort import EffortModel, SnapshotComplexity
from pricing.models.quotes import Quote, QuoteQuerySet

__all__ = ["EffortModel", "Quote", "QuoteQuerySet", "SnapshotComplexity", "StoredCard"]
