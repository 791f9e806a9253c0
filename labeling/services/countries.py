"""Workers of which countries a job is offered to: a list that orders push down."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from labeling.errors import NotOffered
from labeling.models import LabelingJob
from marketplace.accounts.models import WorkerProfile


@dataclass(frozen=True)
class Countries:
    """Whose workers a job is offered to: of these countries only, or of all but some; an empty one is none stated."""

    only: Collection[str] | None = None
    but: Collection[str] = ()


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
    if job.open_to is None and not job.closed_to:
        return
    country = country_of(worker_id)
    if country in job.closed_to or (job.open_to is not None and country not in job.open_to):
        said = f"in {country}" if country else "to workers who have not stated their country"
        raise NotOffered(f"The job is not offered {said}.", country=country)
