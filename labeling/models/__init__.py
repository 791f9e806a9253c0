"""The facts: projects, datasets, jobs, tasks, assignments, answers."""

from labeling.models.answers import Answer, AnswerDraft, AnswerPayload
from labeling.models.assignments import Assignment, AssignmentState
from labeling.models.assistance import JobAssistance
from labeling.models.backends import Circuit, ModelBackend, Prediction, PredictionItem
from labeling.models.cleaning import AssetFeatures, AssetFlaw, FlawDecision, FlawKind
from labeling.models.datasets import Asset, AssetKind, Dataset
from labeling.models.grants import WorkerGrant
from labeling.models.imports import AnnotationImport, ImportItem, ImportItemState, ImportPurpose, PreLabel
from labeling.models.ingests import Ingest, IngestItem, IngestRefusal, IngestSource
from labeling.models.jobs import (
    AT_WORK,
    CloseReason,
    HoldReason,
    JobState,
    JobWorker,
    LabelingJob,
    OrderBy,
    Purpose,
    ReviewedBy,
    Workforce,
)
from labeling.models.projects import AnnotationTypeName, GuidelineVersion, OntologyVersion, Project
from labeling.models.reviews import Proposal, Review, Verdict
from labeling.models.snapshots import OmissionReason, Snapshot, SnapshotAsset, SnapshotOmission
from labeling.models.tasks import CHECKS, RetiredReason, Task, TaskKind, TaskOffer, TaskState

__all__ = [
    "AT_WORK",
    "CHECKS",
    "AnnotationImport",
    "AnnotationTypeName",
    "Answer",
    "AnswerDraft",
    "AnswerPayload",
    "Asset",
    "AssetFeatures",
    "AssetFlaw",
    "AssetKind",
    "Assignment",
    "AssignmentState",
    "Circuit",
    "CloseReason",
    "Dataset",
    "FlawDecision",
    "FlawKind",
    "GuidelineVersion",
    "HoldReason",
    "ImportItem",
    "ImportItemState",
    "ImportPurpose",
    "Ingest",
    "IngestItem",
    "IngestRefusal",
    "IngestSource",
    "JobAssistance",
    "JobState",
    "JobWorker",
    "LabelingJob",
    "ModelBackend",
    "OmissionReason",
    "OntologyVersion",
    "OrderBy",
    "PreLabel",
    "Prediction",
    "PredictionItem",
    "Project",
    "Proposal",
    "Purpose",
    "RetiredReason",
    "Review",
    "ReviewedBy",
    "Snapshot",
    "SnapshotAsset",
    "SnapshotOmission",
    "Task",
    "TaskKind",
    "TaskOffer",
    "TaskState",
    "Verdict",
    "WorkerGrant",
    "Workforce",
]
