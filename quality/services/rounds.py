"""Rounds: what of a job needs another look, its labels as pre-labels, and the labels of all rounds together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Coalesce

from labeling.core.annotations import ANNOTATION_TYPES, Refusal
from labeling.models import Asset, LabelingJob, PreLabel, SnapshotOmission, TaskKind
from labeling.services import RoundSpec, assist, create_round
from quality.errors import NoConsensusYet
from quality.models import ConsensusLabel, ConsensusRun, LabelState
from quality.services.aggregation import AGGREGATORS
from quality.services.reading import terms_of

CHUNK = 500


@dataclass(frozen=True)
class LatestLabel:
    """The label of an asset over all rounds, and the job and run that it is of; `round` is 0 for the first job."""

    asset_id: UUID
    job_id: UUID
    run_id: UUID
    round: int
    label: ConsensusLabel


def doubted_assets(job: LabelingJob, *, below: float, limit: int) -> list[UUID]:
    """Return the assets whose labels are disputed or less sure than `below`, the least sure first.

    Raises
    ------
    NoConsensusYet
        The job has no labels.
    """
    run = ConsensusRun.objects.current_of(job)
    if run is None:
        raise NoConsensusYet("The job has no labels yet.")
    labels = run.labels.filter(task__kind=TaskKind.ANNOTATE, task__is_gold=False, task__asset__tombstoned_at=None)
    sure = labels.annotate(sure=Coalesce("p_correct", "confidence"))
    doubted = sure.filter(Q(state=LabelState.DISPUTED) | Q(sure__lt=below)).order_by("sure", "id")
    return list(dict.fromkeys(doubted.values_list("task__asset_id", flat=True)[:limit]))


@transaction.atomic
def draft_round(
    parent: LabelingJob,
    *,
    asset_ids: Sequence[UUID],
    spec: RoundSpec,
    unaided_share: float | None,
    created_by_id: UUID,
) -> tuple[LabelingJob, int]:
    """Draft a job that looks again, and return it with how many labels it shows: none without an `unaided_share`.

    Raises
    ------
    LabelingError
        As `create_round` says.
    """
    job = create_round(parent, asset_ids=asset_ids, spec=spec, created_by_id=created_by_id)
    return job, 0 if unaided_share is None else carry_labels(job, unaided_share=unaided_share)


def carry_labels(job: LabelingJob, *, unaided_share: float) -> int:
    """Show the labels of the rounds before in a draft, and return how many can be shown.

    What breaks the rules of a new ontology is not shown.
    """
    parent = job.parent_job
    aggregator = AGGREGATORS.get(job.annotation_type)
    if parent is None or aggregator is None:
        return 0
    source, version = f"labels of {parent.name}"[:200], str(parent.pk)
    terms, n_shown = terms_of(parent.ontology), 0
    for asset_ids in _chunks(job):
        assets = Asset.objects.in_bulk(asset_ids)
        made = []
        for asset_id, latest in latest_labels(parent, asset_ids).items():
            concluded = aggregator.as_annotations(latest.label.value, terms=terms, min_confidence=0.0)
            annotations = _shown(job, assets[asset_id], concluded)
            if annotations is not None:
                made.append(_prelabel(job, latest, annotations, source=source, version=version))
        n_shown += len(PreLabel.objects.bulk_create(made))
    if n_shown:
        assist(job.pk, source=source, version=version, unaided_share=unaided_share)
    return n_shown


def latest_labels(job: LabelingJob, asset_ids: Sequence[UUID]) -> dict[UUID, LatestLabel]:
    """Return the labels of assets over a job and all its rounds: that of the latest round wins.

    A round that came to no answer on an asset has no say; a copy has the label of the asset that it is a copy of.
    """
    found: dict[UUID, LatestLabel] = {}
    for number, run in reversed(_runs_of_rounds(job)):
        copies = SnapshotOmission.objects.filter(snapshot=run.job.snapshot_id, asset__in=asset_ids)
        stands_for = {asset_id: asset_id for asset_id in asset_ids}
        stands_for |= {copy: first for copy, first in copies.values_list("asset_id", "labeled_as_id") if first}
        labels = {
            label.task.asset_id: label
            for label in run.labels.filter(
                Q(n_answers__gt=0) | Q(n_reviews__gt=0),
                task__kind=TaskKind.ANNOTATE,
                task__asset__in=set(stands_for.values()),
            ).select_related("task")
        }
        for asset_id, first in stands_for.items():
            if asset_id not in found and first in labels:
                found[asset_id] = LatestLabel(asset_id, run.job_id, run.pk, number, labels[first])
    return found


def first_job_of(job: LabelingJob) -> LabelingJob:
    """Return the job that the rounds began with."""
    first = job
    while first.parent_job is not None:
        first = first.parent_job
    return first


def _runs_of_rounds(job: LabelingJob) -> list[tuple[int, ConsensusRun]]:
    """Return the current runs of the first job and of all rounds after it, oldest round first."""
    jobs = generation = [first_job_of(job)]
    while generation:
        generation = list(LabelingJob.objects.filter(parent_job__in=generation))
        jobs = jobs + generation
    order = sorted(jobs, key=lambda each: each.pk)  # ids grow with time
    runs = {
        run.job_id: run for run in ConsensusRun.objects.filter(job__in=order, is_current=True).select_related("job")
    }
    return [(number, runs[each.pk]) for number, each in enumerate(order) if each.pk in runs]


def _chunks(job: LabelingJob) -> Iterator[list[UUID]]:
    members = job.snapshot.members.order_by("ordinal")
    for after in range(0, job.snapshot.n_assets, CHUNK):
        page = members.filter(ordinal__gt=after, ordinal__lte=after + CHUNK)
        yield list(page.values_list("asset_id", flat=True))


def _shown(job: LabelingJob, asset: Asset, found: list[dict[str, Any]] | None) -> list[dict[str, Any]] | None:
    if found is None:
        return None
    try:
        return ANNOTATION_TYPES[job.annotation_type].parse(found, asset.subject(job.ontology.rules))
    except Refusal:
        return None


def _prelabel(
    job: LabelingJob, latest: LatestLabel, annotations: list[dict[str, Any]], *, source: str, version: str
) -> PreLabel:
    return PreLabel(
        project_id=job.ontology.project_id,
        job=job,
        asset_id=latest.asset_id,
        ontology_id=job.ontology_id,
        annotation_type=job.annotation_type,
        schema_version=ANNOTATION_TYPES[job.annotation_type].schema_version,
        source=source,
        version=version,
        score=latest.label.confidence,
        annotations=annotations,
        n_annotations=len(annotations),
    )
