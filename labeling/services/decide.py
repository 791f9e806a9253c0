"""What becomes of submitted work."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models.functions import Now

from labeling.core.shares import WHOLE_PPM, part_of, ppm_of, share_of
from labeling.models import Assignment, AssignmentState
from labeling.signals import answer_accepted, answer_rejected, rejection_overturned


@dataclass(frozen=True)
class DecidedWork:
    """What was decided on, and what is owed for it now to whom."""

    assignment_id: UUID
    job_id: UUID
    worker_id: UUID
    pay_micros: int


def accept_assignment(assignment_id: UUID) -> DecidedWork | None:
    """Accept submitted work in full; return None if it was decided before. The caller holds the transaction."""
    submitted = Assignment.objects.filter(pk=assignment_id, state=AssignmentState.SUBMITTED)
    if not submitted.update(state=AssignmentState.ACCEPTED, accepted_share=share_of(WHOLE_PPM), decided_at=Now()):
        return None
    decided = _decided(assignment_id, share_ppm=WHOLE_PPM)
    deltas = {"accepted": 1, "paid_micros": decided.pay_micros}
    answer_accepted.send(sender=None, job_id=decided.job_id, data=_told(decided), deltas=deltas)
    return decided


def reject_assignment(assignment_id: UUID, *, share_ppm: int) -> DecidedWork | None:
    """Reject submitted work, or accept a part of it; return None if it was decided before.

    The answer stays as it is, and so does its place in the task's overlap: rejecting asks for no other in its stead.

    Parameters
    ----------
    share_ppm : the part of its pay that it earned, in millionths; work that earned some of it is accepted in part.
    """
    if not 0 <= share_ppm < WHOLE_PPM:
        raise ValueError("Work that earned all of its pay is not rejected.")
    submitted = Assignment.objects.filter(pk=assignment_id, state=AssignmentState.SUBMITTED)
    state = AssignmentState.ACCEPTED if share_ppm else AssignmentState.REJECTED
    if not submitted.update(state=state, accepted_share=share_of(share_ppm), decided_at=Now()):
        return None
    decided = _decided(assignment_id, share_ppm=share_ppm)
    deltas = {state.value: 1} | ({"accepted_in_part": 1, "paid_micros": decided.pay_micros} if share_ppm else {})
    answer_rejected.send(sender=None, job_id=decided.job_id, data=_told(decided), deltas=deltas)
    return decided


def overturn_rejection(assignment_id: UUID, *, share_ppm: int) -> DecidedWork:
    """Accept work that was rejected, or accepted in part, with a larger share; what is owed is the difference.

    The caller holds the transaction and the rejection's lock.
    """
    before = Assignment.objects.get(pk=assignment_id)
    earlier_ppm = ppm_of(before.accepted_share or Decimal(0))
    if not earlier_ppm < share_ppm <= WHOLE_PPM:
        raise ValueError("An appeal that is won gains something.")
    Assignment.objects.filter(pk=assignment_id).update(
        state=AssignmentState.ACCEPTED, accepted_share=share_of(share_ppm)
    )
    owed = part_of(before.pay_micros, share_ppm) - part_of(before.pay_micros, earlier_ppm)
    won = DecidedWork(assignment_id=assignment_id, job_id=before.job_id, worker_id=before.worker_id, pay_micros=owed)
    deltas = {"paid_micros": owed, "overturned": 1}
    if before.state == AssignmentState.REJECTED:
        deltas |= {"rejected": -1, "accepted": 1}
    data = {"task": str(before.task_id), "assignment": str(assignment_id), "pay_micros": owed}
    rejection_overturned.send(sender=None, job_id=before.job_id, data=data, deltas=deltas)
    return won


def undecided_since(job_id: UUID, *, moment: datetime) -> list[UUID]:
    """Return the assignments of a job that were submitted by then and wait for a decision, first come first."""
    waiting = Assignment.objects.filter(job=job_id, state=AssignmentState.SUBMITTED, submitted_at__lte=moment)
    return list(waiting.order_by("submitted_at", "pk").values_list("pk", flat=True))


def _decided(assignment_id: UUID, *, share_ppm: int) -> DecidedWork:
    job_id, worker_id, pay_micros = Assignment.objects.values_list("job_id", "worker_id", "pay_micros").get(
        pk=assignment_id
    )
    return DecidedWork(
        assignment_id=assignment_id, job_id=job_id, worker_id=worker_id, pay_micros=part_of(pay_micros, share_ppm)
    )


def _told(decided: DecidedWork) -> dict[str, str | int]:
    task_id = Assignment.objects.values_list("task_id", flat=True).get(pk=decided.assignment_id)
    return {"task": str(task_id), "assignment": str(decided.assignment_id), "pay_micros": decided.pay_micros}
