"""Deciding findings. A decision may pause the worker in the job; it never rejects an answer nor takes back pay."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from labeling.models import JobWorker
from labeling.services import pause_worker
from marketplace.operations.adapters import database_now
from quality.errors import FindingDecided, ObjectionMade, OwnFinding
from quality.models import Finding, FindingState
from quality.signals import finding_decided, finding_objected


def confirm_finding(finding_id: UUID, *, note: str, pause_minutes: int | None, user_id: UUID) -> Finding:
    """Say that a finding is right, and pause the worker in the job if told so; the same again changes nothing.

    Raises
    ------
    FindingDecided
        It was decided otherwise, or with other words.
    OwnFinding
        It is about the user.
    """
    return _decide(finding_id, FindingState.CONFIRMED, note=note, pause_minutes=pause_minutes, user_id=user_id)


def dismiss_finding(finding_id: UUID, *, note: str, user_id: UUID) -> Finding:
    """Say that a finding is wrong; raises as `confirm_finding`."""
    return _decide(finding_id, FindingState.DISMISSED, note=note, pause_minutes=None, user_id=user_id)


@transaction.atomic
def _decide(finding_id: UUID, state: FindingState, *, note: str, pause_minutes: int | None, user_id: UUID) -> Finding:
    finding = Finding.objects.select_for_update(no_key=True, of=("self",)).select_related("job").get(pk=finding_id)
    if user_id in (finding.worker_id, finding.partner_id):
        raise OwnFinding("Nobody decides a finding about themself.")
    if finding.state != FindingState.OPEN:
        if (finding.state, finding.note, finding.pause_minutes) == (state, note, pause_minutes):
            return finding
        raise FindingDecided("The finding has been decided.", state=finding.state, allowed_states=[FindingState.OPEN])
    now = database_now()
    finding.state, finding.note, finding.pause_minutes = state, note, pause_minutes
    finding.decided_by_id, finding.decided_at = user_id, now
    finding.save(update_fields=["state", "note", "pause_minutes", "decided_by", "decided_at"])
    if pause_minutes is not None:
        _pause(finding, until=now + timedelta(minutes=pause_minutes))
    data = {"finding": str(finding.pk), "kind": finding.kind, "state": finding.state}
    finding_decided.send(sender=None, job_id=finding.job_id, data=data, deltas={})
    return finding


def _pause(finding: Finding, *, until: datetime) -> None:
    """Pause the worker in the job; a longer pause stays as it is."""
    place = JobWorker.objects.select_for_update(no_key=True).get(job=finding.job_id, worker=finding.worker_id)
    if place.paused_until is None or place.paused_until < until:
        pause_worker(finding.job, finding.worker_id, until=until)


@transaction.atomic
def object_to_finding(finding_id: UUID, *, text: str) -> Finding:
    """Keep what the worker says against a confirmed finding; the same again changes nothing.

    Raises
    ------
    ObjectionMade
        There is an objection in other words.
    """
    finding = Finding.objects.select_for_update(no_key=True).get(pk=finding_id)
    if finding.objection == text:
        return finding
    if finding.objection:
        raise ObjectionMade("The finding has been objected to.")
    finding.objection, finding.objected_at = text, database_now()
    finding.save(update_fields=["objection", "objected_at"])
    data = {"finding": str(finding.pk), "kind": finding.kind}
    finding_objected.send(sender=None, job_id=finding.job_id, data=data, deltas={})
    return finding
