"""What a job would cost otherwise, on the terms that its order has: the wage, and the volume of its organization."""

from collections.abc import Sequence
from datetime import datetime

from labeling.models import LabelingJob
from marketplace.orders.models import Order
from marketplace.orders.services.buy import start_of_month
from pricing.services import Grid, Level, what_if


def what_if_ordered(
    job: LabelingJob,
    *,
    now: datetime,
    levels: Sequence[Level] | None = None,
    deadlines: Sequence[datetime | None] = (None,),
) -> Grid:
    """Price a job at every level by every deadline, as its order would be quoted now; nothing is kept."""
    orders = Order.objects.exclude(job=job)
    return what_if(
        job,
        now=now,
        levels=levels,
        deadlines=deadlines,
        used_units=orders.units_funded(job.organization_id, since=start_of_month(now)),
        wage_micros=Order.objects.filter(job=job).values_list("wage_micros", flat=True).first(),
    )
