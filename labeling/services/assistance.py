"""Pre-labels as workers see them: who is shown one is drawn for each worker and task, once and for all."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any
from uuid import UUID

from django.db import transaction

from labeling.core.annotations import ANNOTATION_TYPES
from labeling.core.splitting import within_scope
from labeling.errors import InvalidInput, WrongState
from labeling.models import Assignment, JobAssistance, JobState, LabelingJob, PreLabel, Task, TaskKind
from labeling.models.imports import PreLabelQuerySet

_SEED_BYTES = 16
# Versions that a refusal names.
MAX_TOLD = 20
_WHOLE = 2**64


@transaction.atomic
def assist(job_id: UUID, *, source: str, version: str, unaided_share: float) -> JobAssistance:
    """Show the pre-labels of a source in a draft, but not for a share of the answers.

    Raises
    ------
    WrongState
        The job is no draft any more.
    InvalidInput
        There is nothing of that source, or of that version, to be shown.
    """
    job = LabelingJob.objects.select_for_update(no_key=True).get(pk=job_id)
    if job.state != JobState.DRAFT:
        raise WrongState(f"The job is {job.state}.", state=job.state, allowed_states=[JobState.DRAFT.value])
    _require_some(job, source=source, version=version)
    terms = {"source": source, "version": version, "unaided_share": unaided_share}
    made, _ = JobAssistance.objects.update_or_create(
        job=job, defaults=terms, create_defaults=terms | {"seed": secrets.token_bytes(_SEED_BYTES)}
    )
    return made


def _require_some(job: LabelingJob, *, source: str, version: str) -> None:
    """Refuse a source that says nothing of any asset of the job: nobody would notice that nothing is shown."""
    of_source = _showable(job).filter(source=source, asset__in=job.snapshot.members.values("asset"))
    if of_source.filter(version=version).exists():
        return
    versions = sorted(of_source.order_by().values_list("version", flat=True).distinct()[:MAX_TOLD])
    if not versions:
        raise InvalidInput("There are no pre-labels of this source in the job's ontology.", field="source")
    raise InvalidInput("There are no pre-labels of this version of the source.", field="version", versions=versions)


def aid(job: LabelingJob, leases: Sequence[Assignment]) -> None:
    """Note on leases that are about to begin which of them come with a pre-label; checks and lessons do not."""
    assistance = JobAssistance.objects.select_related("job__ontology").filter(job=job.pk).first()
    if assistance is None or job.teaches:
        return
    asked = [lease for lease in leases if lease.task.kind == TaskKind.ANNOTATE and lease.task.prelabel_id is None]
    offered = set(_offered(assistance, [lease.task.asset_id for lease in asked]).values_list("asset_id", flat=True))
    for lease in asked:
        lease.aided = lease.task.asset_id in offered and not _is_unaided(assistance, lease)


@dataclass(frozen=True)
class ShownPreLabel:
    """What a lease shows: of a task that asks about a part of an asset, what was said of that part."""

    source: str
    version: str
    score: float | None
    annotations: list[dict[str, Any]]


def prelabels_of(leases: Iterable[Assignment]) -> dict[UUID, ShownPreLabel]:
    """Return what aided leases show, by lease: what their task was made with, or what the job shows of its asset."""
    aided = [lease for lease in leases if lease.aided]
    own = PreLabel.objects.in_bulk([lease.task.prelabel_id for lease in aided if lease.task.prelabel_id is not None])
    offered = _shown_of_assets([lease for lease in aided if lease.task.prelabel_id is None])
    told = {}
    for lease in aided:
        of_task = lease.task.prelabel_id
        label = offered.get((lease.job_id, lease.task.asset_id)) if of_task is None else own[of_task]
        if label is not None:
            told[lease.pk] = _shown(label, lease.task)
    return told


def _shown_of_assets(leases: Sequence[Assignment]) -> dict[tuple[UUID, UUID], PreLabel]:
    """Return what their jobs show of the assets of leases, by job and asset."""
    shown: dict[tuple[UUID, UUID], PreLabel] = {}
    if not leases:
        return shown
    for assistance in JobAssistance.objects.filter(job__in={lease.job_id for lease in leases}).select_related(
        "job__ontology"
    ):
        assets = [lease.task.asset_id for lease in leases if lease.job_id == assistance.job_id]
        for label in _offered(assistance, assets).order_by("job_id"):  # PostgreSQL puts those of no job last ...
            shown.setdefault((assistance.job_id, label.asset_id), label)  # ... and so the job's own come first
    return shown


def _shown(label: PreLabel, task: Task) -> ShownPreLabel:
    return ShownPreLabel(label.source, label.version, label.score, _of_part(label, task))


def _of_part(label: PreLabel, task: Task) -> list[dict[str, Any]]:
    if task.scope is None:
        return label.annotations
    return within_scope(label.annotations, task.scope, member=ANNOTATION_TYPES[label.annotation_type].member)


def _offered(assistance: JobAssistance, asset_ids: Sequence[UUID]) -> PreLabelQuerySet:
    labels = _showable(assistance.job).filter(source=assistance.source, version=assistance.version)
    return labels.filter(asset__in=asset_ids)


def _showable(job: LabelingJob) -> PreLabelQuerySet:
    """Return what workers could submit as it is: classes of another ontology would be refused."""
    return PreLabel.objects.offered_in(job).filter(ontology=job.ontology_id)


def _is_unaided(assistance: JobAssistance, lease: Assignment) -> bool:
    key = bytes(assistance.seed)
    drawn = blake2b(lease.worker_id.bytes + lease.task_id.bytes, key=key, digest_size=8).digest()
    return int.from_bytes(drawn, "big") < assistance.unaided_share * _WHOLE
