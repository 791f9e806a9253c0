"""Training and exams: what a learner is told, and when one has passed."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from labeling.models import (
    Assignment,
    AssignmentState,
    JobWorker,
    LabelingJob,
    Purpose,
    Task,
    TaskKind,
    WorkerGrant,
)
from labeling.services import grant
from quality.errors import NoFeedbackYet
from quality.models import GoldScore, GoldTask
from quality.services.reading import scene_of
from quality.services.scoring import score_annotations, told_conflict

Json = dict[str, Any]

ANSWERED = (AssignmentState.SUBMITTED, AssignmentState.ACCEPTED, AssignmentState.REJECTED)
DONE = (*ANSWERED, AssignmentState.SKIPPED)


@dataclass(frozen=True)
class Standing:
    """How far a learner is: lessons in all, those answered or skipped, those right."""

    n_lessons: int
    n_done: int
    n_right: int

    @property
    def is_through(self) -> bool:
        """Return whether nothing is left to answer."""
        return self.n_done >= self.n_lessons

    @property
    def share(self) -> float:
        """Return the share right of all lessons; what was skipped is not right."""
        return self.n_right / self.n_lessons if self.n_lessons else 0.0


def standing_of(course: LabelingJob, worker_id: UUID) -> Standing:
    """Return how far a worker is in a training or an exam; lessons that turned out doubtful are left out."""
    lessons = Task.objects.filter(job=course, kind=TaskKind.TRAINING, gold__in=GoldTask.objects.believed())
    done = Assignment.objects.filter(task__in=lessons, worker=worker_id, state__in=DONE).values("task").distinct()
    right = GoldScore.objects.filter(gold__task__in=lessons, worker=worker_id, is_right=True)
    return Standing(n_lessons=lessons.count(), n_done=done.count(), n_right=right.count())


def settle_learner(course: LabelingJob, worker_id: UUID) -> None:
    """Note it if a worker has answered everything, and enough of it right; safe to repeat."""
    standing = standing_of(course, worker_id)
    if standing.n_lessons and standing.is_through and standing.share >= course.pass_share - 1e-9:
        grant(course, worker_id, share=standing.share)


@transaction.atomic(savepoint=False)
def note_skip(task_id: UUID, pseudonym: str) -> None:
    """Look at a learner who has skipped a lesson: it may have been the last."""
    task = Task.objects.select_related("job").get(pk=task_id)
    place = JobWorker.objects.select_for_update(no_key=True).get(job=task.job, pseudonym=pseudonym)
    settle_learner(task.job, place.worker_id)


def feedback_on(assignment: Assignment) -> Json | None:
    """Return what a learner is told of an answer; None where there is nothing to tell.

    Raises
    ------
    NoFeedbackYet
        It is an exam, and not everything is answered.
    """
    course = assignment.job
    if assignment.task.kind != TaskKind.TRAINING or assignment.state not in ANSWERED:
        return None
    standing = standing_of(course, assignment.worker_id)
    if course.purpose == Purpose.EXAM and not standing.is_through:
        left = standing.n_lessons - standing.n_done
        raise NoFeedbackYet("An exam tells when everything is answered.", n_left=left)
    gold = GoldTask.objects.select_related("asset").get(task=assignment.task)
    given = assignment.answer.payload.annotations
    scored = score_annotations(course.annotation_type, given, gold.truth, scene=scene_of(gold.asset, course.ontology))
    return {
        "score": scored.score,
        "is_right": scored.is_right,
        "annotations": given,
        "known": gold.truth,
        "conflicts": [told_conflict(conflict) for conflict in scored.conflicts],
        "doubted": gold.state not in {"active", "retired"},
        "n_lessons": standing.n_lessons,
        "n_done": standing.n_done,
        "n_right": standing.n_right,
        "pass_share": course.pass_share,
        "passed": assignment.worker.grants.filter(course=course).exists(),
    }


def learners_of(course: LabelingJob) -> QuerySet[JobWorker]:
    """Return those who began a training or an exam, with what they have done, got right, and earned."""
    done = Assignment.objects.filter(job=OuterRef("job"), worker=OuterRef("worker"), state__in=DONE)
    right = GoldScore.objects.filter(
        gold__in=GoldTask.objects.believed(), gold__job=OuterRef("job"), worker=OuterRef("worker"), is_right=True
    )
    grants = WorkerGrant.objects.filter(course=OuterRef("job"), worker=OuterRef("worker"))
    return course.workers.annotate(
        n_done=_count(done, "task"),
        n_right=_count(right, "answer"),
        grant_id=Subquery(grants.values("pk")[:1]),
        granted_at=Subquery(grants.values("granted_at")[:1]),
        revoked_at=Subquery(grants.values("revoked_at")[:1]),
    )


def _count(rows: QuerySet[Any], of: str) -> Coalesce:
    counted = rows.order_by().values("worker").annotate(n=Count(of, distinct=True)).values("n")
    return Coalesce(Subquery(counted, output_field=IntegerField()), 0)
