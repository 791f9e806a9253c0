"""Who pays for people of a field gets them, and them alone."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from labeling.errors import NotQualified
from labeling.models import LabelingJob, Task, WorkerGrant
from labeling.services import claim_tasks, revoke_grant
from marketplace.accounts.models import Role, User
from marketplace.operations.adapters import database_now
from marketplace.orders.models import Order
from marketplace.orders.services import fund_order, publish_order, quote_order
from pricing.core.drivers import Drivers
from pricing.models import Quote
from pricing.services.turnaround.pools import qualified_share
from tests import make
from tests.api.expect import body_of, nothing_written, problem_of, with_key
from tests.conftest import Cast, ClientFactory, JsonClient
from tests.orders import flow

pytestmark = pytest.mark.django_db

MEDICAL = Drivers(expertise="medical")


def _open(order: Order, drivers: Drivers = MEDICAL) -> LabelingJob:
    """Return the job of an order, published as quoted with what is asked for."""
    quote_order(order.pk, drivers=drivers)
    make.funds(order.organization)
    fund_order(order.pk)
    publish_order(order.pk, requested_by_id=order.created_by_id)
    flow.run_to_rest()
    return LabelingJob.objects.get(pk=order.job_id)


def _grants(client: JsonClient, **body: Any) -> Any:
    said = {"expertise": "medical", "evidence": "Licence seen, file 12."}
    return client.post("/api/v1/grants", {name: value for name, value in (said | body).items() if value is not None})


def _staff() -> User:
    boss = make.user()
    User.objects.filter(pk=boss.pk).update(is_staff=True)
    boss.refresh_from_db()
    return boss


# --- the whole way, over HTTP ---------------------------------------------------------------------------------------
def test_a_job_quoted_for_a_field_is_worked_on_by_its_people_alone(cast: Cast, client_of: ClientFactory) -> None:
    owner, doctor, layman = client_of(cast.owner), make.known_for("medical"), make.worker()
    order = make.order(home=cast.home)
    make.funds(cast.home)
    url = f"/api/v1/orders/{order.pk}"
    quoted = body_of(owner.post(f"{url}/quote", {"expertise": "medical"}))["quote"]
    body_of(owner.post(f"{url}/fund", {}, headers=with_key()))
    body_of(owner.post(f"{url}/publish", {}, headers=with_key()), 202)
    flow.run_to_rest()
    assert body_of(owner.get(f"/api/v1/jobs/{order.job_id}"))["expertise"] == "medical"
    claim = f"/api/v1/jobs/{order.job_id}/claim"
    [seen] = body_of(client_of(layman).get("/api/v1/work/jobs"))["items"]
    assert (seen["expertise"], seen["qualified"]) == ("medical", False)
    refusal = problem_of(client_of(layman).post(claim, {}), 409, "not_qualified")
    assert (refusal["requires"], refusal["expertise"]) == (None, "medical")
    [seen] = body_of(client_of(doctor).get("/api/v1/work/jobs"))["items"]
    assert seen["qualified"]
    items = body_of(client_of(doctor).post(claim, {}))["items"]
    assert [each["pay"] for each in items] == [quoted["pay_per_answer"]] * 3


def test_an_exam_of_ones_own_attests_a_field(cast: Cast, client_of: ClientFactory) -> None:
    exam = make.course(home=cast.home, n_lessons=1, purpose="exam", attests="medical")
    learner = make.worker()
    [listed] = body_of(client_of(learner).get("/api/v1/work/jobs"))["items"]
    assert listed["attests"] == "medical"
    make.learn(exam, "cat", by=learner)
    [passed] = body_of(client_of(learner).get("/api/v1/me/qualifications"))["items"]
    assert (passed["expertise"], passed["organization"], passed["share"]) == ("medical", str(cast.home.pk), 1.0)
    assert len(claim_tasks(_open(make.order(home=cast.home)).pk, learner.pk, limit=1)) == 1
    with pytest.raises(Exception, match="known to be of the field medical"):
        _open(make.order())  # another organization's


@pytest.mark.parametrize("field", [None, "general"])
def test_a_job_quoted_for_no_field_is_for_everybody(field: str | None) -> None:
    job = _open(make.order(), Drivers(expertise=field))
    assert job.expertise == ""
    assert len(claim_tasks(job.pk, make.worker().pk, limit=1)) == 1


def test_quoted_again_without_the_field_the_job_is_for_everybody() -> None:
    make.known_for("medical")
    order = make.order()
    quote_order(order.pk, drivers=MEDICAL)
    job = _open(order, Drivers())
    assert (job.expertise, len(claim_tasks(job.pk, make.worker().pk, limit=1))) == ("", 1)


# --- where there are too few ----------------------------------------------------------------------------------------
def test_a_field_that_nobody_is_known_for_is_not_quoted(cast: Cast, client_of: ClientFactory) -> None:
    order = make.order(home=cast.home, min_overlap=2)
    make.known_for("legal")
    make.known_for("medical")
    make.known_for("medical", home=make.organization())
    url = f"/api/v1/orders/{order.pk}/quote"
    owner = client_of(cast.owner)
    with nothing_written():
        refusal = problem_of(owner.post(url, {"expertise": "medical"}), 409, "nobody_qualified", "expertise")
    assert (refusal["expertise"], refusal["n_qualified"], refusal["n_needed"]) == ("medical", 1, 2)
    assert "pass a training or an exam that attests it" in refusal["detail"]
    order.refresh_from_db()
    assert (order.state, order.job.expertise) == ("quoted", "")
    make.known_for("medical")
    body_of(owner.post(url, {"expertise": "medical"}))


def test_a_private_job_counts_its_own_people(cast: Cast) -> None:
    make.known_for("medical")
    order = make.order(home=cast.home, workforce="private")
    with pytest.raises(Exception, match="0 are known"):
        quote_order(order.pk, drivers=MEDICAL)
    make.known_for("medical", somebody=cast.worker)
    assert quote_order(order.pk, drivers=MEDICAL).job.expertise == "medical"


def test_reviews_by_seniors_need_a_senior_of_the_field(cast: Cast) -> None:
    make.known_for("medical")
    order = make.order(home=cast.home, review_share=0.5, reviewed_by="senior")
    with pytest.raises(Exception, match="reviewers"):
        quote_order(order.pk, drivers=MEDICAL)
    make.known_for("medical", home=cast.home, somebody=cast.reviewer)
    quote_order(order.pk, drivers=MEDICAL)


def test_who_is_left_is_looked_at_again_at_publication() -> None:
    doctor = make.known_for("medical")
    order = make.order()
    quote_order(order.pk, drivers=MEDICAL)
    make.funds(order.organization)
    fund_order(order.pk)
    revoke_grant(WorkerGrant.objects.get(worker=doctor).pk, user_id=make.user().pk)
    with nothing_written(), pytest.raises(Exception, match="0 are known"):
        publish_order(order.pk, requested_by_id=order.created_by_id)


def test_the_forecast_of_a_quote_counts_on_the_people_of_the_field_alone() -> None:
    everybody = make.published_job(n_tasks=4)
    for somebody in (make.known_for("medical"), make.worker(), make.worker()):
        make.answer(make.lease(everybody, by=somebody))
    order = make.order()
    plain = order.quote
    medical = quote_order(order.pk, drivers=MEDICAL).quote
    assert isinstance(plain, Quote)
    assert isinstance(medical, Quote)
    order.job.refresh_from_db()
    assert qualified_share(order.job, now=database_now()) == pytest.approx(2 / 5)
    assert (medical.finish_p50_s or 0.0) > (plain.finish_p50_s or 0.0)


# --- while the job runs ---------------------------------------------------------------------------------------------
def test_what_runs_out_or_is_taken_back_opens_nothing_more() -> None:
    doctor, other = make.known_for("medical"), make.known_for("medical")
    job = _open(make.order(n_tasks=3))
    held = make.lease(job, by=doctor)
    mine = WorkerGrant.objects.filter(worker=doctor)
    mine.update(granted_at=timezone.now() - timedelta(days=2), until=timezone.now() - timedelta(days=1))
    with pytest.raises(NotQualified):
        claim_tasks(job.pk, doctor.pk, limit=1)
    assert make.answer(held).counted  # what was begun is taken, and paid
    revoke_grant(WorkerGrant.objects.get(worker=other).pk, user_id=make.user().pk)
    with pytest.raises(NotQualified):
        claim_tasks(job.pk, other.pk, limit=1)


def test_a_task_that_all_people_of_the_field_have_answered_waits_for_nobody_else() -> None:
    doctors = [make.known_for("medical"), make.known_for("medical")]
    job = _open(make.order(n_tasks=1, min_overlap=2, max_overlap=5, target_confidence=0.95))
    make.worker()
    for doctor, name in zip(doctors, ("cat", "dog"), strict=True):
        make.answer(make.lease(job, by=doctor), annotations=[{"class": name}])
    flow.run_to_rest()
    assert Task.objects.get(job=job).retired_reason == "supply"


def test_who_reviews_for_pay_is_of_the_field_and_who_orders_decides_alone(cast: Cast) -> None:
    workers = [make.known_for("medical"), make.known_for("medical")]
    make.known_for("medical", somebody=cast.reviewer)
    terms: dict[str, Any] = {"min_overlap": 2, "max_overlap": 2, "review_share": 1.0, "target_confidence": 0.95}
    job = _open(make.order(home=cast.home, n_tasks=1, reviewed_by="senior", **terms))
    for somebody, name in zip(workers, ("cat", "dog"), strict=True):
        make.answer(make.lease(job, by=somebody), annotations=[{"class": name}])
    flow.run_to_rest()
    with pytest.raises(NotQualified):
        claim_tasks(job.pk, make.user(Role.REVIEWER, home=cast.home).pk, limit=1)
    [held] = claim_tasks(job.pk, cast.reviewer.pk, limit=1)
    assert held.task.is_check
    LabelingJob.objects.filter(pk=job.pk).update(reviewed_by="requester")
    assert claim_tasks(job.pk, cast.team_mate.pk, limit=1) == []  # the check is taken; asked for it is not refused


# --- attesting ------------------------------------------------------------------------------------------------------
def test_a_manager_attests_for_the_own_organization_alone(cast: Cast, client_of: ClientFactory) -> None:
    manager, home = client_of(cast.manager), str(cast.home.pk)
    given = body_of(_grants(manager, organization=home, worker=str(cast.worker.pk)), 201)
    assert (given["organization"], given["given_by"], given["until"]) == (home, str(cast.manager.pk), None)
    assert [each["id"] for each in body_of(manager.get("/api/v1/grants"))["items"]] == [given["id"]]
    assert body_of(client_of(cast.stranger).get("/api/v1/grants"))["items"] == []
    [own] = body_of(client_of(cast.worker).get("/api/v1/me/qualifications"))["items"]
    assert (own["expertise"], own["evidence"], own["course"]) == ("medical", "Licence seen, file 12.", None)
    order = make.order(home=cast.home)
    assert len(claim_tasks(_open(order).pk, cast.worker.pk, limit=1)) == 1
    revoked = body_of(manager.post(f"/api/v1/grants/{given['id']}/revoke", {}))
    assert revoked["revoked_at"] is not None
    problem_of(client_of(cast.stranger).post(f"/api/v1/grants/{given['id']}/revoke", {}), 404, "not_found")


def test_given_again_it_takes_the_place_of_what_was_given_before(cast: Cast) -> None:
    for _ in range(2):
        make.known_for("medical", home=cast.home, somebody=cast.worker)
    first, second = WorkerGrant.objects.order_by("granted_at", "id")
    assert first.revoked_at is not None
    assert second.revoked_at is None
    with pytest.raises(IntegrityError), transaction.atomic():
        WorkerGrant.objects.filter(pk=first.pk).update(revoked_at=None)


def test_staff_attest_for_everybodys_jobs_and_not_for_themselves(client_of: ClientFactory) -> None:
    boss, doctor = _staff(), make.worker()
    client = client_of(boss)
    given = body_of(_grants(client, worker=str(doctor.pk), until="2999-01-01T00:00:00Z"), 201)
    assert given["organization"] is None
    assert [each["id"] for each in body_of(client.get("/api/v1/grants"))["items"]] == [given["id"]]
    own = client_of(doctor)
    with nothing_written():
        problem_of(_grants(client, worker=str(boss.pk)), 400, "invalid_input", "worker")
        problem_of(_grants(own, worker=str(doctor.pk)), 403, "permission_denied")
    problem_of(own.post(f"/api/v1/grants/{given['id']}/revoke", {}), 404, "not_found")
    body_of(client.post(f"/api/v1/grants/{given['id']}/revoke", {}))


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"expertise": "general"}, 400, "invalid_value", "expertise"),
        ({"expertise": "astrology"}, 400, "invalid_value", "expertise"),
        ({"expertise": ""}, 400, "invalid", "expertise"),
        ({"evidence": " "}, 400, "invalid", "evidence"),
        ({"evidence": "x" * 501}, 400, "invalid", "evidence"),
        ({"evidence": "a\x00b"}, 400, "invalid_text", "evidence"),
        ({"until": "2020-01-01T00:00:00Z"}, 400, "invalid_input", "until"),
        ({"worker": "00000000-0000-0000-0000-000000000000"}, 404, "not_found", "worker"),
        ({"organization": "00000000-0000-0000-0000-000000000000"}, 404, "not_found", "organization"),
        ({"share": 1.0}, 400, "invalid", "share"),
    ],
)
def test_what_cannot_be_attested_is_refused_by_name(
    cast: Cast, client_of: ClientFactory, changes: dict[str, Any], status: int, code: str, field: str
) -> None:
    body = {"organization": str(cast.home.pk), "worker": str(cast.worker.pk)} | changes
    manager = client_of(cast.manager)
    with nothing_written():
        problem_of(_grants(manager, **body), status, code, field)


def test_only_members_are_attested_by_an_organization(cast: Cast, client_of: ClientFactory) -> None:
    outsider = make.worker()
    asked = _grants(client_of(cast.manager), organization=str(cast.home.pk), worker=str(outsider.pk))
    problem_of(asked, 404, "not_found", "worker")


# --- courses --------------------------------------------------------------------------------------------------------
def test_a_course_attests_a_field_of_the_card(cast: Cast, client_of: ClientFactory) -> None:
    terms: dict[str, Any] = {"n_gold": 1, "n_tasks": 1, "purpose": "exam", "n_learners": 1}
    for name in ("astrology", "general"):
        with pytest.raises(Exception, match="use one of language, legal, medical, technical"):
            make.order(attests=name, **terms)
    order = make.order(home=cast.home, attests="medical", **terms)
    asked = client_of(cast.owner).post(f"/api/v1/orders/{order.pk}/quote", {"expertise": "medical"})
    problem_of(asked, 400, "invalid_input", "expertise")
    with pytest.raises(IntegrityError), transaction.atomic():
        LabelingJob.objects.filter(pk=make.job().pk).update(attests="medical")


def test_work_attests_nothing(cast: Cast, client_of: ClientFactory) -> None:
    plan = make.project(cast.home)
    body = {
        "ontology": make.ontology(plan).pk,
        "guideline": make.guideline(plan).pk,
        "dataset": make.dataset(cast.home, n_assets=1).pk,
        "name": "Cats",
        "annotation_type": "image_classification",
    }
    owner = client_of(cast.owner)
    problem_of(owner.post("/api/v1/jobs", body | {"attests": "medical"}), 400, "invalid", "attests")
    exam = body_of(owner.post("/api/v1/jobs", body | {"attests": "medical", "purpose": "exam", "n_learners": 2}), 201)
    assert exam["attests"] == "medical"
