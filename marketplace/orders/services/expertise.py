"""People of a field: who pays for them gets them, and nobody is asked to pay for people whom there are not."""

from labeling.models import LabelingJob, ReviewedBy
from labeling.services import reviewers_of, workforce_of
from marketplace.orders.errors import NobodyQualified
from marketplace.orders.models import Order
from marketplace.orders.services.fairness import offered_in
from pricing.core.drivers import Drivers
from pricing.models import Quote


def field_of(quote: Quote) -> str:
    """Return the field whose people alone are to work by a quote; empty: anybody."""
    return Drivers(expertise=quote.assumptions.get("expertise")).field


def require_people(order: Order, quote: Quote) -> None:
    """Refuse a quote for people of a field of whom fewer are known than a task has answers.

    Raises
    ------
    NobodyQualified
        Naming `expertise`, how many there are, and how many it takes.
    """
    job = order.job
    if not job.expertise:
        return
    countries = offered_in(order, quote)
    n_needed = 1 if job.teaches else job.min_overlap
    _require(job, n_known=workforce_of(job, countries=countries)[:n_needed].count(), n_needed=n_needed, who="workers")
    if job.review_share and job.reviewed_by == ReviewedBy.SENIOR:
        _require(job, n_known=reviewers_of(job)[:1].count(), n_needed=1, who="reviewers")


def _require(job: LabelingJob, *, n_known: int, n_needed: int, who: str) -> None:
    if n_known >= n_needed:
        return
    raise NobodyQualified(
        f"Of the {who} whom the job is for {n_known} are known to be of the field {job.expertise}, and it takes"
        f" {n_needed}. Let them pass a training or an exam that attests it, have it attested, or quote without it.",
        field="expertise",
        expertise=job.expertise,
        n_qualified=n_known,
        n_needed=n_needed,
    )
