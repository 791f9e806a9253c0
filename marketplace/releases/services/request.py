"""Asking for a release."""

from collections.abc import Sequence
from uuid import UUID

from django.db import transaction

from labeling.core.formats import FORMATS, classes_of, formats_of
from labeling.core.formats.remap import RemapConflict, remapped_classes
from labeling.errors import NoSuchObject
from labeling.models import JobState, LabelingJob
from marketplace.operations.adapters import database_now
from marketplace.operations.core.ids import new_id
from marketplace.operations.models import OperationState
from marketplace.operations.services import start_operation
from marketplace.releases.core.wishes import What, Wishes
from marketplace.releases.errors import BadWish, JobNotCompleted, NoConsensusYet, UnsupportedFormat
from marketplace.releases.models import Release
from marketplace.releases.signals import release_requested
from quality.models import ConsensusRun

ENDED = (JobState.COMPLETED, JobState.CANCELLED)
AS_IT_IS = Wishes()


@transaction.atomic
def request_release(
    job: LabelingJob,
    *,
    formats: Sequence[str],
    created_by_id: UUID,
    run_id: UUID | None = None,
    wishes: Wishes = AS_IT_IS,
    since_id: UUID | None = None,
) -> Release:
    """Ask for the labels of a consensus run, the job's current one unless given, in these formats.

    Given an earlier release, only what has changed since then is wanted.

    Raises
    ------
    JobNotCompleted
        The job has not ended.
    NoConsensusYet
        Its labels are still being concluded.
    UnsupportedFormat
        A format is not known, or cannot hold what is wanted of the job's annotations.
    NoSuchObject
        The run, or the earlier release, is none of the job's.
    BadWish
        Classes cannot be renamed so, or the earlier release was asked for with other wishes.
    """
    wanted = _checked(formats, job.annotation_type, wishes.what)
    if job.state not in ENDED:
        allowed = [state.value for state in ENDED]
        raise JobNotCompleted(f"The job is {job.state}.", state=job.state, allowed_states=allowed)
    _check_remap(job, wishes)
    since = None if since_id is None else _earlier(job, since_id, wishes)
    run = _run(job, run_id)
    release_id = new_id()
    operation = start_operation(
        kind="release",
        organization_id=job.organization_id,
        created_by_id=created_by_id,
        subject_id=release_id,
        now=database_now(),
    )
    release = Release.objects.create(
        id=release_id,
        job=job,
        run=run,
        operation=operation,
        formats=wanted,
        wishes=wishes.to_plain(),
        since=since,
        created_by_id=created_by_id,
    )
    release_requested.send(sender=None, job_id=job.pk, data={"release": str(release.pk), "formats": wanted})
    return release


def _checked(formats: Sequence[str], annotation_type: str, what: What) -> list[str]:
    """Return the formats, each once, in the order in which they were named."""
    supported = [name for name in formats_of(annotation_type) if what is not What.RAW or FORMATS[name].wants_answers]
    wanted = list(dict.fromkeys(formats))
    unfit = [name for name in wanted if name not in supported]
    if unfit or not wanted:
        held = "answers" if what is What.RAW else f"labels of the type {annotation_type}"
        detail = f"{', '.join(unfit)} cannot hold {held}." if unfit else "Name a format."
        raise UnsupportedFormat(detail, field="formats", unsupported=unfit, supported=supported)
    return wanted


def _run(job: LabelingJob, run_id: UUID | None) -> ConsensusRun:
    runs = ConsensusRun.objects.filter(job=job)
    run = runs.current_of(job) if run_id is None else runs.filter(pk=run_id).first()
    if run is None and run_id is not None:
        raise NoSuchObject("The job has no such run.", field="run")
    if run is None:
        raise NoConsensusYet("The final labels are being concluded; ask again in a moment.")
    return run


def _check_remap(job: LabelingJob, wishes: Wishes) -> None:
    try:
        remapped_classes(classes_of(job.ontology.rules), wishes.class_remap)
    except RemapConflict as conflict:
        raise BadWish(str(conflict), field=f"class_remap.{conflict.name}") from conflict


def _earlier(job: LabelingJob, since_id: UUID, wishes: Wishes) -> Release:
    """Return the release that a delta starts from: a reader puts the two together, so that both must be alike."""
    sealed = Release.objects.filter(job=job, operation__state=OperationState.SUCCEEDED)
    since = sealed.filter(pk=since_id).first()
    if since is None:
        raise NoSuchObject("The job has no such release that is sealed.", field="since")
    earlier = Wishes.from_plain(since.wishes)
    for name in ("what", "class_remap", "split"):
        if getattr(earlier, name) != getattr(wishes, name):
            raise BadWish(f"The earlier release was asked for with another {name}.", field=name)
    return since
