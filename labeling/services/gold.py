"""Gold among the tasks, and what is known of a worker: columns that upper rooms push down and claiming obeys."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Random

from labeling.core.annotations import ANNOTATION_TYPES
from labeling.core.splitting import within_scope
from labeling.errors import InvalidInput
from labeling.models import CHECKS, Assignment, JobWorker, LabelingJob, Task
from labeling.services.offers import offers_to

MAX_EXPOSURES = 10_000
WHOLE_PPM = 1_000_000

Annotations = list[dict[str, Any]]

_chance = secrets.SystemRandom()


@transaction.atomic
def reserve_gold(job_id: UUID, known: Mapping[UUID, Annotations], *, max_exposures: int) -> dict[UUID, Task]:
    """Turn the tasks on these assets into gold, before anybody has seen them; return each asset's task. Safe to repeat.

    Of an asset that is asked about in parts one becomes gold: the one in which most is known to be.

    Parameters
    ----------
    known : the annotations of each asset.
    max_exposures : workers that a gold task is shown to at most.

    Raises
    ------
    InvalidInput
        An asset is not among the job's tasks, or workers have seen its task.
    """
    tasks = list(
        Task.objects.select_for_update(no_key=True)
        .filter(job=job_id, asset__in=known)
        .exclude(kind__in=CHECKS)
        .order_by("pk")
    )
    found = _telling_most(job_id, tasks, known)
    if len(found) < len(known):
        raise InvalidInput("An asset is not among the job's tasks.", field="asset")
    if any(not task.is_gold and task.assignments.exists() for task in found.values()):
        raise InvalidInput("A task that workers have seen cannot become gold.", field="asset")
    shown = min(max_exposures, MAX_EXPOSURES)
    fresh = [task.pk for task in found.values() if not task.is_gold]
    Task.objects.filter(pk__in=fresh).update(is_gold=True, wanted_overlap=shown, max_overlap=shown)
    return found


def _telling_most(job_id: UUID, tasks: Sequence[Task], known: Mapping[UUID, Annotations]) -> dict[UUID, Task]:
    """Return one task of each asset: what is gold already, or of its parts the first with the most annotations."""
    member = ANNOTATION_TYPES[LabelingJob.objects.values_list("annotation_type", flat=True).get(pk=job_id)].member

    def told(task: Task) -> tuple[bool, int, int]:
        found = (
            known[task.asset_id]
            if task.scope is None
            else within_scope(known[task.asset_id], task.scope, member=member)
        )
        return task.is_gold, len(found), -task.ordinal

    chosen: dict[UUID, Task] = {}
    for task in sorted(tasks, key=told):
        chosen[task.asset_id] = task
    return chosen


def set_gold_rate(job_id: UUID, worker_id: UUID, *, ppm: int) -> None:
    """Fix how often a worker gets gold in a job, in millionths of the tasks handed out."""
    JobWorker.objects.filter(job=job_id, worker=worker_id).update(gold_ppm=ppm)


def pause_worker(job: LabelingJob, worker_id: UUID, *, until: datetime | None) -> None:
    """Hand no task of the job to a worker before that time; None lets the worker go on at once."""
    JobWorker.objects.filter(job=job, worker=worker_id).update(paused_until=until)


def draw_gold(job: LabelingJob, place: JobWorker, *, n_tasks: int) -> list[Task]:
    """Lock the gold to be mixed among `n_tasks` tasks: what was shown least first, and never twice to one worker."""
    if not job.gold_reserve_micros:
        return []
    n_gold = sum(_chance.randrange(WHOLE_PPM) < place.gold_ppm for _ in range(n_tasks))
    if not n_gold:
        return []
    tried = Assignment.objects.tried().filter(task=OuterRef("pk"), worker=place.worker_id)
    gold = Task.objects.gold_to_draw().filter(~Exists(tried), job=job)
    if job.by_offer_only:
        gold = gold.filter(offers__in=offers_to(place.worker_id, job))
    least_shown = gold.order_by("n_taken", Random())
    return list(least_shown.select_for_update(of=("self",), skip_locked=True, no_key=True)[:n_gold])


def mixed(leases: Sequence[Assignment], gold: Sequence[Assignment]) -> list[Assignment]:
    """Return the leases in their order, with those on gold anywhere among them."""
    result = list(leases)
    for lease in gold:
        result.insert(_chance.randrange(len(result) + 1), lease)
    return result


def commit_gold_pay(job: LabelingJob, leases: Sequence[Assignment]) -> list[Assignment]:
    """Reserve the pay of leases on gold; return those that the gold reserve covers."""
    return [lease for lease in leases if take_from_gold_reserve(job.pk, lease.pay_micros)]


def take_from_gold_reserve(job_id: UUID, micros: int) -> bool:
    """Reserve pay for an answer to gold; return whether the reserve covers it."""
    covers = LabelingJob.objects.filter(pk=job_id, gold_reserve_micros__gte=micros)
    return bool(covers.update(gold_reserve_micros=F("gold_reserve_micros") - micros))
