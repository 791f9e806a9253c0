"""Reading counted answers for aggregation."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from django.db.models import Q, QuerySet

from labeling.models import Answer, Asset, OntologyVersion, Proposal, Task
from quality.core.terms import Scene, Terms
from quality.models import GoldTask
from quality.services.aggregation import GivenAnswer, TaskAnswers
from quality.services.checking import Annotations, GivenReview

CHUNK = 2_000
# Why an answer to gold does not count.
TO_GOLD = "gold"
OF_REVIEW = "review"


def terms_of(ontology: OntologyVersion) -> Terms:
    """Return what of an ontology consensus needs."""
    return Terms.of(ontology.rules)


def scene_of(asset: Asset, ontology: OntologyVersion) -> Scene:
    """Return what annotations of an asset are about."""
    return Scene(terms_of(ontology), width=asset.width, height=asset.height)


def answers_of_task(task: Task) -> TaskAnswers:
    """Return the counted answers of one task, first come first."""
    rows = (
        Answer.objects.filter(task=task, counted=True).order_by("id").values_list("worker_id", "payload__annotations")
    )
    answers = [GivenAnswer(worker_id=worker_id, annotations=annotations) for worker_id, annotations in rows]
    return TaskAnswers(task_id=task.pk, answers=answers, width=task.asset.width, height=task.asset.height)


@dataclass(frozen=True)
class JobAnswers:
    """The counted answers of a job and those to gold, task by task; read anew each time they are gone through.

    Tasks without an answer are left out. Gold that is disputed or withdrawn is no truth: its answers are read as those
    of any other task.
    """

    job_id: UUID

    def __iter__(self) -> Iterator[TaskAnswers]:
        return _answers_of_job(self.job_id)


def _answers_of_job(job_id: UUID) -> Iterator[TaskAnswers]:
    truths = dict(GoldTask.objects.believed().filter(job=job_id, task__isnull=False).values_list("task_id", "truth"))
    rows = (
        Answer.objects.filter(Q(counted=True) | Q(uncounted_reason=TO_GOLD), job_id=job_id)
        .order_by("task__ordinal", "id")
        .values_list("task_id", "worker_id", "payload__annotations", "task__asset__width", "task__asset__height")
    )
    for task_id, group in groupby(rows.iterator(chunk_size=CHUNK), key=lambda row: row[0]):
        members = list(group)
        yield TaskAnswers(
            task_id=task_id,
            answers=[GivenAnswer(worker_id=row[1], annotations=row[2]) for row in members],
            width=members[0][3],
            height=members[0][4],
            truth=truths.get(task_id),
        )


def reviews_of_tasks(task_ids: Collection[UUID]) -> dict[UUID, list[GivenReview]]:
    """Return what was said of the answers to these tasks, first said first; tasks of which nothing was are left out."""
    return _reviews(Answer.objects.filter(uncounted_reason=OF_REVIEW, task__parent_task__in=task_ids))


def reviews_of_job(job_id: UUID) -> dict[UUID, list[GivenReview]]:
    """Return what was said of the answers to a job's tasks, as `reviews_of_tasks`."""
    return _reviews(Answer.objects.filter(uncounted_reason=OF_REVIEW, job=job_id))


def _reviews(answers: QuerySet[Answer]) -> dict[UUID, list[GivenReview]]:
    rows = list(
        answers.order_by("id").values_list(
            "task_id",
            "task__parent_task_id",
            "task__kind",
            "worker_id",
            "review__verdict",
            "payload__annotations",
        )
    )
    proposals: defaultdict[UUID, list[Annotations]] = defaultdict(list)
    shown = Proposal.objects.filter(task__in={row[0] for row in rows}).order_by("task", "position")
    for task_id, annotations in shown.values_list("task_id", "annotations"):
        proposals[task_id].append(annotations)
    found: defaultdict[UUID, list[GivenReview]] = defaultdict(list)
    for check_id, parent_id, kind, worker_id, verdict, annotations in rows:
        assert parent_id is not None  # noqa: S101 -- the constraint task_check_of_a_task
        found[parent_id].append(GivenReview(worker_id, kind, proposals[check_id], verdict, annotations))
    return dict(found)
