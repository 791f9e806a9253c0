"""Splitting a job otherwise: a draft as a whole, a published one as far as nobody has begun with it."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import F, Max, Sum

from labeling.core.splitting import Pace, Planned, Strategy
from labeling.errors import SplitRefused, WrongState
from labeling.models import JobState, LabelingJob, Task, TaskState
from labeling.services.materialise import tasks_of
from labeling.services.splitting import planned_tasks
from labeling.signals import tasks_opened

RESPLITS = (JobState.OPEN, JobState.PAUSED)
# Tasks taken back, and tasks made instead, in one transaction.
MAX_TASKS = 20_000


@dataclass(frozen=True)
class Pay:
    """For one answer, in micro-units: to a task that shows nothing, and to one that shows a pre-label."""

    micros: int
    aided_micros: int


@transaction.atomic
def resplit_draft(job_id: UUID, strategy: Strategy) -> None:
    """Split a draft otherwise; a quote for it is good no more.

    Raises
    ------
    WrongState
        Its tasks are being made.
    """
    job = LabelingJob.objects.select_for_update(no_key=True).get(pk=job_id)
    if job.state != JobState.DRAFT or job.n_tasks or job.answer_budget_micros:  # its terms are set: see publishing
        raise WrongState("The job's tasks are being made.", state=job.state, allowed_states=[*RESPLITS])
    _state(job, strategy)
    job.save(update_fields=["split", "split_strategy"])


@transaction.atomic
def resplit_job(job_id: UUID, strategy: Strategy, *, pace: Pace, pay: Pay) -> None:
    """Make other tasks of the assets that nobody has begun with; what was begun stays as it is.

    Raises
    ------
    WrongState
        The job is not under way.
    SplitRefused
        The money agreed does not cover the tasks, or there are too many, or they were offered to somebody.
    """
    job = LabelingJob.objects.select_related("snapshot", "ontology").get(pk=job_id)
    _require_resplittable(job)
    withdrawn = _lock_unclaimed(job)
    job = LabelingJob.objects.select_for_update(no_key=True, of=("self",)).get(pk=job_id)
    _require_resplittable(job)
    assets = {task.asset_id for task in withdrawn}
    planned = list(planned_tasks(job, strategy, pace=pace, only=assets)) if assets else []
    _require_few(planned)
    job.pay_micros, job.aided_pay_micros = pay.micros, pay.aided_micros
    last = job.tasks.aggregate(ordinal=Max("ordinal"), batch=Max("batch"))
    made = tasks_of(job, planned, first_ordinal=(last["ordinal"] or 0) + 1, first_batch=last["batch"] or 0)
    Task.objects.filter(pk__in=[task.pk for task in withdrawn]).delete()
    _require_budget(job, made)
    Task.objects.bulk_create(made, batch_size=1_000)
    _state(job, strategy)
    job.n_tasks += len(made) - len(withdrawn)
    job.save(update_fields=["split", "split_strategy", "n_tasks", "pay_micros", "aided_pay_micros"])
    data = {"n_tasks": len(made), "n_withdrawn": len(withdrawn), "strategy": strategy.name}
    tasks_opened.send(sender=None, job_id=job.pk, data=data, deltas={"tasks": len(made) - len(withdrawn)})


def _require_resplittable(job: LabelingJob) -> None:
    if job.state not in RESPLITS:
        raise WrongState(f"The job is {job.state}.", state=job.state, allowed_states=[JobState.DRAFT, *RESPLITS])
    if job.by_offer_only or job.teaches:
        raise SplitRefused("Tasks that were offered to certain people, or that teach, stay as they are.")
    if job.n_held:
        raise SplitRefused("Tasks are held back by a pilot; decide on it first.")


def _lock_unclaimed(job: LabelingJob) -> list[Task]:
    """Lock the tasks of assets of which nobody has begun any; what somebody is just claiming is passed over."""
    untouched = job.tasks.unclaimed().order_by("pk").only("pk", "asset_id")
    locked = list(untouched.select_for_update(of=("self",), skip_locked=True)[: MAX_TASKS + 1])
    if len(locked) > MAX_TASKS:
        raise SplitRefused(f"More than {MAX_TASKS} tasks would be taken back at once.", max_tasks=MAX_TASKS)
    others = job.tasks.annotations().filter(asset__in={task.asset_id for task in locked})
    begun = set(others.exclude(pk__in=[task.pk for task in locked]).values_list("asset_id", flat=True))
    return [task for task in locked if task.asset_id not in begun]


def _require_few(planned: list[Planned]) -> None:
    if len(planned) > MAX_TASKS:
        raise SplitRefused(f"More than {MAX_TASKS} tasks would be made at once.", max_tasks=MAX_TASKS)


def _require_budget(job: LabelingJob, made: list[Task]) -> None:
    """Refuse tasks that the job could not pay for if every answer were bought."""
    kept = job.tasks.annotations().filter(is_gold=False, state=TaskState.OPEN)
    still = kept.aggregate(micros=Sum((F("max_overlap") - F("n_taken")) * F("pay_micros")))["micros"] or 0
    needed = job.committed_micros + still + sum(task.max_overlap * task.pay_micros for task in made)
    if needed > job.answer_budget_micros:
        raise SplitRefused(
            "The money agreed does not cover every answer to the tasks that this split makes.",
            needed_micros=needed,
            budget_micros=job.answer_budget_micros,
        )


def _state(job: LabelingJob, strategy: Strategy) -> None:
    job.split, job.split_strategy = strategy.stated, strategy.name
