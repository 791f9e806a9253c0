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
from quality.api.serializers.gold import (
    GoldSerializer,
    MadeGoldSerializer,
    NewGoldDocumentationSerializer,
    NewGoldSerializer,
    PromotionSerializer,
    SkillsSerializer,
)

__all__ = [
    "AgreementSerializer",
    "AuditItemSerializer",
    "AuditSerializer",
    "BeliefSerializer",
    "ConsensusSerializer",
    "ExplanationSerializer",
    "GoldSerializer",
    "JudgedItemSerializer",
    "LabelSerializer",
    "MadeGoldSerializer",
    "NewAuditSerializer",
    "NewGoldDocumentationSerializer",
    "NewGoldSerializer",
    "NewVerdictSerializer",
    "PromotionSerializer",
    "RunSerializer",
    "SkillsSerializer",
    "TaskSerializer",
]
