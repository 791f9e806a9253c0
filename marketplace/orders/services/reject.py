"""Rejecting an answer, or a part of its pay: on evidence, by a person, open to appeal."""

from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from labeling.core.conflicts import ConflictKind
from labeling.core.shares import part_of
from labeling.models import Answer, Assignment
from labeling.services import reject_assignment
from marketplace.operations.adapters import database_now
from marketplace.orders.core.deciding import APPEAL_FOR
from marketplace.orders.errors import AlreadyDecided, FourEyes, OrderFrozen, ReasonNotShown, RejectionNotAllowed
from marketplace.orders.models import Freeze, FreezeState, Order, Rejection
from marketplace.orders.services.accept import is_up_to_a_person, order_of
from marketplace.orders.services.freeze import freeze_if_too_much
from marketplace.orders.services.paying import pay_for_work
from quality.services import Contradiction, EvidenceKind, contradiction_of


@dataclass(frozen=True)
class RejectionSpec:
    """What a requester says against an answer.

    Attributes
    ----------
    reason : what is wrong; the evidence shows it.
    evidence_id : of a known answer, a consensus label, a review (its answer's id) or an audit's item of the same task.
    share_ppm : the part of the pay that was earned all the same, in millionths, below a million.
    """

    reason: ConflictKind
    evidence_kind: EvidenceKind
    evidence_id: UUID
    comment: str = ""
    share_ppm: int = 0


@transaction.atomic
def reject_answer(answer_id: UUID, spec: RejectionSpec, *, by_id: UUID) -> Rejection:
    """Reject an answer of an order with manual acceptance; what it earned all the same is paid at once.

    What is withheld stays in the escrow until the rejection is final. A rejection too many freezes the order.

    Raises
    ------
    RejectionNotAllowed, OrderFrozen, AlreadyDecided
        It cannot be rejected, not now, or no more.
    NoContradiction, ReasonNotShown
        The evidence does not speak against it, or not for that reason.
    FourEyes
        By an audit's verdict somebody else rejects than gave it.
    """
    answer = Answer.objects.select_related("assignment").get(pk=answer_id)
    order = order_of(answer.job_id)
    if not is_up_to_a_person(order, answer):
        raise RejectionNotAllowed("This work is accepted and paid without anybody's decision.")
    if Freeze.objects.filter(order=order, state=FreezeState.OPEN).exists():
        raise OrderFrozen("Too much of this job's work was rejected; the platform looks at it first.")
    against = contradiction_of(answer_id, kind=spec.evidence_kind, evidence_id=spec.evidence_id)
    _require_shown(spec.reason, against)
    if spec.evidence_kind == EvidenceKind.AUDIT and against.said_by == by_id:
        raise FourEyes("Somebody else rejects: the audit's verdict is yours.", field="evidence")
    decided = reject_assignment(answer.assignment_id, share_ppm=spec.share_ppm)
    if decided is None:
        state = Assignment.objects.values_list("state", flat=True).get(pk=answer.assignment_id)
        raise AlreadyDecided("The answer was decided on before.", state=state)
    rejection = _keep(order, answer.assignment, spec, against, by_id=by_id)
    order.n_decided += 1
    order.n_rejected += 1
    order.save(update_fields=["n_decided", "n_rejected"])
    freeze_if_too_much(order)
    if spec.share_ppm:
        pay_for_work(order, decided)
    return rejection


def _keep(
    order: Order, assignment: Assignment, spec: RejectionSpec, against: Contradiction, *, by_id: UUID
) -> Rejection:
    now = database_now()
    return Rejection.objects.create(
        order=order,
        job_id=order.job_id,
        assignment=assignment,
        reason=spec.reason,
        comment=spec.comment,
        evidence_kind=spec.evidence_kind,
        evidence_id=spec.evidence_id,
        evidence={
            "score": round(against.score, 4),
            "conflicts": against.conflicts,
            "known": against.known,
            "comment": against.comment,
        },
        evidence_by_id=against.said_by,
        share_ppm=spec.share_ppm,
        withheld_micros=assignment.pay_micros - part_of(assignment.pay_micros, spec.share_ppm),
        rejected_by_id=by_id,
        rejected_at=now,
        appeal_until=now + APPEAL_FOR,
    )


def _require_shown(reason: ConflictKind, against: Contradiction) -> None:
    shown = sorted({conflict["kind"] for conflict in against.conflicts})
    if shown and reason not in shown:
        raise ReasonNotShown("The evidence shows something else.", field="reason", shown=shown)
