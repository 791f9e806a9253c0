"""Audits: drawing final labels, taking people's verdicts, and concluding by the plan's rule.

Three choices keep a certificate honest. It speaks of the labels that its run states final: what is disputed or
provisional promises nothing. The rule looks at the verdicts in the order drawn, so that nobody's choice of what to
judge first bears on the result; a verdict ahead of a gap waits. And a run's audits are numbered, cancelled ones too, so
that whoever tries again until one passes says so.
"""

import secrets
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import Max
from django.dispatch import Signal

from labeling.errors import WrongState
from labeling.models import Assignment, JobState, LabelingJob
from marketplace.operations.adapters import database_now
from quality.errors import (
    AuditClosed,
    AuditTooLarge,
    AuditUnderWay,
    FourEyes,
    NoConsensusYet,
    NothingToAudit,
    VerdictGiven,
)
from quality.models import (
    DECIDED_STATES,
    LIVE_STATES,
    Audit,
    AuditItem,
    AuditPlanKind,
    AuditState,
    AuditVerdict,
    ConsensusRun,
    LabelState,
)
from quality.services.audit_plans import MAX_ITEMS, Draw, conclude, draw_of, plan_of
from quality.signals import audit_begun, audit_ended, audit_planned

ENDED = (JobState.COMPLETED, JobState.CANCELLED, JobState.ARCHIVED)
CHUNK = 1_000
SEED_BITS = 53  # what every reader of JSON keeps whole
# The errors expected, as a part of the limit, where nothing is said of them.
EXPECTED_PART = Decimal("0.25")


@dataclass(frozen=True)
class AuditOrder:
    """What is asked of an audit; without a kind the cheaper of fixed and sequential is taken."""

    max_error: Decimal
    confidence: Decimal
    expected_error: Decimal | None = None
    kind: AuditPlanKind | None = None


@transaction.atomic
def order_audit(job_id: UUID, *, order: AuditOrder, created_by_id: UUID) -> Audit:
    """Plan an audit of an ended job's current run and draw its labels.

    Raises
    ------
    WrongState
        The job has not ended.
    NoConsensusYet, NothingToAudit
        There is no run, or it states no label final.
    AuditUnderWay
        Another audit of the run has not ended.
    LimitTooNear, NoSuchPlan, AuditTooLarge
        Nothing reasonable would show the limit to be kept.
    """
    run = _auditable_run(job_id)
    final = run.labels.filter(state=LabelState.FINAL, task__is_gold=False).order_by("task__ordinal")
    population = final.count()
    if not population:
        raise NothingToAudit("The run states no label final.")
    expected = (order.max_error * EXPECTED_PART).quantize(Decimal("0.000001"))
    audit = Audit(
        run=run,
        number=(run.audits.aggregate(last=Max("number"))["last"] or 0) + 1,
        max_error=order.max_error,
        confidence=order.confidence,
        expected_error=expected if order.expected_error is None else order.expected_error,
        population=population,
        seed=secrets.randbits(SEED_BITS),
        created_by_id=created_by_id,
    )
    draw = plan_of(audit, final, kind=order.kind)
    if draw.n_items > MAX_ITEMS:
        raise AuditTooLarge(
            f"This takes {draw.n_items} checks, more than {MAX_ITEMS}.",
            field="max_error",
            n_items=draw.n_items,
            max_items=MAX_ITEMS,
        )
    audit.kind, audit.plan, audit.n_items = draw.kind, draw.plan, draw.n_items
    audit.save(force_insert=True)
    _draw_items(audit, draw, list(final.values_list("pk", flat=True)))
    _tell(audit_planned, audit)
    return audit


@transaction.atomic
def give_verdict(item_id: UUID, *, verdict: AuditVerdict, note: str, user_id: UUID) -> AuditItem:
    """Record what a person found of a drawn label, and end the audit where its plan says so.

    Raises
    ------
    AuditClosed
        The audit has ended.
    VerdictGiven
        The label has its verdict.
    FourEyes
        The person worked on the task.
    """
    audit_id = AuditItem.objects.values_list("audit_id", flat=True).get(pk=item_id)
    audit = _hold(audit_id)
    item = AuditItem.objects.select_related("label__task__asset").get(pk=item_id)
    if item.verdict is not None:
        raise VerdictGiven("The label has its verdict.", verdict=item.verdict)
    # Whoever had the task on the screen, answered or not, and may yet send an answer late.
    if Assignment.objects.filter(task=item.label.task_id, worker_id=user_id).exists():
        raise FourEyes("You worked on this task; somebody else must judge it.")
    item.verdict, item.note = verdict, note
    item.verdict_by_id, item.decided_at = user_id, database_now()
    item.save(update_fields=["verdict", "note", "verdict_by", "decided_at"])
    if audit.state == AuditState.PLANNED:
        audit.state = AuditState.RUNNING
        _tell(audit_begun, audit)
    if item.ordinal == audit.n_audited + 1:
        _go_on(audit)
    audit.save(update_fields=["state", "n_audited", "n_wrong", "certificate", "ended_at"])
    if audit.state in DECIDED_STATES:
        _tell(audit_ended, audit)
    item.audit = audit
    return item


@transaction.atomic
def cancel_audit(audit_id: UUID) -> Audit:
    """Give an audit up; it stays on record.

    Raises
    ------
    AuditClosed
        It has ended.
    """
    audit = _hold(audit_id)
    audit.state, audit.ended_at = AuditState.CANCELLED, database_now()
    audit.save(update_fields=["state", "ended_at"])
    _tell(audit_ended, audit)
    return audit


def _auditable_run(job_id: UUID) -> ConsensusRun:
    """Return the current run of an ended job, locking the job so that audits are ordered one after the other."""
    job = LabelingJob.objects.select_for_update(no_key=True).get(pk=job_id)
    if job.state not in ENDED:
        raise WrongState(f"The job is {job.state}.", state=job.state, allowed_states=[state.value for state in ENDED])
    run = ConsensusRun.objects.current_of(job)
    if run is None:
        raise NoConsensusYet("The job's labels have not been concluded.")
    live = run.audits.filter(state__in=LIVE_STATES).first()
    if live is not None:
        raise AuditUnderWay("Another audit of the run has not ended.", audit=str(live.pk))
    return run


def _draw_items(audit: Audit, draw: Draw, label_ids: list[UUID]) -> None:
    rows = draw_of(draw, np.random.default_rng(audit.seed), population=audit.population)
    items = [
        AuditItem(audit=audit, label_id=label_ids[row], ordinal=ordinal, stratum=draw.stratum_of(row))
        for ordinal, row in enumerate(rows.tolist(), start=1)
    ]
    AuditItem.objects.bulk_create(items, batch_size=CHUNK)


def _hold(audit_id: UUID) -> Audit:
    """Return a live audit, its row locked: verdicts are counted one after the other."""
    audit = Audit.objects.select_for_update(no_key=True, of=("self",)).select_related("run").get(pk=audit_id)
    if audit.state not in LIVE_STATES:
        allowed = [state.value for state in LIVE_STATES]
        raise AuditClosed(f"The audit is {audit.state}.", state=audit.state, allowed_states=allowed)
    return audit


def _go_on(audit: Audit) -> None:
    """Walk on along the verdicts up to the next gap, or to where the plan ends the audit."""
    ahead = audit.items.filter(ordinal__gt=audit.n_audited).order_by("ordinal").values_list("verdict", flat=True)
    for verdict in ahead.iterator(chunk_size=CHUNK):
        if verdict is None:
            return
        audit.n_audited += 1
        audit.n_wrong += verdict == AuditVerdict.WRONG
        certificate = conclude(audit)
        if certificate is not None:
            audit.state = AuditState.PASSED if certificate.holds else AuditState.FAILED
            audit.certificate = {
                **certificate.to_json(),
                "labels": "those that the run states final",
                "run": str(audit.run_id),
                "audit_number": audit.number,
            }
            audit.ended_at = database_now()
            return


def _tell(signal: Signal, audit: Audit) -> None:
    data = {"audit": str(audit.pk), "number": audit.number, "run": str(audit.run_id), "state": str(audit.state)}
    signal.send(sender=None, job_id=audit.run.job_id, data=data, deltas={})
