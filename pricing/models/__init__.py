"""What pricing keeps."""

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
from pricing.models.quotes import Quote, QuoteQuerySet

__all__ = [
    "MILESTONES",
    "DeadlineAlert",
    "DeadlineAlertQuerySet",
    "DeadlineState",
    "Forecast",
    "ForecastQuerySet",
    "Occasion",
    "Quote",
    "QuoteQuerySet",
    "WorkHour",
]
