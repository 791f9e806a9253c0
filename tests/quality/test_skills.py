"""Skills: estimated from all answers, and used at once."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.models import Task
from quality.models import JobModel, TaskBelief, WorkerSkill
from quality.services import refit_skills
from tests import make
from tests.quality.answering import answer_task, believed, job_with_two_bad_workers, task_number

pytestmark = pytest.mark.django_db


def test_a_refit_keeps_a_skill_for_every_worker_and_one_of_the_crowd() -> None:
    ann, ben = make.worker(), make.worker()
    job = make.published_job(n_tasks=2, min_overlap=2)
    for task in job.tasks.all():
        answer_task(task, {ann: "cat", ben: "cat"})
    refit_skills(job.pk)
    refit_skills(job.pk)
    assert set(WorkerSkill.objects.filter(job=job).values_list("worker", flat=True)) == {ann.pk, ben.pk}
    model = JobModel.objects.get(pk=job.pk)
    assert model.parameters["classes"] == ["cat", "dog"]
    assert model.fitted_at is not None


def test_a_refit_retires_open_tasks_that_are_clear_with_the_skills_found() -> None:
    ann, ben, cyd = make.worker(), make.worker(), make.worker()
    job = make.published_job(n_tasks=12, min_overlap=2, max_overlap=4, target_confidence=0.9)
    for task in job.tasks.order_by("ordinal"):
        name = "cat" if task.ordinal % 2 else "dog"
        answer_task(task, {ann: name, ben: name})
        believed(task)
    assert not Task.objects.filter(job=job, state="retired").exists()  # two strangers are not enough for .9
    under_way = task_number(job, 1)
    make.lease(job, by=cyd)
    refit_skills(job.pk)
    retired = Task.objects.filter(job=job, retired_reason="confident").values_list("ordinal", flat=True)
    assert set(retired) == set(range(2, 13))
    under_way.refresh_from_db()
    assert under_way.state == "open"  # its belief comes with the answer that is being given


def test_a_refit_of_a_job_without_answers_is_harmless() -> None:
    for kind in ("image_classification", "bounding_box"):
        job = make.published_job(annotation_type=kind)
        refit_skills(job.pk)
        assert not TaskBelief.objects.filter(job=job).exists()


def test_workers_found_out_as_bad_weigh_less_in_the_next_belief() -> None:
    ann, ben = make.worker(), make.worker()
    job = job_with_two_bad_workers(ann, ben)
    first = task_number(job, 1)
    before = TaskBelief.objects.get(task=first).confidence
    refit_skills(job.pk)
    believed(first)
    assert TaskBelief.objects.get(task=first).confidence < before
    assert Task.objects.get(pk=first.pk).state == "retired"  # a belief alone reopens nothing


def test_a_belief_takes_as_many_queries_in_a_large_job_as_in_a_small_one() -> None:
    counts = []
    for n_tasks in (1, 12):
        job = make.published_job(n_tasks=n_tasks, min_overlap=2)
        for task in job.tasks.all():
            answer_task(task, ["cat", "dog"])
        with CaptureQueriesContext(connection) as queries:
            believed(task_number(job, 1))
        counts.append(len(queries))
    assert counts[0] == counts[1]
