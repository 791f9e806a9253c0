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
from quality.api.serializers.gold import (
    GoldSerializer,
    MadeGoldSerializer,
    NewGoldDocumentationSerializer,
    NewGoldSerializer,
    PromotionSerializer,
    SkillsSerializer,
)
from quality.api.serializers.guidelines import ImpactSerializer, NewImpactSerializer
from quality.api.serializers.reviews import CheckSerializer, NewReviewSerializer, ReviewerSerializer
from quality.api.serializers.rules import FiringSerializer, JobRuleSerializer, NewRuleSerializer
from quality.api.serializers.runs import ComparisonSerializer, FlipsSerializer, MethodsSerializer, NewRunSerializer
from quality.api.serializers.training import FeedbackSerializer, GrantSerializer, LearnerSerializer

__all__ = [
    "AgreementSerializer",
    "AuditItemSerializer",
    "AuditSerializer",
    "BeliefSerializer",
    "CheckSerializer",
    "ComparisonSerializer",
    "ConfirmationSerializer",
    "ConsensusSerializer",
    "DismissalSerializer",
    "ExplanationSerializer",
    "FeedbackSerializer",
    "FindingSerializer",
    "FiringSerializer",
    "FlipsSerializer",
    "GoldSerializer",
    "GrantSerializer",
    "ImpactSerializer",
    "JobRuleSerializer",
    "JudgedItemSerializer",
    "LabelSerializer",
    "LearnerSerializer",
    "MadeGoldSerializer",
    "MethodsSerializer",
    "NewAuditSerializer",
    "NewGoldDocumentationSerializer",
    "NewGoldSerializer",
    "NewImpactSerializer",
    "NewReviewSerializer",
    "NewRuleSerializer",
    "NewRunSerializer",
    "NewVerdictSerializer",
    "ObjectionSerializer",
    "OwnFindingSerializer",
    "PromotionSerializer",
    "ReviewerSerializer",
    "RunSerializer",
    "SkillsSerializer",
    "TaskSerializer",
]
