"""Reading what is exported: page by page along the tasks, so that memory does not grow with the job.

Pages by key and not one long query: each is a short statement, so no snapshot is held open for minutes and the
operation's lease can be renewed in between. All that is read is immutable by the time a job has ended.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import OuterRef, Subquery, Sum

from labeling.core.formats import LabeledTask, RawAnswer
from labeling.models import Answer, JobWorker, Task, TaskKind
from quality.models import ConsensusLabel, ConsensusRun

PAGE = 1_000
# Shapes held in memory at once; a task with more comes alone.
BATCH_ANNOTATIONS = 20_000


class _Task(NamedTuple):
    """A task with its asset, as columns: a model for each would take most of the time."""

    id: UUID
    ordinal: int
    retired_reason: str
    asset_id: UUID
    external_id: str
    width: int | None
    height: int | None


class _Label(NamedTuple):
    """A label's columns; the defaults are those of a task that nobody answered."""

    state: str | None = None
    confidence: float | None = None
    value: dict[str, Any] | None = None
    n_answers: int = 0


_NO_LABEL = _Label()


def exported_tasks(run: ConsensusRun, *, with_answers: bool) -> Iterator[LabeledTask]:
    """Yield the tasks of the run's job by ordinal, with what the run concluded and perhaps the counted answers."""
    for batch in _batches(run.job_id):
        ids = [task.id for task in batch]
        labels = _labels(run, ids)
        answers = _answers(ids) if with_answers else {}
        for task in batch:
            label = labels.get(task.id, _NO_LABEL)
            yield LabeledTask(
                ordinal=task.ordinal,
                asset_id=str(task.asset_id),
                external_id=task.external_id,
                width=task.width,
                height=task.height,
                state=label.state,
                confidence=label.confidence,
                value=label.value,
                n_answers=label.n_answers,
                retired_reason=task.retired_reason,
                answers=answers.get(task.id, ()),
            )


def _batches(job_id: UUID) -> Iterator[list[_Task]]:
    """Yield the tasks in groups with a bounded number of annotations."""
    for page in _pages(job_id):
        sizes = _n_annotations([task.id for task in page])
        batch: list[_Task] = []
        n_held = 0
        for task in page:
            size = sizes.get(task.id, 0)
            if batch and n_held + size > BATCH_ANNOTATIONS:
                yield batch
                batch, n_held = [], 0
            batch.append(task)
            n_held += size
        yield batch


def _pages(job_id: UUID) -> Iterator[list[_Task]]:
    columns = ("id", "ordinal", "retired_reason", "asset_id", "asset__external_id", "asset__width", "asset__height")
    tasks = Task.objects.filter(job=job_id, kind=TaskKind.ANNOTATE).order_by("ordinal").values_list(*columns)
    page = [_Task(*row) for row in tasks[:PAGE]]
    while page:
        yield page
        page = [_Task(*row) for row in tasks.filter(ordinal__gt=page[-1].ordinal)[:PAGE]]


def _n_annotations(task_ids: Sequence[UUID]) -> dict[UUID, int]:
    counted = Answer.objects.filter(task__in=task_ids, counted=True).order_by()
    return dict(counted.values_list("task").annotate(n=Sum("n_annotations")))


def _labels(run: ConsensusRun, task_ids: Sequence[UUID]) -> dict[UUID, _Label]:
    columns = ("task_id", "state", "confidence", "value", "n_answers")
    labels = ConsensusLabel.objects.filter(run=run, task__in=task_ids).values_list(*columns)
    return {row[0]: _Label(row[1], row[2], row[3], row[4]) for row in labels}


def _answers(task_ids: Sequence[UUID]) -> dict[UUID, list[RawAnswer]]:
    """Return the counted answers of each task, in the order of their ids."""
    pseudonym = JobWorker.objects.filter(job=OuterRef("job"), worker=OuterRef("worker")).values("pseudonym")[:1]
    rows = (
        Answer.objects.filter(task__in=task_ids, counted=True)
        .order_by("id")
        .annotate(pseudonym=Subquery(pseudonym))
        .values_list("task_id", "pseudonym", "payload__annotations", "active_ms", "submitted_at")
    )
    answers: defaultdict[UUID, list[RawAnswer]] = defaultdict(list)
    for task_id, worker, annotations, active_ms, submitted_at in rows:
        given = RawAnswer(worker=worker, annotations=annotations, active_ms=active_ms, submitted_at=submitted_at)
        answers[task_id].append(given)
    return answers
