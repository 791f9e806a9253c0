"""The beliefs: what is probably true of a task, how far to trust a worker, what gold and audits showed."""

from quality.models.audits import DECIDED_STATES, LIVE_STATES, Audit, AuditItem, AuditPlanKind, AuditState, AuditVerdict
from quality.models.consensus import (
    MAX_RUNS,
    ConsensusLabel,
    ConsensusRun,
    JobModel,
    LabelState,
    ReviewerRecord,
    RunSkill,
    TaskBelief,
    WorkerSkill,
)
from quality.models.findings import Finding, FindingKind, FindingState, JobScreening
from quality.models.gold import GoldScore, GoldSource, GoldState, GoldTask, WorkerAbility
from quality.models.rules import MAX_RULES, Collector, Comparison, JobRule, RuleAction, RuleFiring

__all__ = [
    "DECIDED_STATES",
    "LIVE_STATES",
    "MAX_RULES",
    "MAX_RUNS",
    "Audit",
    "AuditItem",
    "AuditPlanKind",
    "AuditState",
    "AuditVerdict",
    "Collector",
    "Comparison",
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
    "JobRule",
    "JobScreening",
    "LabelState",
    "ReviewerRecord",
    "RuleAction",
    "RuleFiring",
    "RunSkill",
    "TaskBelief",
    "WorkerAbility",
    "WorkerSkill",
]
