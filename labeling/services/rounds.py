"""Rounds: a follow-up job that looks again at some of the assets of a job that has ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q

from labeling.errors import InvalidInput, NoSuchObject, NothingToDo, WrongState
from labeling.models import (
    Dataset,
    GuidelineVersion,
    JobState,
    LabelingJob,
    OmissionReason,
    OntologyVersion,
    OrderBy,
    Snapshot,
    SnapshotAsset,
    SnapshotOmission,
)
from labeling.services.jobs import JobSpec, create_job

ENDED = (JobState.COMPLETED, JobState.CANCELLED, JobState.ARCHIVED)


@dataclass(frozen=True)
class NamedAsset:
    """An asset to be looked at again, by its id or the requester's own name; `error` is how wrong a model was on it."""

    asset_id: UUID | None = None
    external_id: str | None = None
    error: float = 0.0


@dataclass(frozen=True)
class RoundSpec:
    """What differs from the job before.

    Attributes
    ----------
    changes : of the job's terms, by their names in `JobSpec`.
    """

    name: str
    ontology: OntologyVersion
    guideline: GuidelineVersion
    changes: Mapping[str, Any]


def require_ended(parent: LabelingJob) -> None:
    """Refuse rounds of what is not over yet, and of lessons.

    Raises
    ------
    WrongState
        The job has not ended.
    InvalidInput
        It teaches.
    """
    if parent.state not in ENDED:
        raise WrongState(
            f"The job is {parent.state}.", state=parent.state, allowed_states=[state.value for state in ENDED]
        )
    if parent.teaches:
        raise InvalidInput("What a training or an exam asks is known already.", field="job")


def find_assets(parent: LabelingJob, named: Sequence[NamedAsset]) -> tuple[list[UUID], dict[int, NoSuchObject]]:
    """Return the job's assets that are named, the most wrong first, and by its place what is none of them.

    A copy stands for the asset whose labels it has. An asset is looked at once, however often it is named.
    """
    ids = [each.asset_id for each in named if each.asset_id is not None]
    names = [each.external_id for each in named if each.external_id is not None]
    wanted = Q(asset__in=ids) | Q(asset__external_id__in=names)
    found: dict[UUID | str, UUID] = {}
    members = SnapshotAsset.objects.filter(wanted, snapshot=parent.snapshot_id, asset__tombstoned_at=None)
    copies = SnapshotOmission.objects.filter(
        wanted, snapshot=parent.snapshot_id, reason=OmissionReason.DUPLICATE, labeled_as__tombstoned_at=None
    )
    for asset_id, name, labeled_as in [
        *members.values_list("asset_id", "asset__external_id", "asset_id"),
        *copies.values_list("asset_id", "asset__external_id", "labeled_as_id"),
    ]:
        if labeled_as is not None:
            found[asset_id] = found[name] = labeled_as
    worst: dict[UUID, float] = {}
    missing: dict[int, NoSuchObject] = {}
    for index, each in enumerate(named):
        meant = found.get(each.asset_id or each.external_id or "")
        if meant is None:
            missing[index] = NoSuchObject("The job has no such asset.", field=f"assets[{index}]")
        else:
            worst[meant] = max(worst.get(meant, each.error), each.error)
    return sorted(worst, key=lambda asset_id: -worst[asset_id]), missing


@transaction.atomic
def create_round(
    parent: LabelingJob, *, asset_ids: Sequence[UUID], spec: RoundSpec, created_by_id: UUID
) -> LabelingJob:
    """Draft a job on these assets of a job that has ended, in this order, and otherwise on its terms.

    Raises
    ------
    NothingToDo
        There is no asset.
    WrongState
        The job has not ended.
    InvalidInput
        As of any job, or the job teaches.
    """
    require_ended(parent)
    if not asset_ids:
        raise NothingToDo("There is no asset to be looked at again.")
    terms = {each.name: getattr(parent, each.name) for each in fields(JobSpec)}
    terms |= {"deadline": None, "order_by": OrderBy.DATASET, "order_source": "", "order_version": ""}
    terms |= {"name": spec.name, **spec.changes}
    return create_job(
        dataset=parent.snapshot.dataset,
        ontology=spec.ontology,
        guideline=spec.guideline,
        spec=JobSpec(**terms),
        created_by_id=created_by_id,
        requires=parent.requires,
        snapshot=_snapshot_of(parent.snapshot, asset_ids),
        parent=parent,
    )


def _snapshot_of(whole: Snapshot, asset_ids: Sequence[UUID]) -> Snapshot:
    """Freeze some assets of a snapshot, and their copies, which get the same labels again."""
    dataset = Dataset.objects.select_for_update(no_key=True).get(pk=whole.dataset_id)
    last = dataset.snapshots.aggregate(last=Max("number"))["last"] or 0
    copies = SnapshotOmission.objects.filter(
        snapshot=whole, reason=OmissionReason.DUPLICATE, labeled_as__in=asset_ids
    ).order_by("pk")
    made = Snapshot(dataset=dataset, number=last + 1, n_assets=len(asset_ids))
    omissions = [
        SnapshotOmission(snapshot=made, asset_id=each.asset_id, reason=each.reason, labeled_as_id=each.labeled_as_id)
        for each in copies
    ]
    made.n_duplicates = len(omissions)
    made.save(force_insert=True)
    SnapshotAsset.objects.bulk_create(
        SnapshotAsset(snapshot=made, asset_id=asset_id, ordinal=ordinal)
        for ordinal, asset_id in enumerate(asset_ids, start=1)
    )
    SnapshotOmission.objects.bulk_create(omissions)
    return made
