"""Orders whose answers wait for a person, and what speaks against an answer."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from labeling.core.conflicts import ConflictKind
from labeling.models import Answer, Assignment, LabelingJob, Task
from labeling.services import claim_tasks
from marketplace.accounts.models import Role, User
from marketplace.operations.adapters import database_now
from marketplace.orders.models import Acceptance, Freeze, Rejection
from marketplace.orders.services import OrderTerms, RejectionSpec, accept_answer, reject_answer
from quality.models import ConsensusLabel, ConsensusRun, LabelState
from quality.services import EvidenceKind
from tests import invariants, make

MANUAL = OrderTerms(acceptance=Acceptance.MANUAL)


def manual_job(**job_changes: Any) -> LabelingJob:
    """Return an open job whose answers a person accepts or rejects."""
    return make.published_job(**({"terms": MANUAL} | job_changes))


def answered(job: LabelingJob, name: str = "dog", *, by: User | None = None) -> Answer:
    """Return a worker's answer that waits for a decision."""
    given = make.answer(make.lease(job, by=by), annotations=[{"class": name}])
    accept_answer(given.pk)
    return given


def answers_of_one(job: LabelingJob, names: Sequence[str], *, by: User | None = None) -> list[Answer]:
    """Return the answers of one worker to as many tasks, waiting for decisions."""
    worker = by or make.worker()
    held = claim_tasks(job.pk, worker.pk, limit=len(names))
    return [make.answer(each, annotations=[{"class": name}]) for each, name in zip(held, names, strict=True)]


def consensus_on(task: Task, *, name: str = "cat", n_answers: int = 3) -> ConsensusLabel:
    """Return the settled label of a task."""
    run, _ = ConsensusRun.objects.get_or_create(
        job=task.job,
        is_current=True,
        defaults={
            "number": 1,
            "method": "majority",
            "parameters": {},
            "code_version": "1",
            "n_answers": n_answers,
            "converged": True,
        },
    )
    return ConsensusLabel.objects.create(
        run=run,
        task=task,
        state=LabelState.FINAL,
        confidence=0.95,
        value={"class": name, "posterior": {name: 0.95}},
        n_answers=n_answers,
    )


def rejected(answer: Answer, *, by: User | None = None, share_ppm: int = 0) -> Rejection:
    """Return the rejection of an answer, on a consensus of cats."""
    label = ConsensusLabel.objects.filter(task=answer.task).first() or consensus_on(answer.task)
    return reject_answer(answer.pk, against(label.pk, share_ppm=share_ppm), by_id=(by or rejecter_of(answer)).pk)


def against(evidence_id: UUID, *, kind: EvidenceKind = EvidenceKind.CONSENSUS, share_ppm: int = 0) -> RejectionSpec:
    """Return what is said against an answer: the wrong label."""
    return RejectionSpec(
        reason=ConflictKind.MISMATCHING_LABEL,
        evidence_kind=kind,
        evidence_id=evidence_id,
        comment="It is a cat.",
        share_ppm=share_ppm,
    )


def rejecter_of(answer: Answer) -> User:
    """Return who orders the job."""
    return answer.job.created_by


def manager_of(job: LabelingJob) -> User:
    """Return a manager who has rejected nothing."""
    return make.user(Role.MANAGER, home=job.organization)


def broken() -> dict[str, list[object]]:
    """Return the invariants that do not hold, as if the test's transaction were committed here."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        found = invariants.broken()
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return found


def let_pass(rejection: Rejection) -> None:
    """Turn the clock of a rejection's deadlines back, so that they are over by the database's clock."""
    rejection.refresh_from_db()
    past = database_now() - timedelta(seconds=1)
    rejection.appeal_until = past
    rejection.decide_until = past if rejection.decide_until else None
    rejection.save(update_fields=["appeal_until", "decide_until"])


def let_freeze_pass(frozen: Freeze) -> None:
    """Turn the clock of a freeze back."""
    Freeze.objects.filter(pk=frozen.pk).update(decide_until=database_now() - timedelta(seconds=1))


def let_wait(answer: Answer, *, seconds: int) -> None:
    """Let an answer have been submitted so long ago."""
    moment = database_now() - timedelta(seconds=seconds)
    Assignment.objects.filter(pk=answer.assignment_id).update(submitted_at=moment)
