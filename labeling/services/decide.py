"""What becomes of submitted work."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models.functions import Now

from labeling.models import Assignment, AssignmentState
from labeling.signals import answer_accepted


@dataclass(frozen=True)
class AcceptedWork:
    """What was accepted, and what is owed for it to whom."""

    assignment_id: UUID
    job_id: UUID
    worker_id: UUID
    pay_micros: int


def accept_assignment(assignment_id: UUID) -> AcceptedWork | None:
    """Accept submitted work in full; return None if it was decided before. The caller holds the transaction."""
    submitted = Assignment.objects.filter(pk=assignment_id, state=AssignmentState.SUBMITTED)
    if not submitted.update(state=AssignmentState.ACCEPTED, accepted_share=1.0, decided_at=Now()):
        return None
    task_id, job_id, worker_id, pay_micros = Assignment.objects.values_list(
        "task_id", "job_id", "worker_id", "pay_micros"
    ).get(pk=assignment_id)
    data = {"task": str(task_id), "assignment": str(assignment_id), "pay_micros": pay_micros}
    answer_accepted.send(sender=None, job_id=job_id, data=data, deltas={"accepted": 1, "paid_micros": pay_micros})
    return AcceptedWork(assignment_id=assignment_id, job_id=job_id, worker_id=worker_id, pay_micros=pay_micros)
