"""The beliefs: what is probably true of a task, how far to trust a worker, and what audits found."""

from quality.models.audits import DECIDED_STATES, LIVE_STATES, Audit, AuditItem, AuditPlanKind, AuditState, AuditVerdict
from quality.models.consensus import (
    ConsensusLabel,
    ConsensusRun,
    JobModel,
    LabelState,
    TaskBelief,
    WorkerSkill,
)
from quality.models.findings import Finding, FindingKind, FindingState, JobScreening

__all__ = [
    "DECIDED_STATES",
    "LIVE_STATES",
    "Audit",
    "AuditItem",
    "AuditPlanKind",
    "AuditState",
    "AuditVerdict",
    "ConsensusLabel",
    "ConsensusRun",
    "Finding",
    "FindingKind",
    "FindingState",
    "JobModel",
    "JobScreening",
    "LabelState",
    "TaskBelief",
    "WorkerSkill",
]
