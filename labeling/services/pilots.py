"""A pilot: some assets drawn at random are worked on first, and all other tasks are held back, wanting no answers."""

import random
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import F

from labeling.errors import WrongState
from labeling.models import JobState, LabelingJob, Task, TaskState
from labeling.signals import job_opened, pilot_ended, pilot_passed, tasks_opened
from marketplace.operations.adapters import database_now


@dataclass(frozen=True)
class Raise:
    """What a job pays for an answer from now on, and by how much its budgets grow; never less than before."""

    pay_micros: int
    answer_budget_micros: int = 0
    late_reserve_micros: int = 0
    gold_reserve_micros: int = 0
    review_reserve_micros: int = 0


@transaction.atomic
def open_pilot(job_id: UUID, *, n_assets: int, seed: int) -> None:
    """Open a drafted job, whose tasks are made, for so many of its assets; of all others the tasks are held back.

    Gold is left out of the draw, and shown as in any job.
    """
    asked = Task.objects.annotations().filter(job=job_id, is_gold=False)
    assets = list(asked.order_by("asset_id").values_list("asset_id", flat=True).distinct())
    drawn = random.Random(seed).sample(assets, min(n_assets, len(assets)))  # noqa: S311 -- no secret
    n_held = asked.exclude(asset__in=drawn).update(wanted_overlap=0)
    job = LabelingJob.objects.select_for_update(no_key=True).get(pk=job_id)
    if job.state != JobState.DRAFT:
        raise WrongState(f"The job is {job.state}.", state=job.state, allowed_states=[JobState.DRAFT.value])
    job.n_held = n_held
    job.state = job.state_at_work
    job.opened_at = database_now()
    job.save(update_fields=["state", "opened_at", "n_held"])
    tasks_opened.send(sender=None, job_id=job.pk, data={"n_tasks": job.n_tasks}, deltas={"tasks": job.n_tasks})
    data = {"n_tasks": job.n_tasks, "n_held": n_held}
    job_opened.send(sender=None, job_id=job.pk, data=data, deltas={})


@transaction.atomic
def end_pilot(job_id: UUID) -> bool:
    """Note that all tasks of a pilot are done with; return whether that is news."""
    job = LabelingJob.objects.select_for_update(no_key=True).get(pk=job_id)
    if not job.n_held or job.pilot_ended_at is not None:
        return False
    job.pilot_ended_at = database_now()
    job.save(update_fields=["pilot_ended_at"])
    pilot_ended.send(sender=None, job_id=job.pk, data={"n_held": job.n_held}, deltas={})
    return True


@transaction.atomic
def pass_pilot(job_id: UUID, *, terms: Raise) -> int:
    """Let everybody go on with the tasks that were held back, at this pay; return how many they are.

    Raises
    ------
    WrongState
        There is no pilot, or it is not over.
    """
    # Tasks are locked before the job, as everywhere; nobody holds a lease on these.
    held = Task.objects.filter(job=job_id, state=TaskState.OPEN, wanted_overlap=0)
    for _ in held.select_for_update(no_key=True).order_by("pk").values_list("pk").iterator():
        pass  # locked by id, as everybody does; an UPDATE takes rows as it finds them
    overlap = LabelingJob.objects.values_list("min_overlap", flat=True).get(pk=job_id)
    held.filter(prelabel=None).update(pay_micros=terms.pay_micros)
    n_released = held.update(wanted_overlap=overlap)
    job = LabelingJob.objects.select_for_update(no_key=True).get(pk=job_id)
    if job.state not in {JobState.PILOT, JobState.PAUSED} or job.pilot_ended_at is None or not job.n_held:
        raise WrongState(
            f"The job is {job.state}, and no pilot of it waits.", state=job.state, allowed_states=[JobState.PILOT.value]
        )
    job.n_held = 0
    if job.state == JobState.PILOT:
        job.state = JobState.OPEN
    job.pay_micros = terms.pay_micros
    job.save(update_fields=["n_held", "state", "pay_micros"])
    LabelingJob.objects.filter(pk=job_id).update(
        answer_budget_micros=F("answer_budget_micros") + terms.answer_budget_micros,
        late_reserve_micros=F("late_reserve_micros") + terms.late_reserve_micros,
        gold_reserve_micros=F("gold_reserve_micros") + terms.gold_reserve_micros,
        review_reserve_micros=F("review_reserve_micros") + terms.review_reserve_micros,
    )
    pilot_passed.send(sender=None, job_id=job.pk, data={"n_tasks": n_released}, deltas={})
    return n_released
