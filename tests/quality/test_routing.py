"""Answers beyond the least go to the better workers, as long as these are at work."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from labeling.models import JobWorker, LabelingJob, Task
from labeling.services import claim_tasks, leave_further_answers
from marketplace.accounts.models import User
from quality.services import refit_skills
from tests import make
from tests.quality.answering import answer_task, believed

pytestmark = pytest.mark.django_db

TERMS: dict[str, Any] = {"min_overlap": 3, "max_overlap": 9, "target_confidence": 0.99}


def _measured_job() -> tuple[LabelingJob, User, User]:
    """Return a job with a task in doubt, somebody who always agrees with two others, and somebody who seldom does."""
    job = make.published_job(n_tasks=25, **TERMS)
    good, bad, third = (make.worker() for _ in range(3))
    *sure, doubtful = job.tasks.order_by("ordinal")
    for task in sure:
        truth, other = ("cat", "dog") if task.ordinal % 2 else ("dog", "cat")
        believed(answer_task(task, {good: truth, third: truth, bad: other if task.ordinal % 3 else truth}))
    believed(answer_task(doubtful, ["cat", "dog", "cat"]))
    refit_skills(job.pk)
    return job, good, bad


def _defers(job: LabelingJob, worker: User) -> int:
    return JobWorker.objects.values_list("defers_s", flat=True).get(job=job, worker=worker)


def _ordinals(job: LabelingJob, worker: User) -> list[int]:
    return [held.task.ordinal for held in claim_tasks(job.pk, worker.pk, limit=20)]


def test_a_task_in_doubt_is_left_to_whoever_is_good_until_patience_ends() -> None:
    job, good, bad = _measured_job()
    assert _defers(job, good) == 0 < _defers(job, bad)
    leave_further_answers(job.pk, [bad.pk], for_s=60)  # what it came to depends on the pace of this test
    assert 25 not in _ordinals(job, bad)
    Task.objects.filter(job=job, ordinal=25).update(further_since=timezone.now() - timedelta(seconds=61))
    assert 25 in _ordinals(job, bad)


def test_a_better_worker_and_a_stranger_get_the_task_in_doubt_at_once() -> None:
    job, good, bad = _measured_job()
    leave_further_answers(job.pk, [bad.pk], for_s=60)
    assert 25 in _ordinals(job, good)
    assert 25 in _ordinals(*_measured_job()[:1], make.worker())


def test_what_every_task_gets_at_least_is_left_to_nobody() -> None:
    job = make.published_job(n_tasks=2, **TERMS)
    doubtful, _ = job.tasks.order_by("ordinal")
    believed(answer_task(doubtful, ["cat", "dog", "cat"]))
    poor = make.worker()
    JobWorker.objects.create(job=job, worker=poor, pseudonym="poor")
    leave_further_answers(job.pk, [poor.pk], for_s=60)
    assert _ordinals(job, poor) == [2]


def test_who_was_found_poorer_before_waits_no_longer_when_others_are() -> None:
    job, good, bad = _measured_job()
    leave_further_answers(job.pk, [good.pk], for_s=30)
    assert (_defers(job, good), _defers(job, bad)) == (30, 0)


def test_where_the_better_workers_have_gone_nobody_waits() -> None:
    job, _, bad = _measured_job()
    assert _defers(job, bad)
    job.assignments.exclude(worker=bad).update(leased_at=timezone.now() - timedelta(hours=1))
    refit_skills(job.pk)
    assert _defers(job, bad) == 0


def test_what_was_offered_to_somebody_is_left_to_nobody_else() -> None:
    job, _, bad = _measured_job()
    leave_further_answers(job.pk, [], for_s=0)
    LabelingJob.objects.filter(pk=job.pk).update(by_offer_only=True)
    refit_skills(job.pk)
    assert _defers(job, bad) == 0
