"""Pre-labels as workers see them: who is shown one is drawn for each worker and task, once and for all."""

import secrets
from collections.abc import Iterable, Sequence
from hashlib import blake2b
from uuid import UUID

from django.db import transaction

from labeling.errors import WrongState
from labeling.models import Assignment, JobAssistance, JobState, LabelingJob, PreLabel, TaskKind
from labeling.models.imports import PreLabelQuerySet

_SEED_BYTES = 16
_WHOLE = 2**64


@transaction.atomic
def assist(job_id: UUID, *, source: str, version: str, unaided_share: float) -> JobAssistance:
    """Show the pre-labels of a source in a draft, but not for a share of the answers.

    Raises
    ------
    WrongState
        The job is no draft any more.
    """
    job = LabelingJob.objects.select_for_update(no_key=True).get(pk=job_id)
    if job.state != JobState.DRAFT:
        raise WrongState(f"The job is {job.state}.", state=job.state, allowed_states=[JobState.DRAFT.value])
    terms = {"source": source, "version": version, "unaided_share": unaided_share}
    made, _ = JobAssistance.objects.update_or_create(
        job=job, defaults=terms, create_defaults=terms | {"seed": secrets.token_bytes(_SEED_BYTES)}
    )
    return made


def aid(job: LabelingJob, leases: Sequence[Assignment]) -> None:
    """Note on leases that are about to begin which of them come with a pre-label; checks and lessons do not."""
    assistance = JobAssistance.objects.select_related("job__ontology").filter(job=job.pk).first()
    if assistance is None or job.teaches:
        return
    asked = [lease for lease in leases if lease.task.kind == TaskKind.ANNOTATE and lease.task.prelabel_id is None]
    offered = set(_offered(assistance, [lease.task.asset_id for lease in asked]).values_list("asset_id", flat=True))
    for lease in asked:
        lease.aided = lease.task.asset_id in offered and not _is_unaided(assistance, lease)


def prelabels_of(leases: Iterable[Assignment]) -> dict[UUID, PreLabel]:
    """Return what aided leases show, by lease: what their task was made with, or what the job shows of its asset."""
    aided = [lease for lease in leases if lease.aided]
    own = PreLabel.objects.in_bulk([lease.task.prelabel_id for lease in aided if lease.task.prelabel_id is not None])
    told = {lease.pk: own[lease.task.prelabel_id] for lease in aided if lease.task.prelabel_id is not None}
    aided = [lease for lease in aided if lease.task.prelabel_id is None]
    if not aided:
        return told
    shown: dict[tuple[UUID, UUID], PreLabel] = {}
    for assistance in JobAssistance.objects.filter(job__in={lease.job_id for lease in aided}).select_related(
        "job__ontology"
    ):
        assets = [lease.task.asset_id for lease in aided if lease.job_id == assistance.job_id]
        for label in _offered(assistance, assets).order_by("job_id"):  # PostgreSQL puts those of no job last ...
            shown.setdefault((assistance.job_id, label.asset_id), label)  # ... and so the job's own come first
    found = {lease.pk: shown.get((lease.job_id, lease.task.asset_id)) for lease in aided}
    return told | {lease_id: label for lease_id, label in found.items() if label is not None}


def _offered(assistance: JobAssistance, asset_ids: Sequence[UUID]) -> PreLabelQuerySet:
    labels = PreLabel.objects.offered_in(assistance.job)
    return labels.filter(asset__in=asset_ids, source=assistance.source, version=assistance.version)


def _is_unaided(assistance: JobAssistance, lease: Assignment) -> bool:
    key = bytes(assistance.seed)
    drawn = blake2b(lease.worker_id.bytes + lease.task_id.bytes, key=key, digest_size=8).digest()
    return int.from_bytes(drawn, "big") < assistance.unaided_share * _WHOLE
