"""Asking for a release."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from labeling.core.formats import formats_of
from labeling.errors import NoSuchObject
from labeling.models import JobState, LabelingJob
from marketplace.operations.adapters import database_now
from marketplace.operations.core.ids import new_id
from marketplace.operations.services import start_operation
from marketplace.releases.errors import JobNotCompleted, NoConsensusYet, UnsupportedFormat
from marketplace.releases.models import Release
from marketplace.releases.signals import release_requested
from quality.models import ConsensusRun

ENDED = (JobState.COMPLETED, JobState.CANCELLED)


@transaction.atomic
def request_release(
    job: LabelingJob, *, formats: Sequence[str], created_by_id: UUID, run_id: UUID | None = None
) -> Release:
    """Ask for the labels of a consensus run, the job's current one unless given, in these formats.

    Raises
    ------
    JobNotCompleted
        The job has not ended.
    NoConsensusYet
        Its labels are still being concluded.
    UnsupportedFormat
        A format is not known, or cannot hold the job's annotations.
    NoSuchObject
        The run is none of the job's.
    """
    wanted = _checked(formats, job.annotation_type)
    if job.state not in ENDED:
        allowed = [state.value for state in ENDED]
        raise JobNotCompleted(f"The job is {job.state}.", state=job.state, allowed_states=allowed)
    runs = ConsensusRun.objects.filter(job=job)
    run = runs.current_of(job) if run_id is None else runs.filter(pk=run_id).first()
    if run is None and run_id is not None:
        raise NoSuchObject("The job has no such run.", field="run")
    if run is None:
        raise NoConsensusYet("The final labels are being concluded; ask again in a moment.")
    release_id = new_id()
    operation = start_operation(
        kind="release",
        organization_id=job.organization_id,
        created_by_id=created_by_id,
        subject_id=release_id,
        now=database_now(),
    )
    release = Release.objects.create(
        id=release_id, job=job, run=run, operation=operation, formats=wanted, created_by_id=created_by_id
    )
    release_requested.send(sender=None, job_id=job.pk, data={"release": str(release.pk), "formats": wanted})
    return release


def _checked(formats: Sequence[str], annotation_type: str) -> list[str]:
    """Return the formats, each once, in the order in which they were named."""
    supported = formats_of(annotation_type)
    wanted = list(dict.fromkeys(formats))
    unfit = [name for name in wanted if name not in supported]
    if unfit or not wanted:
        detail = f"{', '.join(unfit)} cannot hold labels of the type {annotation_type}." if unfit else "Name a format."
        raise UnsupportedFormat(detail, field="formats", unsupported=unfit, supported=supported)
    return wanted
