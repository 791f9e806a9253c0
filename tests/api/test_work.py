"""Claiming, holding and giving back over HTTP."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from labeling.api.serializers.work import AssignmentBriefSerializer, AssignmentSerializer
from labeling.models import Assignment, CloseReason, LabelingJob, Task, TaskOffer
from labeling.services import close_job, pause_job
from tests import make
from tests.api.expect import body_of, nothing_written, problem_of
from tests.conftest import Cast, ClientFactory, JsonClient


@pytest.fixture
def job(cast: Cast) -> LabelingJob:
    return make.published_job(home=cast.home, n_tasks=3)


@pytest.fixture
def worker(cast: Cast, client_of: ClientFactory) -> JsonClient:
    return client_of(cast.worker)


def _claim(client: JsonClient, job: LabelingJob, **body: Any) -> Any:
    return client.post(f"/api/v1/jobs/{job.pk}/claim", body)


def test_a_claim_leases_the_first_tasks_with_all_that_the_work_needs(worker: JsonClient, job: LabelingJob) -> None:
    claimed = body_of(_claim(worker, job, limit=2))
    assert claimed["state"] == "open"
    first, second = claimed["items"]
    assert [first["asset"]["external_id"], second["asset"]["external_id"]] == ["asset-1", "asset-2"]
    assert set(first) == set(AssignmentBriefSerializer().fields)
    assert first["asset"] == {
        "id": first["asset"]["id"],
        "external_id": "asset-1",
        "kind": "external",
        "width": make.WIDTH,
        "height": make.HEIGHT,
        "content_url": None,
    }
    assert first["ontology"] == {"id": str(job.ontology_id), "number": 1}
    assert first["guideline"] == {"id": str(job.guideline_id), "number": 1}
    facts = [first[name] for name in ("state", "annotation_type", "pay", "currency", "submitted_at")]
    assert facts == ["active", "image_classification", "0.017", "USD", None]
    assert Assignment.objects.count() == 2


def test_a_lease_shows_the_image_and_its_end_hides_it(worker: JsonClient, cast: Cast) -> None:
    photos = make.dataset(cast.home)
    make.image_asset(photos)
    [item] = body_of(_claim(worker, make.published_job(make.job(photos=photos))))["items"]
    url = item["asset"]["content_url"]
    image = worker.get(url)
    assert (image.status_code, image["Content-Type"]) == (200, "image/png")
    body_of(worker.post(f"/api/v1/assignments/{item['id']}/return", {}))
    problem_of(worker.get(url), 404, "not_found")


def test_an_assignment_alone_comes_with_classes_and_guidelines(worker: JsonClient, job: LabelingJob) -> None:
    [item] = body_of(_claim(worker, job, limit=1))["items"]
    whole = body_of(worker.get(f"/api/v1/assignments/{item['id']}"))
    assert set(whole) == set(AssignmentSerializer().fields)
    assert [entry["name"] for entry in whole["ontology"]["classes"]] == ["cat", "dog"]
    assert whole["guideline"]["text"] == "Look twice."
    assert {**whole, "ontology": None, "guideline": None} == {**item, "ontology": None, "guideline": None}


def test_when_nothing_is_left_a_claim_is_empty(worker: JsonClient, job: LabelingJob) -> None:
    body_of(_claim(worker, job))
    assert body_of(_claim(worker, job)) == {"items": [], "state": "open"}


@pytest.mark.parametrize("limit", [0, 21, "many", None, 1.5])
def test_a_claim_is_for_one_to_twenty_tasks(worker: JsonClient, job: LabelingJob, limit: Any) -> None:
    with nothing_written():
        problem_of(_claim(worker, job, limit=limit), 400, "invalid", "limit")


def test_a_job_that_hands_out_nothing_says_so(worker: JsonClient, job: LabelingJob) -> None:
    pause_job(job.pk)
    problem = problem_of(_claim(worker, job), 409, "wrong_state")
    assert (problem["state"], problem["allowed_states"]) == ("paused", ["open", "pilot"])
    close_job(job.pk, reason=CloseReason.COMPLETED)
    assert problem_of(_claim(worker, job), 409, "wrong_state")["state"] == "completed"


def test_a_draft_is_known_to_no_worker(worker: JsonClient, cast: Cast) -> None:
    problem_of(_claim(worker, make.job(home=cast.home)), 404, "not_found")


def test_a_private_job_is_for_the_organizations_own_workers(
    worker: JsonClient, cast: Cast, client_of: ClientFactory
) -> None:
    job = make.published_job(home=cast.home, workforce="private")
    outsider = client_of(make.worker())
    problem_of(_claim(outsider, job), 404, "not_found")
    assert body_of(outsider.get("/api/v1/work/jobs"))["items"] == []
    assert len(body_of(_claim(worker, job))["items"]) == 3


def test_a_job_by_offer_hands_out_what_was_offered(worker: JsonClient, cast: Cast) -> None:
    job = make.published_job(home=cast.home, by_offer_only=True)
    assert body_of(_claim(worker, job))["items"] == []
    TaskOffer.objects.create(worker=cast.worker, task=job.tasks.get(ordinal=2))
    [item] = body_of(_claim(worker, job))["items"]
    assert item["asset"]["external_id"] == "asset-2"


def test_open_jobs_are_listed_with_their_guidelines(worker: JsonClient, job: LabelingJob, cast: Cast) -> None:
    make.job(home=cast.home)
    [listed] = body_of(worker.get("/api/v1/work/jobs"))["items"]
    assert listed == {
        "id": str(job.pk),
        "name": job.name,
        "annotation_type": "image_classification",
        "purpose": "work",
        "attests": "",
        "requires": None,
        "expertise": "",
        "qualified": True,
        "pay": "0.017",
        "effective_pay_per_hour": None,
        "currency": "USD",
        "lease_s": 600,
        "guideline": {"number": 1, "text": "Look twice."},
    }


def test_ones_own_assignments_are_listed_latest_first(worker: JsonClient, job: LabelingJob, cast: Cast) -> None:
    make.lease(job)
    leases = [make.lease(job, by=cast.worker) for _ in range(2)]
    listed = body_of(worker.get("/api/v1/assignments", {"limit": 1}))
    assert [item["id"] for item in listed["items"]] == [str(leases[1].pk)]
    rest = body_of(worker.get("/api/v1/assignments", {"after": listed["next"]}))
    assert ([item["id"] for item in rest["items"]], rest["next"]) == ([str(leases[0].pk)], None)
    assert body_of(worker.get("/api/v1/assignments", {"state": "submitted"}))["items"] == []
    problem_of(worker.get("/api/v1/assignments", {"state": "lost"}), 400, "invalid_parameter", "state")


def test_a_heartbeat_extends_the_lease(worker: JsonClient, job: LabelingJob, cast: Cast) -> None:
    lease = make.lease(job, by=cast.worker)
    told = body_of(worker.post(f"/api/v1/assignments/{lease.pk}/heartbeat", {}))
    extended = Assignment.objects.get().expires_at
    assert extended > lease.expires_at
    assert told == {"expires_at": extended.isoformat().replace("+00:00", "Z")}


def test_a_heartbeat_comes_too_late_or_after_the_end(worker: JsonClient, job: LabelingJob, cast: Cast) -> None:
    lease = make.let_expire(make.lease(job, by=cast.worker))
    url = f"/api/v1/assignments/{lease.pk}/heartbeat"
    problem_of(worker.post(url, {}), 409, "lease_expired")
    Assignment.objects.update(expires_at=timezone.now() + timedelta(hours=1))
    make.answer(lease)
    assert problem_of(worker.post(url, {}), 409, "assignment_closed")["state"] == "submitted"


@pytest.mark.parametrize(("end", "state", "comes_again"), [("skip", "skipped", False), ("return", "returned", True)])
def test_what_is_given_back_frees_its_place(
    worker: JsonClient, cast: Cast, end: str, state: str, comes_again: bool
) -> None:
    task = make.task(home=cast.home)
    lease = make.lease(task.job, by=cast.worker)
    url = f"/api/v1/assignments/{lease.pk}/{end}"
    assert body_of(worker.post(url, {}))["state"] == state
    assert body_of(worker.post(url, {}))["state"] == state
    assert Task.objects.get().n_taken == 0
    assert bool(body_of(_claim(worker, task.job))["items"]) is comes_again


@pytest.mark.parametrize("action", ["heartbeat", "skip", "return"])
def test_an_action_takes_no_body(worker: JsonClient, job: LabelingJob, cast: Cast, action: str) -> None:
    lease = make.lease(job, by=cast.worker)
    url = f"/api/v1/assignments/{lease.pk}/{action}"
    problem_of(worker.post(url, {"because": "x"}), 400, "invalid", "because")


def test_a_claim_takes_few_queries_however_many_tasks_it_leases(
    worker: JsonClient, job: LabelingJob, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(25):
        assert len(body_of(_claim(worker, job))["items"]) == 3


def test_a_list_takes_as_many_queries_for_many_rows(
    worker: JsonClient, job: LabelingJob, cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        make.lease(job, by=cast.worker)
    worker.get("/api/v1/assignments")  # the first use of a token in a day is noted
    with django_assert_max_num_queries(2):  # the token, the page
        assert len(body_of(worker.get("/api/v1/assignments"))["items"]) == 3
    with django_assert_max_num_queries(2):
        body_of(worker.get("/api/v1/work/jobs"))
