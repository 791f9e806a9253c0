"""The last look: a task believed too early is asked about again before the job ends, and only so often."""

import pytest

from labeling.models import Task
from marketplace.live.models import Event
from quality.models import JobModel
from quality.services import ask_for_last_look, take_last_look
from quality.services.last_look import MAX_LOOKS
from tests import make
from tests.orders import flow
from tests.quality.answering import answer_task, believed, job_with_two_bad_workers, task_number

pytestmark = pytest.mark.django_db


def test_a_task_believed_too_early_is_reopened_for_one_more_answer() -> None:
    job = job_with_two_bad_workers(make.worker(), make.worker())
    first = task_number(job, 1)
    assert first.retired_reason == "confident"
    for _ in range(2):  # safe to repeat
        take_last_look(job.pk)
    first.refresh_from_db()
    assert (first.state, first.wanted_overlap) == ("open", 3)
    event = Event.objects.get(type="task_reopened")
    assert event.data["confidence"] < job.target_confidence
    assert not Task.objects.filter(job=job, state="open").exclude(pk=first.pk).exists()


def test_tasks_that_stay_clear_stay_retired() -> None:
    job = make.published_job(n_tasks=8, min_overlap=2, target_confidence=0.8)
    ann, ben = make.worker(), make.worker()
    for task in job.tasks.all():
        name = "cat" if task.ordinal % 2 else "dog"
        believed(answer_task(task, {ann: name, ben: name}))
    take_last_look(job.pk)
    assert not Task.objects.filter(job=job, state="open").exists()


def test_a_task_that_nobody_is_left_for_is_not_reopened() -> None:
    job = job_with_two_bad_workers(make.worker(), make.worker())
    job.by_offer_only = True
    job.save()
    take_last_look(job.pk)
    assert not Task.objects.filter(job=job, state="open").exists()


def test_there_is_no_look_at_a_job_without_new_answers() -> None:
    job = make.published_job(n_tasks=1, min_overlap=2)
    assert not ask_for_last_look(job.pk)
    believed(answer_task(job.tasks.get(), ["cat", "dog"]))
    assert [ask_for_last_look(job.pk), ask_for_last_look(job.pk)] == [True, False]
    assert Event.objects.filter(type="last_look_due").count() == 1


def test_however_many_answers_come_there_are_only_so_many_looks() -> None:
    job = make.published_job(n_tasks=1, min_overlap=6, max_overlap=6)
    task = job.tasks.get()
    asked = []
    for _ in range(MAX_LOOKS + 2):
        believed(answer_task(task, ["cat"]))
        asked.append(ask_for_last_look(job.pk))
    assert asked == [True] * MAX_LOOKS + [False, False]
    assert JobModel.objects.get(pk=job.pk).n_last_looks == MAX_LOOKS


def test_the_job_goes_on_with_what_was_reopened_and_then_ends() -> None:
    job = job_with_two_bad_workers(make.worker(), make.worker())
    flow.run_to_rest()
    job.refresh_from_db()
    assert job.state == "open"
    for _ in range(3):
        flow.answer_all(job, name="dog")
        flow.run_to_rest()
        job.refresh_from_db()
        if job.state != "open":
            break
    assert (job.state, job.close_reason, job.order.state) == ("completed", "completed", "settled")
    label = job.consensus_runs.get().labels.get(task__ordinal=1)
    assert label.value["class"] == "dog"
    assert label.n_answers >= 3
