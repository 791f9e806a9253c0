"""The beliefs: what is probably true of a task, how far to trust a worker, what gold and audits showed."""

from quality.models.audits import DECIDED_STATES, LIVE_STATES, Audit, AuditItem, AuditPlanKind, AuditState, AuditVerdict
from quality.models.consensus import (
    MAX_RUNS,
    ConsensusLabel,
    ConsensusRun,
    JobModel,
    LabelState,
    RunSkill,
    TaskBelief,
    WorkerSkill,
)
from quality.models.findings import Finding, FindingKind, FindingState, JobScreening
from quality.models.gold import GoldScore, GoldSource, GoldState, GoldTask, WorkerAbility

__all__ = [
    "DECIDED_STATES",
    "LIVE_STATES",
    "MAX_RUNS",
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
    "GoldScore",
    "GoldSource",
    "GoldState",
    "GoldTask",
    "JobModel",
    "JobScreening",
    "LabelState",
    "RunSkill",
    "TaskBelief",
    "WorkerAbility",
    "WorkerSkill",
]
