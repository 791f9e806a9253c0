"""A crowd that answers by script, and what is believed of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from labeling.models import LabelingJob, Task
from labeling.services import claim_tasks, raise_overlap
from marketplace.accounts.models import User
from quality.services import update_belief
from tests import make

Annotations = list[dict[str, Any]]


def answer_task(task: Task, given: Mapping[User, str | Annotations] | Sequence[str | Annotations]) -> Task:
    """Let workers (new ones unless named) answer a task, in any number up to its most; return it as it is then."""
    named = given if isinstance(given, Mapping) else {make.worker(): name for name in given}
    raise_overlap(task, wanted_overlap=task.n_counted + len(named))
    Task.objects.filter(pk=task.pk).update(priority=1)  # the next one that everybody gets
    for worker, name in named.items():
        [held] = claim_tasks(task.job_id, worker.pk, limit=1)
        if held.task_id != task.pk:
            raise AssertionError("The worker got another task.")
        make.answer(held, annotations=[{"class": name}] if isinstance(name, str) else name)
    Task.objects.filter(pk=task.pk).update(priority=0)
    task.refresh_from_db()
    return task


def believed(task: Task) -> Task:
    """Believe a task's answers; return it as it is then."""
    update_belief(task.pk)
    task.refresh_from_db()
    return task


def task_number(job: LabelingJob, ordinal: int) -> Task:
    """Return a task of a job by its ordinal."""
    return job.tasks.get(ordinal=ordinal)


def job_with_two_bad_workers(ann: User, ben: User) -> LabelingJob:
    """Return a job whose first task was answered by Ann and Ben alone, who are wrong on most of the others.

    Both call the first task a cat, and it was retired on their word.
    """
    job = make.published_job(n_tasks=13, min_overlap=2, max_overlap=5, target_confidence=0.8)
    first, *others = job.tasks.order_by("ordinal")
    believed(answer_task(first, {ann: "cat", ben: "cat"}))
    good = [make.worker() for _ in range(3)]
    for task in others:
        truth, wrong = ("cat", "dog") if task.ordinal % 2 else ("dog", "cat")
        answers = dict.fromkeys(good, truth)
        answers[ann] = truth if task.ordinal % 3 == 0 else wrong
        answers[ben] = truth if task.ordinal % 3 == 1 else wrong
        believed(answer_task(task, answers))
    return job
