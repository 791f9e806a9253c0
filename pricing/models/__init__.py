"""What pricing keeps."""

from pricing.models.cards import StoredCard
from pricing.models.effort import EffortModel, SnapshotComplexity
from pricing.models.forecasts import (
    MILESTONES,
    DeadlineAlert,
    DeadlineAlertQuerySet,
    DeadlineState,
    Forecast,
    ForecastQuerySet,
    Occasion,
    WorkHour,
)
from pricing.models.outcomes import QuoteOutcome
from pricing.models.quotes import Quote, QuoteQuerySet

__all__ = [
    "MILESTONES",
    "DeadlineAlert",
    "DeadlineAlertQuerySet",
    "DeadlineState",
    "EffortModel",
    "Forecast",
    "ForecastQuerySet",
    "Occasion",
    "Quote",
    "QuoteOutcome",
    "QuoteQuerySet",
    "SnapshotComplexity",
    "StoredCard",
    "WorkHour",
]
