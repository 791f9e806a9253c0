"""What Celery runs for pricing."""

from celery import shared_task
from django.db import close_old_connections

from marketplace.operations.adapters import database_now
from pricing.services.turnaround import refresh_forecasts


@shared_task(name="pricing.refresh_forecasts")
def refresh_all_forecasts() -> None:
    """Forecast the open jobs that are due; run twice, it finds nothing due."""
    close_old_connections()
    refresh_forecasts(now=database_now())
