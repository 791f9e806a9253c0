"""Gold from its statement to its end: given or promoted while a job is a draft, made a task, doubted, decided upon."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from labeling.core.annotations import ANNOTATION_TYPES, Refusal
from labeling.core.splitting import within_scope
from labeling.errors import InvalidAnnotation, InvalidInput, WrongState
from labeling.models import Asset, JobState, LabelingJob, RetiredReason, Task
from labeling.services import reserve_gold, retire_task
from marketplace.operations.adapters import database_now
from quality.errors import GoldClosed, KnownAnswersMissing, NoConsensusYet, TooMuchGold
from quality.models import ConsensusLabel, ConsensusRun, GoldSource, GoldState, GoldTask, LabelState
from quality.services.abilities import refresh_witnesses
from quality.services.aggregation import AGGREGATORS
from quality.services.reading import terms_of
from quality.signals import gold_decided

# Workers whom one gold task is shown to before its picture is too well known.
MAX_EXPOSURES = 200
# A label is promoted where so many answers agree so surely.
PROMOTE_FROM_ANSWERS = 3
CHUNK = 500

_chance = secrets.SystemRandom()


@dataclass(frozen=True)
class KnownAnswer:
    """An asset, by id or by its name in the dataset, and its annotations as a worker would send them."""

    annotations: list[dict[str, Any]]
    asset_id: UUID | None = None
    external_id: str | None = None


@transaction.atomic
def add_gold(job_id: UUID, items: Sequence[KnownAnswer], *, created_by_id: UUID) -> list[GoldTask]:
    """State the answers of some of a draft's assets; all of them or, where one is at fault, none.

    Raises
    ------
    WrongState
        The job is no draft any more, or its tasks are being made.
    InvalidInput, InvalidAnnotation
        `items[n]...`: no asset of the job, known already, or an annotation at fault.
    TooMuchGold
        No task would be left to ask for.
    """
    job = _hold_draft(job_id)
    assets = _assets_of(job, items)
    taken = set(GoldTask.objects.filter(job=job).values_list("asset_id", flat=True))
    made = []
    for index, (item, asset) in enumerate(zip(items, assets, strict=True)):
        if asset.pk in taken:
            raise InvalidInput("The answer of this asset is stated already.", field=f"items[{index}].asset")
        taken.add(asset.pk)
        truth = _parsed(job, asset, item.annotations, path=f"items[{index}]")
        made.append(GoldTask(job=job, asset=asset, truth=truth, source=GoldSource.GIVEN, created_by_id=created_by_id))
    return _keep(job, made)


@transaction.atomic
def promote_gold(
    job_id: UUID, *, from_job_id: UUID, n_tasks: int, min_confidence: float, created_by_id: UUID
) -> list[GoldTask]:
    """Take a random sample of another job's strong final labels, on assets of this draft, for gold.

    What is strong: final in the latest run, at that confidence, from at least three answers, and of boxes every one
    at that confidence. Labels that the draft's ontology does not know are passed over, and those of parts of assets.

    Raises
    ------
    WrongState, TooMuchGold
        As for `add_gold`.
    InvalidInput
        The other job asks for another kind of annotation.
    NoConsensusYet
        The other job has no run.
    """
    job = _hold_draft(job_id)
    source = LabelingJob.objects.get(pk=from_job_id)
    if source.annotation_type != job.annotation_type:
        raise InvalidInput("The jobs ask for different kinds of annotation.", field="from_job")
    run = ConsensusRun.objects.current_of(source)
    if run is None:
        raise NoConsensusYet("The other job's labels have not been concluded.", field="from_job")
    known = GoldTask.objects.filter(job=job).values("asset")
    strong = ConsensusLabel.objects.filter(
        run=run,
        state=LabelState.FINAL,
        confidence__gte=min_confidence,
        n_answers__gte=PROMOTE_FROM_ANSWERS,
        task__scope__isnull=True,
        task__asset__in=job.snapshot.members.values("asset"),
    ).exclude(task__asset__in=known)
    label_ids = sorted(strong.values_list("pk", flat=True))
    _chance.shuffle(label_ids)
    made: list[GoldTask] = []
    for start in range(0, len(label_ids), CHUNK):
        for label in strong.filter(pk__in=label_ids[start : start + CHUNK]).select_related("task__asset"):
            truth = _truth_of(job, label, min_confidence=min_confidence)
            if truth is not None and len(made) < n_tasks:
                asset = label.task.asset
                made.append(
                    GoldTask(job=job, asset=asset, truth=truth, source=GoldSource.PROMOTED, created_by_id=created_by_id)
                )
        if len(made) >= n_tasks:
            break
    return _keep(job, made)


def require_answers(job: LabelingJob) -> None:
    """Refuse a training or an exam of which some answer is not known.

    Raises
    ------
    KnownAnswersMissing
        Saying how many.
    """
    n_missing = job.snapshot.n_assets - n_gold(job.pk)
    if job.teaches and n_missing:
        raise KnownAnswersMissing(
            "State the answer of every asset of a training or an exam.", field="job", n_missing=n_missing
        )


def n_gold(job_id: UUID) -> int:
    """Return how many assets of a job have a known answer."""
    return GoldTask.objects.filter(job=job_id).count()


@transaction.atomic
def materialise_gold(job_id: UUID) -> int:
    """Turn the tasks on assets of known answer into gold, before the job opens; safe to repeat."""
    gold = {each.asset_id: each for each in GoldTask.objects.filter(job=job_id)}
    if not gold:
        return 0
    job = LabelingJob.objects.get(pk=job_id)
    exposures = job.n_learners if job.teaches else MAX_EXPOSURES
    known = {asset_id: each.truth for asset_id, each in gold.items()}
    tasks = reserve_gold(job_id, known, max_exposures=exposures)
    member = ANNOTATION_TYPES[job.annotation_type].member
    for asset_id, task in tasks.items():
        gold[asset_id].task_id = task.pk
        if task.scope is not None:  # only of its part of the asset is anything asked
            gold[asset_id].truth = within_scope(known[asset_id], task.scope, member=member)
    GoldTask.objects.bulk_update(gold.values(), ["task", "truth"], batch_size=CHUNK)
    return len(tasks)


@transaction.atomic
def remove_gold(gold_id: UUID) -> None:
    """Take back what was stated while the job is a draft; safe to repeat.

    Raises
    ------
    WrongState
        Its tasks are made.
    """
    gold = GoldTask.objects.filter(pk=gold_id)
    job_id = gold.values_list("job_id", flat=True).first()
    if job_id is None:  # somebody else has just taken it back
        return
    _hold_draft(job_id)
    gold.delete()


def retire_gold(gold_id: UUID, *, user_id: UUID) -> GoldTask:
    """Show it to nobody any more, because it is known too well; what it said of workers stays.

    Raises
    ------
    GoldClosed
        It is not active.
    """
    return _decide(gold_id, GoldState.RETIRED, allowed=(GoldState.ACTIVE,), user_id=user_id)


def uphold_gold(gold_id: UUID, *, user_id: UUID) -> GoldTask:
    """Decide that disputed gold is right: its scores count again. It is not shown again.

    Raises
    ------
    GoldClosed
        It is not disputed.
    """
    return _decide(gold_id, GoldState.RETIRED, allowed=(GoldState.DISPUTED,), user_id=user_id)


def withdraw_gold(gold_id: UUID, *, user_id: UUID) -> GoldTask:
    """Decide that gold is wrong: its scores count no more, and its label comes from its answers.

    Raises
    ------
    GoldClosed
        It was withdrawn before.
    """
    allowed = (GoldState.ACTIVE, GoldState.DISPUTED, GoldState.RETIRED)
    return _decide(gold_id, GoldState.WITHDRAWN, allowed=allowed, user_id=user_id)


def _hold_draft(job_id: UUID) -> LabelingJob:
    jobs = LabelingJob.objects.select_for_update(no_key=True, of=("self",)).select_related("ontology", "snapshot")
    job = jobs.get(pk=job_id)
    if job.state != JobState.DRAFT or job.n_tasks or job.answer_budget_micros:  # its terms are set: see publishing
        raise WrongState(
            "Known answers are stated before the job's tasks are made.",
            state=job.state,
            allowed_states=[JobState.DRAFT.value],
        )
    return job


def _assets_of(job: LabelingJob, items: Sequence[KnownAnswer]) -> list[Asset]:
    ids = [item.asset_id for item in items if item.asset_id]
    names = [item.external_id for item in items if item.external_id]
    within = Asset.objects.filter(pk__in=job.snapshot.members.values("asset"))
    found = list(within.filter(Q(pk__in=ids) | Q(external_id__in=names)))
    by_id, by_name = {asset.pk: asset for asset in found}, {asset.external_id: asset for asset in found}
    assets = []
    for index, item in enumerate(items):
        asset = by_id.get(item.asset_id) if item.asset_id else by_name.get(item.external_id or "")
        if asset is None:
            field = "asset" if item.asset_id else "external_id"
            raise InvalidInput("There is no such asset in the job.", field=f"items[{index}].{field}")
        assets.append(asset)
    return assets


def _parsed(job: LabelingJob, asset: Asset, annotations: list[dict[str, Any]], *, path: str) -> list[dict[str, Any]]:
    subject = asset.subject(job.ontology.rules)
    try:
        return ANNOTATION_TYPES[job.annotation_type].parse(annotations, subject)
    except Refusal as refusal:
        raise InvalidAnnotation(refusal.detail, field=f"{path}.{refusal.field}") from refusal


def _truth_of(job: LabelingJob, label: ConsensusLabel, *, min_confidence: float) -> list[dict[str, Any]] | None:
    """Return a label as annotations of the job; None where part of it is not sure enough, or unknown to the job."""
    annotations = AGGREGATORS[job.annotation_type].as_annotations(
        label.value, terms=terms_of(job.ontology), min_confidence=min_confidence
    )
    if annotations is None:
        return None
    try:
        return _parsed(job, label.task.asset, annotations, path="")
    except InvalidAnnotation:
        return None


def _keep(job: LabelingJob, made: list[GoldTask]) -> list[GoldTask]:
    n_assets = job.snapshot.n_assets
    n_known = GoldTask.objects.filter(job=job).count() + len(made)
    if made and n_known >= n_assets and not job.teaches:
        raise TooMuchGold("No task would be left to ask for.", field="items", n_gold=n_known, n_assets=n_assets)
    return GoldTask.objects.bulk_create(made, batch_size=CHUNK)


@transaction.atomic
def _decide(gold_id: UUID, state: GoldState, *, allowed: Sequence[GoldState], user_id: UUID) -> GoldTask:
    task_id = GoldTask.objects.values_list("task_id", flat=True).get(pk=gold_id)
    task = Task.objects.select_for_update(no_key=True).filter(pk=task_id).first()
    gold = GoldTask.objects.select_for_update(no_key=True, of=("self",)).get(pk=gold_id)
    if gold.state not in allowed or task is None:
        raise GoldClosed(
            "The gold is in a state that does not allow this."
            if task is not None
            else "The job's tasks have not been made; take the gold back instead.",
            state=gold.state,
            allowed_states=[each.value for each in allowed],
        )
    change_state(gold, state)
    gold.decided_by_id, gold.decided_at = user_id, database_now()
    gold.save(update_fields=["decided_by", "decided_at"])
    retire_task(task, reason=RetiredReason.HUMAN, facts={"gold": True})
    data = {"gold": str(gold.pk), "task": str(task.pk), "state": state.value}
    gold_decided.send(sender=None, job_id=gold.job_id, data=data, deltas={})
    return gold


def change_state(gold: GoldTask, state: GoldState) -> None:
    """Set the state of gold that the caller holds locked, and what follows from it for those who answered it."""
    believed: Callable[[str], bool] = {GoldState.ACTIVE.value, GoldState.RETIRED.value}.__contains__
    changes_scores = believed(gold.state) != believed(state)
    gold.state = state
    gold.save(update_fields=["state"])
    if changes_scores:
        refresh_witnesses(gold)
