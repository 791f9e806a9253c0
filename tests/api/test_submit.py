"""Submitting over HTTP: what is taken, what is refused, and what a repeated request gets."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from labeling.models import (
    Answer,
    AnswerDraft,
    AnswerPayload,
    Assignment,
    AssignmentState,
    JobWorker,
    LabelingJob,
    Task,
)
from marketplace.operations.models import IdempotencyKey
from quality.services import request_review
from tests import make
from tests.api.expect import body_of, nothing_written, problem_of, with_key
from tests.conftest import Cast, ClientFactory, JsonClient

CAT = [{"class": "cat"}]
BOX = [{"class": "cat", "box": [0, 0, 10.5, 20]}]


@pytest.fixture
def worker(cast: Cast, client_of: ClientFactory) -> JsonClient:
    return client_of(cast.worker)


@pytest.fixture
def lease(cast: Cast) -> Assignment:
    return make.lease(make.published_job(home=cast.home), by=cast.worker)


@pytest.fixture
def box_lease(cast: Cast) -> Assignment:
    return make.lease(make.published_job(home=cast.home, annotation_type="bounding_box"), by=cast.worker)


def _url(lease: Assignment) -> str:
    return f"/api/v1/assignments/{lease.pk}/submit"


def _submit(client: JsonClient, lease: Assignment, annotations: Any, key: str | None = None, **more: Any) -> Any:
    return client.post(_url(lease), {"annotations": annotations, **more}, headers=with_key(key))


def test_an_answer_is_taken_and_told(worker: JsonClient, lease: Assignment) -> None:
    told = body_of(_submit(worker, lease, CAT, active_ms=4_200), 201)
    answer = Answer.objects.get()
    assert told == {
        "id": str(answer.pk),
        "assignment": str(lease.pk),
        "counted": True,
        "outcome": "counted",
        "submitted_at": answer.submitted_at.isoformat().replace("+00:00", "Z"),
        "pay": "0.017",
        "currency": "USD",
    }
    assert (answer.active_ms, answer.counted) == (4_200, True)
    assert AnswerPayload.objects.get().annotations == [{"id": "1", "class": "cat"}]


def test_boxes_are_taken_and_none_means_that_nothing_is_there(worker: JsonClient, cast: Cast) -> None:
    job = make.published_job(home=cast.home, annotation_type="bounding_box")
    body_of(_submit(worker, make.lease(job, by=cast.worker), BOX), 201)
    body_of(_submit(worker, make.lease(job, by=cast.worker), []), 201)
    kept = [payload.annotations for payload in AnswerPayload.objects.order_by("answer_id")]
    assert kept == [[{"id": "1", "class": "cat", "box": [0.0, 0.0, 10.5, 20.0]}], []]


def test_the_same_key_gets_the_first_answer_again_byte_for_byte(worker: JsonClient, lease: Assignment) -> None:
    first = _submit(worker, lease, CAT, key="once")
    second = _submit(worker, lease, CAT, key="once")
    assert (second.status_code, second.content) == (201, first.content)
    assert second["Idempotent-Replayed"] == "true"
    assert Answer.objects.count() == 1
    assert Task.objects.get(pk=lease.task_id).n_counted == 1


def test_another_key_finds_the_assignment_answered(worker: JsonClient, lease: Assignment) -> None:
    body_of(_submit(worker, lease, CAT), 201)
    with nothing_written():
        problem = problem_of(_submit(worker, lease, CAT), 409, "already_submitted")
    assert problem["state"] == "submitted"
    assert problem["allowed_states"] == ["active", "expired"]


def test_other_content_under_the_same_key_is_refused(worker: JsonClient, lease: Assignment) -> None:
    body_of(_submit(worker, lease, CAT, key="once"), 201)
    with nothing_written():
        problem_of(_submit(worker, lease, [{"class": "dog"}], key="once"), 422, "idempotency_key_reused")


def test_a_key_is_required_and_kept_for_ever(worker: JsonClient, lease: Assignment) -> None:
    with nothing_written():
        problem_of(worker.post(_url(lease), {"annotations": CAT}), 400, "idempotency_key_required")
    body_of(_submit(worker, lease, CAT), 201)
    assert IdempotencyKey.objects.get().permanent


@pytest.mark.parametrize(
    ("annotations", "field"),
    [
        ([], "annotations"),
        ([{"class": "cat"}, {"class": "dog"}], "annotations"),
        ([{"class": "horse"}], "annotations[0].class"),
        ([{"class": None}], "annotations[0].class"),
        ([{}], "annotations[0].class"),
        (["cat"], "annotations[0]"),
        ([{"class": "cat", "box": [0, 0, 1, 1]}], "annotations[0].box"),
        ([{"class": "cat", "id": ""}], "annotations[0].id"),
    ],
)
def test_a_bad_class_is_refused_by_name(worker: JsonClient, lease: Assignment, annotations: Any, field: str) -> None:
    with nothing_written():
        problem_of(_submit(worker, lease, annotations), 400, "invalid_annotation", field)
    assert Assignment.objects.get().state == AssignmentState.ACTIVE


@pytest.mark.parametrize(
    ("annotation", "field"),
    [
        ({"class": "cat", "box": [0, 0, make.WIDTH + 1, 10]}, "annotations[0].box"),
        ({"class": "cat", "box": [0, 0, 10, make.HEIGHT + 0.5]}, "annotations[0].box"),
        ({"class": "cat", "box": [-1, 0, 10, 10]}, "annotations[0].box"),
        ({"class": "cat", "box": [10, 0, 10, 10]}, "annotations[0].box"),
        ({"class": "cat", "box": [0, 0, 10]}, "annotations[0].box"),
        ({"class": "cat", "box": {"x": 1}}, "annotations[0].box"),
        ({"class": "cat", "box": ["NaN", 0, 10, 10]}, "annotations[0].box[0]"),
        ({"class": "cat", "box": [0, 0, True, 10]}, "annotations[0].box[2]"),
        ({"class": "horse", "box": [0, 0, 10, 10]}, "annotations[0].class"),
        ({"class": "cat"}, "annotations[0].box"),
        ({"class": "cat", "box": [0, 0, 10, 10], "colour": "red"}, "annotations[0].colour"),
    ],
)
def test_a_bad_box_is_refused_by_name(
    worker: JsonClient, box_lease: Assignment, annotation: dict[str, Any], field: str
) -> None:
    with nothing_written():
        problem_of(_submit(worker, box_lease, [annotation]), 400, "invalid_annotation", field)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_what_is_no_finite_number_is_no_json(worker: JsonClient, box_lease: Assignment, number: str) -> None:
    raw = '{"annotations": [{"class": "cat", "box": [%s, 0, 10, 10]}]}' % number  # noqa: UP031 -- braces are JSON's
    with nothing_written():
        response = worker.post(_url(box_lease), data=raw, content_type="application/json", headers=with_key())
        problem_of(response, 400, "number_out_of_range")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"annotations": "cat"}, "annotations"),
        ({"annotations": None}, "annotations"),
        ({"annotations": CAT, "active_ms": -1}, "active_ms"),
        ({"annotations": CAT, "active_ms": 2**31}, "active_ms"),
        ({"annotations": CAT, "worker": "me"}, "worker"),
    ],
)
def test_a_malformed_body_is_refused_by_name(
    worker: JsonClient, lease: Assignment, body: dict[str, Any], field: str
) -> None:
    with nothing_written():
        problem_of(worker.post(_url(lease), body, headers=with_key()), 400, "invalid", field)


def test_an_answer_without_annotations_is_refused(worker: JsonClient, lease: Assignment) -> None:
    with nothing_written():
        problem_of(worker.post(_url(lease), {}, headers=with_key()), 400, "invalid_input", "annotations")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"verdict": "maybe"}, "invalid", "verdict"),
        ({"verdict": ["accept"]}, "invalid", "verdict"),
        ({"verdict": "reject"}, "invalid_input", "conflicts"),
        ({"verdict": "reject", "conflicts": [{"kind": "ugly"}]}, "invalid", "conflicts[0].kind"),
        (
            {"verdict": "reject", "conflicts": [{"kind": "low_overlap", "annotation": 1}]},
            "invalid",
            "conflicts[0].annotation",
        ),
        ({"verdict": "reject", "conflicts": ["low_overlap"]}, "invalid", "conflicts[0]"),
        ({"verdict": "fix", "annotations": []}, "invalid_annotation", "annotations"),
        ({"verdict": "accept", "comment": 5}, "invalid", "comment"),
        ({"verdict": "accept", "comment": "x" * 2001}, "invalid", "comment"),
    ],
)
def test_a_malformed_verdict_is_refused_by_name(
    client_of: ClientFactory, body: dict[str, Any], code: str, field: str
) -> None:
    task = make.retired_task(classes=("cat", "cat"), review_share=1.0)
    request_review(task.pk)
    reviewer = make.worker()
    held, client = make.check_of(task, by=reviewer), client_of(reviewer)
    with nothing_written():
        problem_of(client.post(_url(held), body, headers=with_key()), 400, code, field)


def test_a_reviewer_sees_what_was_proposed_and_nobody_who_proposed_it(client_of: ClientFactory) -> None:
    task = make.retired_task(classes=("cat", "cat"), review_share=1.0)
    request_review(task.pk)
    reviewer = make.worker()
    client = client_of(reviewer)
    [lease] = body_of(client.post(f"/api/v1/jobs/{task.job_id}/claim", {"limit": 1}))["items"]
    assert (lease["kind"], lease["proposals"], lease["pay"]) == ("review", [[{"id": "1", "class": "cat"}]], "0.006")
    [listed] = body_of(client.get("/api/v1/assignments"))["items"]
    assert listed["proposals"] == lease["proposals"]
    names = [place.pseudonym for place in JobWorker.objects.filter(job=task.job)]
    assert not any(name in str(lease) for name in names)
    sent = {"verdict": "accept", "comment": "Clear."}
    given = body_of(client.post(f"/api/v1/assignments/{lease['id']}/submit", sent, headers=with_key()), 201)
    assert given["outcome"] == "counted"
    owner = client_of(make.owner_of(task.job.organization))
    [check] = body_of(owner.get(f"/api/v1/jobs/{task.job_id}/reviews"))["items"]
    assert check["task"] == str(task.pk)
    [opinion] = check["opinions"]
    assert (opinion["verdict"], opinion["comment"], opinion["annotations"]) == (
        "accept",
        "Clear.",
        lease["proposals"][0],
    )
    assert opinion["reviewer"] in names + [place.pseudonym for place in JobWorker.objects.filter(worker=reviewer)]


def test_a_refused_request_may_be_sent_again_under_its_key(worker: JsonClient, lease: Assignment) -> None:
    problem_of(_submit(worker, lease, [{"class": "horse"}], key="k"), 400, "invalid_annotation", "annotations[0].class")
    body_of(_submit(worker, lease, CAT, key="k"), 201)


def test_somebody_elses_assignment_does_not_exist(cast: Cast, client_of: ClientFactory, lease: Assignment) -> None:
    for other in (cast.stranger, cast.owner, make.worker(cast.home)):
        client = client_of(other)
        with nothing_written():
            problem_of(_submit(client, lease, CAT), 404, "not_found")
    assert not Answer.objects.exists()


# --- the one rule of late answers -----------------------------------------------------------------------------------
@pytest.fixture
def overtaken(cast: Cast) -> Assignment:
    """Return an expired lease on a task that another worker has meanwhile answered; it wants no more."""
    task = make.task(home=cast.home)
    lease = make.let_expire(make.lease(task.job, by=cast.worker))
    make.answer(make.lease(task.job))
    lease.refresh_from_db()
    assert lease.state == AssignmentState.EXPIRED
    return lease


def _reserve(job_id: Any, micros: int) -> None:
    LabelingJob.objects.filter(pk=job_id).update(late_reserve_micros=micros)


def test_late_but_still_wanted_counts(worker: JsonClient, lease: Assignment) -> None:
    make.let_expire(lease)
    told = body_of(_submit(worker, lease, CAT), 201)
    assert (told["counted"], told["outcome"]) == (True, "counted")


def test_late_and_not_wanted_is_recorded_and_paid_from_the_reserve(worker: JsonClient, overtaken: Assignment) -> None:
    _reserve(overtaken.job_id, overtaken.pay_micros)
    told = body_of(_submit(worker, overtaken, CAT), 201)
    assert (told["counted"], told["outcome"], told["pay"]) == (False, "late", "0.017")
    assert LabelingJob.objects.get(pk=overtaken.job_id).late_reserve_micros == 0
    assert Task.objects.get(pk=overtaken.task_id).n_counted == 1


def test_late_without_reserve_is_refused_and_kept_as_a_draft(worker: JsonClient, overtaken: Assignment) -> None:
    _reserve(overtaken.job_id, overtaken.pay_micros - 1)
    problem = problem_of(_submit(worker, overtaken, CAT, key="late"), 409, "lease_expired")
    assert problem["draft_kept"] is True
    draft = AnswerDraft.objects.get()
    assert (draft.assignment_id, draft.annotations) == (overtaken.pk, [{"id": "1", "class": "cat"}])
    assert Answer.objects.filter(worker=overtaken.worker).count() == 0
    assert not IdempotencyKey.objects.exists()


def test_a_draft_may_be_submitted_again_under_its_key_once_there_is_room(
    worker: JsonClient, overtaken: Assignment
) -> None:
    _reserve(overtaken.job_id, 0)
    problem_of(_submit(worker, overtaken, CAT, key="late"), 409, "lease_expired")
    _reserve(overtaken.job_id, overtaken.pay_micros)
    told = body_of(_submit(worker, overtaken, CAT, key="late"), 201)
    assert told["outcome"] == "late"


@pytest.mark.parametrize("end", ["skip", "return"])
def test_what_was_given_back_takes_no_answer(worker: JsonClient, lease: Assignment, end: str) -> None:
    body_of(worker.post(f"/api/v1/assignments/{lease.pk}/{end}", {}))
    with nothing_written():
        problem = problem_of(_submit(worker, lease, CAT), 409, "assignment_closed")
    assert problem["allowed_states"] == ["active", "expired"]


def test_a_submission_takes_few_queries(
    worker: JsonClient, lease: Assignment, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(24):
        body_of(_submit(worker, lease, CAT), 201)
