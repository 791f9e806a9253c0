"""Training, exams, fields of expertise and the rights they earn: who may learn, who has passed, who may work."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.dispatch import Signal

from labeling.errors import InvalidInput
from labeling.models import Assignment, JobWorker, LabelingJob, Purpose, Task, WorkerGrant
from labeling.signals import expertise_given, expertise_revoked, learner_passed
from marketplace.accounts.models import User
from marketplace.operations.adapters import database_now


def missing_of(job: LabelingJob, worker_id: UUID) -> dict[str, str]:
    """Return what a worker lacks that a job asks for: a course that it `requires`, a field of `expertise`."""
    missing: dict[str, str] = {}
    if job.requires_id is not None:
        passed = WorkerGrant.objects.standing().filter(course=job.requires_id, worker=worker_id)
        missing |= {} if passed.exists() else {"requires": str(job.requires_id)}
    if not holds_expertise(job, worker_id):
        missing["expertise"] = job.expertise
    return missing


def holds_expertise(job: LabelingJob, worker_id: UUID) -> bool:
    """Return whether a worker is of the field that a job is for; everybody is where it is for none."""
    return not job.expertise or WorkerGrant.objects.attesting(job).filter(worker=worker_id).exists()


def qualified_for(job: LabelingJob) -> QuerySet[User]:
    """Return the people who have passed what a job requires, and are of its field."""
    people = User.objects.all()
    if job.requires_id is not None:
        passed = WorkerGrant.objects.standing().filter(course=job.requires_id, worker=OuterRef("pk"))
        people = people.filter(Exists(passed))
    if job.expertise:
        people = people.filter(Exists(WorkerGrant.objects.attesting(job).filter(worker=OuterRef("pk"))))
    return people


def qualifies(user: User) -> Q:
    """Return the condition on jobs that a user has passed what they require, and is of their field."""
    passed = WorkerGrant.objects.standing().filter(worker=user, course=OuterRef("requires"))
    attested = WorkerGrant.objects.attesting_outer().filter(worker=user)
    return (Q(requires__isnull=True) | Exists(passed)) & (Q(expertise="") | Exists(attested))


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
    """Note that a worker passed; None where that was noted before. The caller holds the transaction.

    A field that the course attests is attested in the jobs of its organization, and in nobody else's.
    """
    if WorkerGrant.objects.filter(course=course, worker=worker_id).exists():
        return None
    made = WorkerGrant.objects.create(
        course=course,
        worker_id=worker_id,
        share=share,
        expertise=course.attests,
        organization_id=course.organization_id,
        granted_at=database_now(),
    )
    pseudonym = JobWorker.objects.values_list("pseudonym", flat=True).get(job=course, worker=worker_id)
    data = {"worker": pseudonym, "share": round(share, 4)}
    learner_passed.send(sender=None, job_id=course.pk, data=data, deltas={"passed": 1})
    return made


@transaction.atomic
def give_expertise(
    worker_id: UUID,
    *,
    expertise: str,
    organization_id: UUID | None,
    evidence: str,
    given_by_id: UUID,
    until: datetime | None = None,
) -> WorkerGrant:
    """Attest that somebody knows a field; what was given before for the same jobs is replaced.

    Parameters
    ----------
    organization_id : in whose jobs it counts; None: in everybody's.

    Raises
    ------
    InvalidInput
        It would have run out already, or people of the platform attest themselves.
    """
    now = database_now()
    if until is not None and until <= now:
        raise InvalidInput("That lies in the past.", field="until")
    if organization_id is None and worker_id == given_by_id:
        raise InvalidInput("Somebody else of the staff has to look at the evidence.", field="worker")
    # Two who give it at once come one after the other.
    User.objects.select_for_update(no_key=True).get(pk=worker_id)
    before = WorkerGrant.objects.given().filter(
        worker=worker_id, expertise=expertise, organization=organization_id, revoked_at__isnull=True
    )
    before.update(revoked_at=now, revoked_by=given_by_id)
    made = WorkerGrant.objects.create(
        worker_id=worker_id,
        expertise=expertise,
        organization_id=organization_id,
        evidence=evidence,
        given_by_id=given_by_id,
        granted_at=now,
        until=until,
    )
    _announce(made, expertise_given)
    return made


@transaction.atomic
def revoke_grant(grant_id: UUID, *, user_id: UUID) -> WorkerGrant:
    """Take a right back; taken back before is fine. What was done under it stays as it is."""
    revoked = WorkerGrant.objects.filter(pk=grant_id, revoked_at__isnull=True)
    n_revoked = revoked.update(revoked_at=database_now(), revoked_by=user_id)
    found = WorkerGrant.objects.get(pk=grant_id)
    if n_revoked and found.given_by_id is not None:
        _announce(found, expertise_revoked)
    return found


def _announce(given: WorkerGrant, signal: Signal) -> None:
    """Tell an organization's stream; the platform's own grants are on nobody's."""
    if given.organization_id is not None:
        data = {"grant": str(given.pk), "expertise": given.expertise}
        signal.send(sender=None, organization_id=given.organization_id, data=data)
