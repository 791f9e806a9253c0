"""Workers of which countries a job is offered to: a list that orders push down."""

from uuid import UUID

from labeling.errors import NotOffered
from labeling.models import LabelingJob
from marketplace.accounts.models import WorkerProfile


def country_of(worker_id: UUID) -> str:
    """Return the country a worker stated, or an empty text."""
    return WorkerProfile.objects.filter(pk=worker_id).values_list("country", flat=True).first() or ""


def require_offered(job: LabelingJob, worker_id: UUID) -> None:
    """Refuse a worker of a country that the job is not offered in.

    Raises
    ------
    NotOffered
        Naming the country.
    """
    if job.open_to is None:
        return
    country = country_of(worker_id)
    if country not in job.open_to:
        said = f"in {country}" if country else "to workers who have not stated their country"
        raise NotOffered(f"The job is not offered {said}.", country=country)
