"""Training, exams and the rights they earn: who may learn, who has passed, who may work."""

from uuid import UUID

from django.db.models import Exists, OuterRef

from labeling.models import Assignment, JobWorker, LabelingJob, Purpose, Task, WorkerGrant
from labeling.signals import learner_passed
from marketplace.operations.adapters import database_now


def is_qualified(job: LabelingJob, worker_id: UUID) -> bool:
    """Return whether a worker has passed what a job requires."""
    if job.requires_id is None:
        return True
    return WorkerGrant.objects.standing().filter(course=job.requires_id, worker=worker_id).exists()


def lock_lessons(job: LabelingJob, place: JobWorker, *, limit: int) -> list[Task]:
    """Lock what a learner is to answer next: a training in its order, an exam in any.

    Nothing for those who came after as many others as the job is paid for.
    """
    if JobWorker.objects.filter(job=job, pk__lt=place.pk).count() >= job.n_learners:
        return []
    tried = Assignment.objects.tried().filter(task=OuterRef("pk"), worker=place.worker_id)
    lessons = Task.objects.gold_to_draw().filter(~Exists(tried), job=job)
    order = lessons.order_by("ordinal" if job.purpose == Purpose.TRAINING else "?")
    next_ids = list(order.values_list("pk", flat=True)[:limit])
    # One that is being scored just now is waited for: whoever got none would take the course for finished.
    locked = lessons.filter(pk__in=next_ids).select_for_update(of=("self",), no_key=True).order_by("pk")
    return sorted(locked, key=lambda task: next_ids.index(task.pk))


def grant(course: LabelingJob, worker_id: UUID, *, share: float) -> WorkerGrant | None:
    """Note that a worker passed; None where that was noted before. The caller holds the transaction."""
    if WorkerGrant.objects.filter(course=course, worker=worker_id).exists():
        return None
    made = WorkerGrant.objects.create(course=course, worker_id=worker_id, share=share, granted_at=database_now())
    pseudonym = JobWorker.objects.values_list("pseudonym", flat=True).get(job=course, worker=worker_id)
    data = {"worker": pseudonym, "share": round(share, 4)}
    learner_passed.send(sender=None, job_id=course.pk, data=data, deltas={"passed": 1})
    return made


def revoke_grant(grant_id: UUID, *, user_id: UUID) -> WorkerGrant:
    """Take a right back; taken back before is fine. What was done under it stays as it is."""
    standing = WorkerGrant.objects.standing().filter(pk=grant_id)
    standing.update(revoked_at=database_now(), revoked_by=user_id)
    return WorkerGrant.objects.get(pk=grant_id)
