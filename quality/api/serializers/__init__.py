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
from quality.api.serializers.findings import (
    ConfirmationSerializer,
    DismissalSerializer,
    FindingSerializer,
    ObjectionSerializer,
    OwnFindingSerializer,
)

__all__ = [
    "AgreementSerializer",
    "AuditItemSerializer",
    "AuditSerializer",
    "BeliefSerializer",
    "ConfirmationSerializer",
    "ConsensusSerializer",
    "DismissalSerializer",
    "ExplanationSerializer",
    "FindingSerializer",
    "JudgedItemSerializer",
    "LabelSerializer",
    "NewAuditSerializer",
    "NewVerdictSerializer",
    "ObjectionSerializer",
    "OwnFindingSerializer",
    "RunSerializer",
    "TaskSerializer",
]
