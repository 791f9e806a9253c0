"""Submitting while the lease holds: counted, once, and only what the type and the ontology allow."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from labeling.errors import AlreadySubmitted, AssignmentClosed, InvalidAnnotation
from labeling.models import Answer, AnswerPayload, Assignment, AssignmentState, JobWorker, LabelingJob
from labeling.services import SubmissionOutcome, give_back, pause_job, submit_answer
from marketplace.live.models import Event
from tests import invariants, make

pytestmark = pytest.mark.django_db

CAT = [{"class": "cat"}]


def test_an_answer_within_the_lease_counts() -> None:
    held = make.lease()
    submission = submit_answer(held.pk, annotations=CAT, active_ms=4200)
    assert submission.outcome is SubmissionOutcome.COUNTED
    answer = Answer.objects.get(assignment=held)
    assert (answer.counted, answer.uncounted_reason, answer.active_ms) == (True, "", 4200)
    assert answer.payload.annotations == [{"id": "1", "class": "cat"}]
    held.refresh_from_db()
    assert (held.state, held.submitted_at, held.active_ms) == ("submitted", answer.submitted_at, 4200)
    assert (held.task.n_counted, held.task.n_taken) == (1, 1)


def test_the_pay_of_a_counted_answer_stays_committed() -> None:
    answer = make.answer()
    job = LabelingJob.objects.get(pk=answer.job_id)
    assert job.committed_micros == job.pay_micros
    connection.check_constraints()
    assert invariants.broken() == {}


def test_the_event_names_a_pseudonym_and_never_the_worker() -> None:
    answer = make.answer()
    event = Event.objects.get(type="answer_submitted")
    pseudonym = JobWorker.objects.get(job=answer.job_id, worker=answer.worker_id).pseudonym
    assert event.data == {
        "task": str(answer.task_id),
        "assignment": str(answer.assignment_id),
        "answer": str(answer.pk),
        "worker": pseudonym,
        "counted": True,
        "gold": False,
    }
    assert str(answer.worker_id) not in str(event.data)
    assert event.deltas == {"answers": 1, "leased": -1}


def test_a_lease_that_ran_out_but_was_not_reclaimed_still_counts() -> None:
    held = make.let_expire(make.lease())
    assert submit_answer(held.pk, annotations=CAT, active_ms=None).outcome is SubmissionOutcome.COUNTED


def test_a_second_submission_is_refused_and_the_first_stands() -> None:
    held = make.lease()
    make.answer(held)
    with pytest.raises(AlreadySubmitted) as refused, transaction.atomic():
        submit_answer(held.pk, annotations=[{"class": "dog"}], active_ms=None)
    assert refused.value.data["state"] == "submitted"
    assert Answer.objects.get(assignment=held).payload.annotations[0]["class"] == "cat"
    assert Event.objects.filter(type="answer_submitted").count() == 1


@pytest.mark.parametrize("state", [AssignmentState.SKIPPED, AssignmentState.RETURNED])
def test_what_was_given_back_takes_no_answer(state: AssignmentState) -> None:
    held = make.lease()
    give_back(held.pk, state=state)
    with pytest.raises(AssignmentClosed) as refused, transaction.atomic():
        submit_answer(held.pk, annotations=CAT, active_ms=None)
    assert refused.value.data == {"state": state, "allowed_states": ["active", "expired"]}
    assert not Answer.objects.exists()


def test_work_under_way_is_taken_while_the_job_is_paused() -> None:
    held = make.lease()
    pause_job(held.job_id)
    assert make.answer(held).counted


@pytest.mark.parametrize(
    ("kind", "annotations", "field"),
    [
        ("image_classification", [], "annotations"),
        ("image_classification", [{"class": "bird"}], "annotations[0].class"),
        ("bounding_box", [{"class": "cat"}], "annotations[0].box"),
        ("bounding_box", [{"class": "cat", "box": [0, 0, make.WIDTH + 1, 10]}], "annotations[0].box"),
        ("bounding_box", [{"class": "cat", "box": [0, 0, 1, float("nan")]}], "annotations[0].box[3]"),
    ],
)
def test_an_invalid_answer_names_its_fault_and_the_lease_stays(
    kind: str, annotations: list[dict[str, Any]], field: str
) -> None:
    held = make.lease(make.published_job(annotation_type=kind))
    with pytest.raises(InvalidAnnotation) as refused, transaction.atomic():
        submit_answer(held.pk, annotations=annotations, active_ms=None)
    assert refused.value.field == field
    assert not AnswerPayload.objects.exists()
    assert Assignment.objects.get(pk=held.pk).state == "active"


def test_boxes_are_measured_against_the_asset_of_their_own_task() -> None:
    photos = make.dataset()
    make.asset(photos, width=100, height=100)
    make.asset(photos, width=1000, height=1000)
    job = make.published_job(make.job(photos=photos, annotation_type="bounding_box"))
    small, large = make.lease(job), make.lease(job)
    wide = [{"class": "dog", "box": [0, 0, 900, 900]}]
    assert make.answer(large, annotations=wide).n_annotations == 1
    with pytest.raises(InvalidAnnotation), transaction.atomic():
        make.answer(small, annotations=wide)


def test_an_answer_of_many_boxes_takes_as_many_queries_as_one_of_none() -> None:
    job = make.published_job(annotation_type="bounding_box", min_overlap=2)
    none, many = make.lease(job), make.lease(job)
    with CaptureQueriesContext(connection) as few:
        make.answer(none, annotations=[])
    with CaptureQueriesContext(connection) as more:
        make.answer(many, annotations=[{"class": "cat", "box": [0, 0, 9, 9]} for _ in range(500)])
    assert len(more) == len(few)
