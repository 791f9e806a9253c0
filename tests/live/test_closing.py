"""The end of a job: no claimable task, no live lease, no unconsumed event, and a last look."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone

from labeling.models import LabelingJob, RetiredReason, Task
from labeling.services import claim_tasks, pause_job, retire_task
from marketplace.live.models import Event
from marketplace.live.services.closing import close_finished_jobs
from quality.models import TaskBelief
from tests import make
from tests.orders import flow

pytestmark = pytest.mark.django_db


def _finished_job() -> LabelingJob:
    """Return an open job whose one task was retired by hand, with everything consumed."""
    job = make.published_job(n_tasks=1)
    flow.deliver_due()
    retire_task(job.tasks.get(), reason=RetiredReason.HUMAN, facts={})
    return job


def _end(job: LabelingJob) -> tuple[str, str]:
    job.refresh_from_db()
    return job.state, job.close_reason


def test_a_job_whose_tasks_are_all_retired_is_completed_once() -> None:
    job = _finished_job()
    assert close_finished_jobs() == [job.pk]
    assert close_finished_jobs() == []
    assert _end(job) == ("completed", "completed")
    assert Event.objects.filter(type="job_closed").count() == 1


def test_an_open_task_keeps_the_job_open() -> None:
    make.published_job(n_tasks=1)
    flow.deliver_due()
    assert close_finished_jobs() == []


def test_a_live_lease_keeps_the_job_open_until_it_runs_out() -> None:
    job = make.published_job(n_tasks=1)
    flow.deliver_due()
    held = make.lease(job)
    retire_task(held.task, reason=RetiredReason.HUMAN, facts={})
    assert close_finished_jobs() == []
    make.let_expire(held)
    assert close_finished_jobs() == [job.pk]


def test_an_event_that_somebody_has_to_take_notice_of_keeps_the_job_open() -> None:
    job = make.published_job(n_tasks=1, max_overlap=1)
    flow.deliver_due()
    make.answer(make.lease(job))
    Task.objects.filter(job=job).update(state="retired", retired_reason="human")
    assert flow.pending() == ["orders.accept", "quality.belief"]
    assert close_finished_jobs() == []


def test_what_waits_in_another_job_does_not_matter() -> None:
    job = _finished_job()
    make.answer(make.lease(make.published_job()))
    assert flow.pending()
    assert close_finished_jobs() == [job.pk]


def test_a_paused_job_ends_too() -> None:
    job = _finished_job()
    pause_job(job.pk)
    assert close_finished_jobs() == [job.pk]


def test_a_job_whose_budget_is_spent_closes_with_that_reason() -> None:
    job = make.published_job(n_tasks=3)
    LabelingJob.objects.filter(pk=job.pk).update(answer_budget_micros=2 * job.pay_micros + 1)
    one, other = claim_tasks(job.pk, make.worker().pk, limit=3)
    make.answer(one)
    flow.deliver_due()
    assert close_finished_jobs() == []  # the other may still be given back
    make.answer(other)
    flow.deliver_due()
    assert close_finished_jobs() == [job.pk]
    assert _end(job) == ("completed", "budget")
    assert set(job.tasks.values_list("retired_reason", flat=True)) == {"cancelled"}


def test_a_lease_that_ran_out_frees_the_budget_again() -> None:
    job = make.published_job(n_tasks=2)
    LabelingJob.objects.filter(pk=job.pk).update(answer_budget_micros=job.pay_micros)
    flow.deliver_due()
    held = make.lease(job)
    assert close_finished_jobs() == []
    make.let_expire(held)
    assert claim_tasks(job.pk, make.worker().pk, limit=1)
    assert close_finished_jobs() == []


def test_at_its_deadline_a_job_takes_the_work_under_way_and_closes() -> None:
    past = timezone.now() - timedelta(seconds=1)
    job = make.published_job(n_tasks=2, deadline=timezone.now() + timedelta(hours=1))
    flow.deliver_due()
    assert close_finished_jobs() == []
    held = make.lease(job)
    LabelingJob.objects.filter(pk=job.pk).update(deadline=past)
    assert close_finished_jobs() == []
    assert make.answer(held).counted
    flow.deliver_due()
    assert close_finished_jobs() == [job.pk]
    assert _end(job) == ("completed", "deadline")


def test_before_the_end_there_is_a_last_look_at_new_answers() -> None:
    job = make.published_job(n_tasks=1, max_overlap=1)
    flow.answer_all(job)
    flow.deliver_due()
    assert close_finished_jobs() == []
    assert flow.pending() == ["quality.last_look"]
    assert close_finished_jobs() == []  # it is waited for, and not asked for again
    flow.deliver_due()
    assert close_finished_jobs() == [job.pk]
    assert Event.objects.filter(type="last_look_due").count() == 1


def test_a_check_keeps_a_job_open_whose_budget_for_answers_is_used_up() -> None:
    task = make.retired_task(n_tasks=1, classes=("cat", "dog"), target_confidence=0.95, review_share=1.0)
    flow.deliver_due()
    LabelingJob.objects.filter(pk=task.job_id).update(answer_budget_micros=F("committed_micros"))
    assert close_finished_jobs() == []
    make.verdict(make.check_of(task), None, annotations=[{"class": "cat"}])
    flow.run_to_rest()
    assert _end(task.job) == ("completed", "completed")


def test_a_late_verdict_on_a_check_is_no_answer_to_it() -> None:
    task = make.retired_task(n_tasks=3, classes=("cat", "dog"), target_confidence=0.95, review_share=1.0)
    late = make.let_expire(make.check_of(task))
    make.verdict(make.check_of(task), None, annotations=[{"class": "cat"}])
    make.verdict(make.check_of(task), None, annotations=[{"class": "cat"}])
    LabelingJob.objects.filter(pk=task.job_id).update(late_reserve_micros=late.pay_micros)
    assert make.answer(late).uncounted_reason == "late"
    flow.deliver_due()
    check = Task.objects.checks().get(job=task.job)
    assert (check.retired_reason, check.n_taken, check.n_counted) == ("confident", 2, 0)
    assert not TaskBelief.objects.filter(task=check).exists()
