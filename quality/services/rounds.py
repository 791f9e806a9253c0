"""Rounds: what of a job needs another look, and its labels as pre-labels."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Min, Q
from django.db.models.functions import Coalesce

from labeling.core.annotations import ANNOTATION_TYPES, Refusal
from labeling.models import Asset, LabelingJob, PreLabel, TaskKind
from labeling.services import RoundSpec, assist, create_round
from quality.errors import NoConsensusYet
from quality.models import ConsensusRun, LabelState
from quality.services.aggregation import AGGREGATORS
from quality.services.latest import LatestLabel, latest_labels
from quality.services.reading import terms_of

CHUNK = 500


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
    doubted = sure.filter(Q(state=LabelState.DISPUTED) | Q(sure__lt=below))
    # An asset that was asked about in parts is as sure as its least sure part.
    least = doubted.values("task__asset_id").annotate(least=Min("sure")).order_by("least", "task__asset_id")
    return [row["task__asset_id"] for row in least[:limit]]


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
            concluded = aggregator.as_annotations(latest.value, terms=terms, min_confidence=0.0)
            annotations = _shown(job, assets[asset_id], concluded)
            if annotations is not None:
                made.append(_prelabel(job, latest, annotations, source=source, version=version))
        n_shown += len(PreLabel.objects.bulk_create(made))
    if n_shown:
        assist(job.pk, source=source, version=version, unaided_share=unaided_share)
    return n_shown


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
        score=latest.confidence,
        annotations=annotations,
        n_annotations=len(annotations),
    )
