"""Jobs: drafting, opening, pausing, closing."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F, Sum

from labeling.errors import InvalidInput, JobHeld, WrongState
from labeling.models import (
    AT_WORK,
    CHECKS,
    Assignment,
    AssignmentState,
    CloseReason,
    Dataset,
    GuidelineVersion,
    JobState,
    LabelingJob,
    OntologyVersion,
    OrderBy,
    Purpose,
    RetiredReason,
    Snapshot,
    Task,
    TaskState,
)
from labeling.models.jobs import one_asset_per_task
from labeling.services.countries import Countries
from labeling.services.fitting import require_fit
from labeling.services.snapshots import take_snapshot
from labeling.services.splitting import read_strategy
from labeling.signals import job_closed, job_opened, job_paused, job_resumed, tasks_opened
from marketplace.operations.adapters import database_now
from marketplace.operations.core.currencies import USUAL_CURRENCY


@dataclass(frozen=True)
class JobSpec:
    """What a requester says of a job.

    Attributes
    ----------
    target_confidence : 0.5 to below 1; a task below it wants one more answer.
    least_gain : 0 to 1; below this expected gain of accuracy a task wants no further answer (0: always one more).
    review_share : 0 to 1; reviews and adjudications bought per task at most.
    reviewed_by : `peer`, `senior` or `requester`.
    units_per_asset : objects expected in an asset (1 for classification).
    lease_s : seconds that a claimed task is held without heartbeat.
    order_by : `dataset`, or `uncertainty` of the model whose pre-labels have `order_source` (and `order_version`).
    split : strategy and parameters, see `labeling.core.splitting`.
    currency : in which its work is priced, paid for and paid.
    purpose : `work`, or `training` or `exam` for `n_learners` workers, who pass with `pass_share` right answers.
    attests : field of expertise that passing it attests in the organization's jobs; empty: none.
    """

    name: str
    annotation_type: str
    workforce: str
    by_offer_only: bool
    min_overlap: int
    max_overlap: int
    target_confidence: float
    least_gain: float
    review_share: float
    reviewed_by: str
    units_per_asset: float
    lease_s: int
    deadline: datetime | None
    split: dict[str, Any] = field(default_factory=one_asset_per_task)
    purpose: str = Purpose.WORK
    n_learners: int = 0
    pass_share: float = 0.8
    attests: str = ""
    order_by: str = OrderBy.DATASET
    order_source: str = ""
    order_version: str = ""
    currency: str = USUAL_CURRENCY


@transaction.atomic
def create_job(
    *,
    dataset: Dataset,
    ontology: OntologyVersion,
    guideline: GuidelineVersion,
    spec: JobSpec,
    created_by_id: UUID,
    requires: LabelingJob | None = None,
    snapshot: Snapshot | None = None,
    parent: LabelingJob | None = None,
) -> LabelingJob:
    """Draft a job on a snapshot of the dataset, a fresh one unless given; its workers have passed `requires` first.

    Raises
    ------
    EmptyDataset
        There is nothing to label.
    InvalidInput
        Ontology, guidelines, dataset and what is required do not belong together, or the type of annotation needs more
        of them, or cannot be split as stated.
    """
    project = ontology.project
    if guideline.project_id != project.pk:
        raise InvalidInput("The guidelines are of another project.", field="guideline")
    if dataset.organization_id != project.organization_id:
        raise InvalidInput("The dataset is of another organization.", field="dataset")
    if requires is not None and (not requires.teaches or requires.organization_id != project.organization_id):
        raise InvalidInput("Only a training or an exam of the organization can be required.", field="requires")
    require_fit(spec.annotation_type, ontology=ontology, dataset=dataset)
    job = LabelingJob(
        requires=requires,
        organization_id=project.organization_id,
        project=project,
        snapshot=snapshot or take_snapshot(dataset.pk),
        parent_job=parent,
        ontology=ontology,
        guideline=guideline,
        created_by_id=created_by_id,
        **vars(spec),
    )
    strategy = read_strategy(job, spec.split)
    job.split, job.split_strategy = strategy.stated, strategy.name
    job.save(force_insert=True)
    return job


def _locked(job_id: UUID, *, allowed: tuple[JobState, ...]) -> LabelingJob:
    job = LabelingJob.objects.select_for_update(no_key=True).get(pk=job_id)
    if job.state not in allowed:
        raise WrongState(f"The job is {job.state}.", state=job.state, allowed_states=[state.value for state in allowed])
    return job


@transaction.atomic
def set_terms(
    job_id: UUID,
    *,
    pay_micros: int,
    currency: str,
    answer_budget_micros: int,
    late_reserve_micros: int,
    aided_pay_micros: int = 0,
    gold_reserve_micros: int = 0,
    review_pay_micros: int = 0,
    review_reserve_micros: int = 0,
    countries: Countries | None = None,
) -> None:
    """Fix what one answer and one review pay, how much may be spent and workers of which countries may take part.

    Parameters
    ----------
    countries : whose workers the job is offered to; None for all.
    """
    job = _locked(job_id, allowed=(JobState.DRAFT,))
    job.pay_micros = pay_micros
    job.aided_pay_micros = aided_pay_micros
    job.currency = currency
    job.answer_budget_micros = answer_budget_micros
    job.late_reserve_micros = late_reserve_micros
    job.gold_reserve_micros = gold_reserve_micros
    job.review_pay_micros = review_pay_micros
    job.review_reserve_micros = review_reserve_micros
    if countries is not None:
        job.open_to = None if countries.only is None else sorted(countries.only)
        job.closed_to = sorted(countries.but)
    job.save(
        update_fields=[
            "open_to",
            "closed_to",
            "pay_micros",
            "aided_pay_micros",
            "currency",
            "answer_budget_micros",
            "late_reserve_micros",
            "gold_reserve_micros",
            "review_pay_micros",
            "review_reserve_micros",
        ]
    )


@transaction.atomic
def set_expertise(job_id: UUID, expertise: str) -> None:
    """State the field whose people alone are to work on a draft; empty: anybody."""
    job = _locked(job_id, allowed=(JobState.DRAFT,))
    job.expertise = expertise
    job.save(update_fields=["expertise"])


@transaction.atomic
def cancel_draft(job_id: UUID) -> None:
    """Give up a job that was never opened, with the tasks that were made of it already."""
    made = list(Task.objects.filter(job=job_id, state=TaskState.OPEN).order_by("id").values_list("pk", flat=True))
    _retire(made, RetiredReason.CANCELLED, database_now())
    job = _locked(job_id, allowed=(JobState.DRAFT,))
    job.state = JobState.CANCELLED
    job.close_reason = CloseReason.MANUAL
    job.closed_at = database_now()
    job.save(update_fields=["state", "close_reason", "closed_at"])
    job_closed.send(sender=None, job_id=job.pk, data={"reason": CloseReason.MANUAL, "n_cancelled": 0}, deltas={})


def release_reserves(job_id: UUID) -> None:
    """Take no more late answers, nor any to gold, and ask for no reviews. The caller holds the transaction."""
    LabelingJob.objects.filter(pk=job_id).update(late_reserve_micros=0, gold_reserve_micros=0, review_reserve_micros=0)


@transaction.atomic
def open_job(job_id: UUID) -> None:
    """Let workers claim the tasks of a job that was drafted."""
    job = _locked(job_id, allowed=(JobState.DRAFT,))
    job.state = JobState.OPEN
    job.opened_at = database_now()
    job.save(update_fields=["state", "opened_at"])
    tasks_opened.send(sender=None, job_id=job.pk, data={"n_tasks": job.n_tasks}, deltas={"tasks": job.n_tasks})
    job_opened.send(sender=None, job_id=job.pk, data={"n_tasks": job.n_tasks}, deltas={})


@transaction.atomic
def pause_job(job_id: UUID) -> None:
    """Hand out no more tasks for now; work that is under way may still be submitted."""
    job = _locked(job_id, allowed=AT_WORK)
    job.state = JobState.PAUSED
    job.save(update_fields=["state"])
    job_paused.send(sender=None, job_id=job.pk, data={}, deltas={})


@transaction.atomic
def resume_job(job_id: UUID) -> None:
    """Hand out tasks again."""
    job = _locked(job_id, allowed=(JobState.PAUSED,))
    if job.held_for:
        raise JobHeld("The job is held until the platform has looked at it.", reason=job.held_for)
    job.state = job.state_at_work
    job.save(update_fields=["state"])
    job_resumed.send(sender=None, job_id=job.pk, data={}, deltas={})


@transaction.atomic
def close_job(job_id: UUID, *, reason: CloseReason) -> None:
    """End a job for good; tasks still open are retired as `cancelled`, gold as `human`, and leases run out."""
    # Tasks are locked before the job, as everywhere.
    open_tasks = LabelingJob.objects.get(pk=job_id).tasks.filter(state=TaskState.OPEN)
    locked = list(open_tasks.select_for_update(no_key=True).order_by("id").values_list("pk", "is_gold", "kind"))
    now = database_now()
    live = Assignment.objects.filter(job_id=job_id, state=AssignmentState.ACTIVE, expires_at__gt=now)
    ending = list(live.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))
    Assignment.objects.filter(pk__in=ending).update(expires_at=now)
    job = _locked(job_id, allowed=(*AT_WORK, JobState.PAUSED))
    checks = [task_id for task_id, _, kind in locked if kind in CHECKS]
    gold = [task_id for task_id, is_gold, _ in locked if is_gold]
    given_up = [task_id for task_id, is_gold, kind in locked if not is_gold and kind not in CHECKS]
    _retire(given_up + checks, RetiredReason.CANCELLED, now)
    _retire(gold, RetiredReason.HUMAN, now)
    job.state = JobState.CANCELLED if reason == CloseReason.MANUAL else JobState.COMPLETED
    job.close_reason = reason
    job.closed_at = now
    job.n_held = 0
    unmade = Task.objects.filter(pk__in=checks).aggregate(n=Sum((F("wanted_overlap") - F("n_taken")) * F("pay_micros")))
    job.review_reserve_micros += unmade["n"] or 0
    job.save(update_fields=["state", "close_reason", "closed_at", "n_held", "review_reserve_micros"])
    ended = {
        "retired": len(given_up) + len(gold),
        "retired_cancelled": len(given_up),
        "retired_human": len(gold),
        "reviews_closed": len(checks),
    }
    deltas = {name: n for name, n in ended.items() if n}
    job_closed.send(sender=None, job_id=job.pk, data={"reason": reason, "n_cancelled": len(given_up)}, deltas=deltas)


def _retire(task_ids: list[UUID], reason: RetiredReason, now: datetime) -> None:
    Task.objects.filter(pk__in=task_ids).update(state=TaskState.RETIRED, retired_reason=reason, retired_at=now)
