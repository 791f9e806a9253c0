"""Facts about forecasts, sent with `job_id` (UUID), `data` (JSON-ready) and `deltas`, inside their transaction."""

from django.dispatch import Signal

forecast_made = Signal()
deadline_at_risk = Signal()
deadline_safe = Signal()
