"""Routing: answers beyond the least are left to the better workers of a job, as long as these are at work."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from labeling.models import Assignment, LabelingJob, Task
from labeling.services import leave_further_answers
from marketplace.operations.adapters import database_now
from quality.core.allocation.routing import Record, patience_s, poorer_workers
from quality.core.classes.skills import CrowdSkill, WorkerSkill
from quality.services.aggregation import Fit

Json = dict[str, Any]

# Who took no task for so long is not at work.
PRESENT = timedelta(minutes=30)


def route_further_answers(job: LabelingJob, fit: Fit) -> None:
    """Tell the poorer workers at work to leave further answers to the better ones, where the type can tell them apart.

    Not in jobs by offer only: what was offered to somebody is theirs to answer.
    """
    rate = RATERS.get(job.annotation_type)
    if rate is None or job.by_offer_only or not fit.crowd:
        return
    now = database_now()
    recent = Assignment.objects.filter(job=job, leased_at__gt=now - PRESENT)
    taken = list(recent.order_by("leased_at").values_list("worker_id", "leased_at"))
    here = {worker_id for worker_id, _ in taken}
    poorer = poorer_workers(rate(fit.crowd, {one: skill for one, skill in fit.workers.items() if one in here}))
    ages = [(now - at).total_seconds() for worker_id, at in taken if worker_id not in poorer]
    n_wanting = Task.objects.wanting_answers().filter(job=job, further_since__isnull=False).count()
    leave_further_answers(job.pk, poorer, for_s=patience_s(n_wanting, ages))


def _rate_classes(crowd: Json, workers: Mapping[UUID, Json]) -> dict[UUID, Record]:
    known = CrowdSkill.from_json(crowd)
    usual = WorkerSkill().accuracy(known)
    rated = {}
    for worker_id, stored in workers.items():
        skill = WorkerSkill.from_json(stored)
        rated[worker_id] = Record(ahead=skill.accuracy(known) - usual, n_answers=skill.n_answers)
    return rated


Rater = Callable[[Json, Mapping[UUID, Json]], dict[UUID, Record]]
# Measured for classes alone (`make bench-routing`): of other types further answers go to whoever comes.
RATERS: dict[str, Rater] = {"image_classification": _rate_classes}
