"""Findings: opened on evidence, decided once by somebody else, never costing anybody pay."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from labeling.models import Assignment, AssignmentState, JobWorker, LabelingJob
from marketplace.accounts.models import User
from marketplace.live.models import Event
from quality.errors import FindingDecided, ObjectionMade, OwnFinding
from quality.models import Finding, FindingKind, FindingState, JobModel, JobScreening
from quality.services import confirm_finding, dismiss_finding, object_to_finding, screen_job
from tests import make
from tests.choreography.crowd import run_together
from tests.quality.answering import answer_task

pytestmark = pytest.mark.django_db

N_TASKS = 14


@pytest.fixture
def hasty() -> User:
    return make.worker()


@pytest.fixture
def job(hasty: User) -> LabelingJob:
    """Return a job of nine workers of whom one takes half a second where the others take about twenty."""
    job = make.published_job(n_tasks=N_TASKS, min_overlap=9, max_overlap=9)
    crowd = {make.worker(): 16.0 + number for number in range(8)} | {hasty: 0.5}
    for task in job.tasks.order_by("ordinal"):
        answer_task(task, dict.fromkeys(crowd, "cat" if task.ordinal % 2 else "dog"))
    for worker, seconds in crowd.items():
        leases = Assignment.objects.filter(job=job, worker=worker)
        leases.update(leased_at=F("submitted_at") - timedelta(seconds=seconds))
    JobModel.objects.update_or_create(pk=job.pk, defaults={"n_seen": 9 * N_TASKS})
    return job


def confirm(finding: Finding, by: User, *, note: str = "So it is.", minutes: int | None = None) -> Finding:
    return confirm_finding(finding.pk, note=note, pause_minutes=minutes, user_id=by.pk)


def test_a_hasty_worker_is_put_before_a_person_with_the_evidence(job: LabelingJob, hasty: User) -> None:
    screen_job(job.pk)
    found = Finding.objects.get(job=job)
    assert (found.kind, found.worker, found.state) == (FindingKind.TOO_FAST, hasty, FindingState.OPEN)
    assert found.n_answers == N_TASKS
    assert found.evidence["pace_ratio"] < 0.05
    assert found.evidence["n_tested"] == 9
    assert found.p_value < found.evidence["level"]
    assert not Assignment.objects.filter(job=job, state=AssignmentState.REJECTED).exists()
    assert Event.objects.filter(type="finding_opened").count() == 1


def test_looking_again_at_the_same_answers_finds_nothing_new(job: LabelingJob) -> None:
    screen_job(job.pk)
    n_found = Finding.objects.count()
    screen_job(job.pk)
    assert Finding.objects.count() == n_found
    assert JobScreening.objects.get(pk=job.pk).n_looks == 1


def test_what_was_dismissed_is_not_raised_on_little_more(job: LabelingJob) -> None:
    screen_job(job.pk)
    n_found = Finding.objects.count()
    for finding in Finding.objects.all():
        dismiss_finding(finding.pk, note="New here.", user_id=make.user().pk)
    JobScreening.objects.update(n_answers=0, n_looks=0)
    screen_job(job.pk)
    assert Finding.objects.count() == n_found > 0


def test_few_answers_are_not_looked_at() -> None:
    job = make.published_job()
    screen_job(job.pk)
    assert JobScreening.objects.get(pk=job.pk).n_looks == 0


def test_confirming_pauses_only_if_told_so() -> None:
    manager, finding = make.user(), make.finding()
    place = JobWorker.objects.filter(job=finding.job, worker=finding.worker)
    confirm(finding, manager)
    assert place.get().paused_until is None
    other = make.finding()
    confirm(other, manager, minutes=60)
    until = JobWorker.objects.get(job=other.job, worker=other.worker).paused_until
    assert until is not None
    assert until > timezone.now()


def test_a_longer_pause_stays() -> None:
    finding = make.finding()
    far = timezone.now() + timedelta(days=9)
    JobWorker.objects.filter(job=finding.job, worker=finding.worker).update(paused_until=far)
    confirm(finding, make.user(), minutes=1)
    assert JobWorker.objects.get(job=finding.job, worker=finding.worker).paused_until == far


def test_the_same_decision_again_changes_nothing_and_another_is_refused() -> None:
    manager, finding = make.user(), make.finding()
    first = confirm(finding, manager)
    assert confirm(finding, make.user()).decided_by_id == first.decided_by_id
    with pytest.raises(FindingDecided):
        dismiss_finding(finding.pk, note="So it is.", user_id=manager.pk)
    with pytest.raises(FindingDecided):
        confirm(finding, manager, minutes=5)
    assert Event.objects.filter(type="finding_decided").count() == 1


def test_nobody_decides_about_themself_or_their_own_pair() -> None:
    ann, ben = make.worker(), make.worker()
    finding = make.finding(about=ann, partner=ben)
    for person in (ann, ben):
        with pytest.raises(OwnFinding):
            confirm(finding, person)


def test_an_objection_is_made_once() -> None:
    finding = confirm(make.finding(), make.user())
    object_to_finding(finding.pk, text="I was ill.")
    assert object_to_finding(finding.pk, text="I was ill.").objection == "I was ill."
    with pytest.raises(ObjectionMade):
        object_to_finding(finding.pk, text="I was well.")


def test_evidence_and_decision_stand_in_the_database() -> None:
    finding = confirm(make.finding(), make.user())
    rows = Finding.objects.filter(pk=finding.pk)
    changes: tuple[dict[str, Any], ...] = ({"evidence": {}}, {"state": "dismissed"}, {"note": "Else."})
    for change in changes:
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.delete()


@pytest.mark.django_db(transaction=True)
def test_of_many_who_decide_at_once_one_is_heard() -> None:
    finding = make.finding()
    refused: list[str] = []

    def decide(person: User, number: int) -> None:
        try:
            confirm(finding, person, note=f"Reason {number}.")
        except FindingDecided:
            refused.append(person.email)

    run_together([partial(decide, make.user(), number) for number in range(4)])
    assert len(refused) == 3
    assert Event.objects.filter(type="finding_decided").count() == 1
