"""What workers are told of a job's pay before they begin: pushed down by whoever measures it."""

from uuid import UUID

from labeling.models import LabelingJob


def show_hourly_pay(job_id: UUID, *, micros: int, n_workers: int) -> None:
    """Show what an hour of a job's work was seen to pay, as the median over so many workers."""
    LabelingJob.objects.filter(pk=job_id).update(hourly_micros=micros, hourly_n_workers=n_workers)
