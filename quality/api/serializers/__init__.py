"""Shapes of beliefs, consensus, agreement, audits and explanations at the API."""

from quality.api.serializers.agreement import AgreementSerializer
from quality.api.serializers.audits import (
    AuditItemSerializer,
    AuditSerializer,
    JudgedItemSerializer,
    NewAuditSerializer,
    NewVerdictSerializer,
)
from quality.api.serializers.consensus import (
    BeliefSerializer,
    ConsensusSerializer,
    LabelSerializer,
    RunSerializer,
    TaskSerializer,
)
from quality.api.serializers.explanations import ExplanationSerializer

__all__ = [
    "AgreementSerializer",
    "AuditItemSerializer",
    "AuditSerializer",
    "BeliefSerializer",
    "ConsensusSerializer",
    "ExplanationSerializer",
    "JudgedItemSerializer",
    "LabelSerializer",
    "NewAuditSerializer",
    "NewVerdictSerializer",
    "RunSerializer",
    "TaskSerializer",
]
