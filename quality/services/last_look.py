"""The last look before a job ends: what was retired early, on little knowledge of the crowd, is believed anew.

Skills are poor while a job is young, and a task that looked certain then may not look so at the end. Measured on
recorded crowds, buying those few answers more is worth more accuracy than a higher target from the start.
"""

from uuid import UUID

from django.db import transaction
from django.db.models import F

from labeling.models import LabelingJob, RetiredReason, Task
from marketplace.operations.adapters import database_now
from quality.models import JobModel
from quality.services.belief import reconsider
from quality.services.fit import fit_job, store_skills
from quality.services.reviewers import store_reviewers, with_reviews
from quality.services.reviews import draw_reviews
from quality.signals import last_look_due

MAX_LOOKS = 3


@transaction.atomic
def ask_for_last_look(job_id: UUID) -> bool:
    """Ask for a look at a job that is about to end; return whether there is one to wait for.

    There is none when no answer has come since the last look, or when there were enough of them.
    """
    due = JobModel.objects.filter(pk=job_id, n_looked_at__lt=F("n_seen"), n_last_looks__lt=MAX_LOOKS)
    if not due.update(n_looked_at=F("n_seen"), n_last_looks=F("n_last_looks") + 1):
        return False
    last_look_due.send(sender=None, job_id=job_id, data={}, deltas={})
    return True


def take_last_look(job_id: UUID) -> None:
    """Estimate the skills from all answers, reopen the tasks that are in doubt with them, and have others looked at.

    Safe to repeat.
    """
    job = LabelingJob.objects.select_related("ontology").get(pk=job_id)
    begun_at = database_now()
    fit, reviewers = with_reviews(job, fit_job(job))
    store_skills(job, fit, begun_at=begun_at)
    store_reviewers(job, reviewers, begun_at=begun_at)
    confident = Task.objects.annotations().filter(
        job=job, retired_reason=RetiredReason.CONFIDENT, n_counted__lt=F("max_overlap")
    )
    for task_id in confident.order_by("pk").values_list("pk", flat=True):
        if fit.conclusions[task_id].confidence < job.target_confidence:
            reconsider(task_id)
    draw_reviews(job, fit.conclusions, at_the_end=True)
