"""What Celery runs for pricing."""

from celery import shared_task
from django.db import close_old_connections

from marketplace.operations.adapters import database_now
from pricing.services import refit_all
from pricing.services.turnaround import refresh_forecasts

REFIT_S = 1_800


@shared_task(name="pricing.refit_effort", soft_time_limit=REFIT_S, time_limit=REFIT_S + 60)
def refit_effort() -> None:
    """Fit anew what is believed of answers' seconds; what has not changed is not kept twice."""
    close_old_connections()
    refit_all(now=database_now())


@shared_task(name="pricing.refresh_forecasts")
def refresh_all_forecasts() -> None:
    """Forecast the open jobs that are due; run twice, it finds nothing due."""
    close_old_connections()
    refresh_forecasts(now=database_now())
