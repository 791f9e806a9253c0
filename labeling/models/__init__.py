"""The facts: projects, datasets, jobs, tasks, assignments, answers."""

from labeling.models.answers import Answer, AnswerDraft, AnswerPayload
from labeling.models.assignments import Assignment, AssignmentState
from labeling.models.datasets import Asset, AssetKind, Dataset, Snapshot, SnapshotAsset
from labeling.models.jobs import CloseReason, JobState, JobWorker, LabelingJob, Workforce
from labeling.models.projects import AnnotationTypeName, GuidelineVersion, OntologyVersion, Project
from labeling.models.tasks import RetiredReason, SplitStrategy, Task, TaskKind, TaskOffer, TaskState

__all__ = [
    "AnnotationTypeName",
    "Answer",
    "AnswerDraft",
    "AnswerPayload",
    "Asset",
    "AssetKind",
    "Assignment",
    "AssignmentState",
    "CloseReason",
    "Dataset",
    "GuidelineVersion",
    "JobState",
    "JobWorker",
    "LabelingJob",
    "OntologyVersion",
    "Project",
    "RetiredReason",
    "Snapshot",
    "SnapshotAsset",
    "SplitStrategy",
    "Task",
    "TaskKind",
    "TaskOffer",
    "TaskState",
    "Workforce",
]
