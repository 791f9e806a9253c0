"""What Celery runs: deliveries by id, and sweeps."""

from celery import shared_task
from django.db import close_old_connections

from labeling.models import AT_WORK, LabelingJob
from labeling.services import expire_leases, jobs_with_lapsed_leases
from marketplace.accounts.services import sweep_sign_in_counters, sweep_socket_tickets
from marketplace.live.services.deliver import deliver
from marketplace.operations.adapters import database_now
from marketplace.operations.services import sweep_idempotency_keys
from quality.services import retire_exhausted

# Making tasks and building releases of large jobs.
LONG_S = 3_600


@shared_task(name="live.deliver_batch")
def deliver_batch(delivery_ids: list[int]) -> None:
    """Deliver each; what was delivered before is passed over."""
    close_old_connections()  # back to the pool, which tests them: the database may have been restarted meanwhile
    for delivery_id in delivery_ids:
        deliver(delivery_id)


@shared_task(name="live.deliver_long", soft_time_limit=LONG_S, time_limit=LONG_S + 60)
def deliver_long(delivery_id: int) -> None:
    """Deliver what may take long. Sent again while it runs, it finds its Operation leased and steps back."""
    deliver(delivery_id)


@shared_task(name="live.sweep_leases")
def sweep_leases() -> None:
    """Reclaim leases that ran out in jobs where nobody is claiming just now, jobs that have ended among them."""
    for job_id in jobs_with_lapsed_leases():
        while expire_leases(job_id):
            pass


@shared_task(name="live.sweep_supply")
def sweep_supply() -> None:
    """Retire tasks of open jobs that nobody is left to answer."""
    for job in LabelingJob.objects.filter(state__in=AT_WORK):
        retire_exhausted(job)


@shared_task(name="live.sweep_stale")
def sweep_stale() -> None:
    """Forget idempotency keys that need not be kept for ever, socket tickets and sign-in counters that are over."""
    now = database_now()
    sweep_idempotency_keys(now)
    sweep_socket_tickets(now)
    sweep_sign_in_counters(now)
