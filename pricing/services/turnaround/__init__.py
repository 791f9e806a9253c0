"""When jobs end: forecasts kept up to date, deadlines watched."""

from pricing.services.turnaround.forecasts import forecast_opened, forecast_resumed, refresh_forecasts
from pricing.services.turnaround.hours import count_hours
from pricing.services.turnaround.pools import read_outcomes

__all__ = ["count_hours", "forecast_opened", "forecast_resumed", "read_outcomes", "refresh_forecasts"]
