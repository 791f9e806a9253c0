"""How a job stands, read at one instant: the same for the endpoint, the websocket and the page."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import JSONField, OuterRef, PositiveBigIntegerField, Subquery

from labeling.models import LabelingJob
from labeling.models.jobs import LabelingJobQuerySet
from marketplace.live.models import Stream, StreamType


@dataclass(frozen=True)
class JobProgress:
    """A job with the number of its latest event and its counters as they were right after that event."""

    job: LabelingJob
    seq: int
    counters: dict[str, int]

    @property
    def state(self) -> str:
        """Return the job's state."""
        return self.job.state


def with_progress(jobs: LabelingJobQuerySet) -> LabelingJobQuerySet:
    """Let the query that reads jobs read their streams too; one statement sees one instant."""
    stream = Stream.objects.filter(type=StreamType.JOB, subject_id=OuterRef("pk"))
    return jobs.annotate(
        stream_seq=Subquery(stream.values("seq"), output_field=PositiveBigIntegerField(null=True)),
        stream_counters=Subquery(stream.values("counters"), output_field=JSONField(null=True)),
    )


def progress_of(job: LabelingJob) -> JobProgress:
    """Return the progress of a job that was read `with_progress`; before its first event there is none."""
    seq: int | None = getattr(job, "stream_seq")  # noqa: B009 -- an annotation, unknown to the model's type
    counters: dict[str, int] | None = getattr(job, "stream_counters")  # noqa: B009
    return JobProgress(job=job, seq=seq or 0, counters=counters or {})


def read_progress(jobs: LabelingJobQuerySet, job_id: UUID) -> JobProgress | None:
    """Return the progress of one of these jobs, or nothing where it is not among them."""
    job = with_progress(jobs).filter(pk=job_id).first()
    return None if job is None else progress_of(job)
