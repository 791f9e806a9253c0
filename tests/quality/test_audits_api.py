"""Audits over HTTP: shapes, refusals, paging, and the certificate in a release's manifest."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from marketplace.releases.core.manifest import is_intact
from quality.models import Audit, AuditPlanKind, ConsensusRun, LabelState
from quality.services import cancel_audit
from tests import make
from tests.api.expect import body_of, nothing_written, problem_of, with_key
from tests.conftest import Cast, ClientFactory, JsonClient
from tests.releases.completed import built

pytestmark = pytest.mark.django_db

API = "/api/v1"
ASKED = {"max_error": "0.2", "confidence": "0.9"}


@pytest.fixture
def run(cast: Cast) -> ConsensusRun:
    return make.run(make.ended_job(home=cast.home, n_tasks=12))


@pytest.fixture
def owner(cast: Cast, client_of: ClientFactory) -> JsonClient:
    return client_of(cast.owner)


@pytest.fixture
def reviewer(cast: Cast, client_of: ClientFactory) -> JsonClient:
    return client_of(cast.reviewer)


def order(client: JsonClient, run: ConsensusRun, **changes: Any) -> Any:
    return client.post(f"{API}/jobs/{run.job_id}/audits", {**ASKED, **changes}, headers=with_key())


def judge_all(client: JsonClient, audit: dict[str, Any]) -> dict[str, Any]:
    """Call every label right over HTTP, page by page, and return the audit as the last answer tells it."""
    standing = audit
    for item in items_of(client, audit["id"]):
        answer = client.post(f"{API}/audits/{audit['id']}/items/{item['id']}/verdict", {"verdict": "right"})
        standing = body_of(answer)["audit"]
        if standing["state"] != "running":
            break
    return standing


def items_of(client: JsonClient, audit_id: str, limit: int = 5) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        page = body_of(client.get(f"{API}/audits/{audit_id}/items?limit={limit}{after}"))
        found += page["items"]
        if page["next"] is None:
            return found
        after = f"&after={page['next']}"


def test_from_order_to_certificate(owner: JsonClient, reviewer: JsonClient, run: ConsensusRun) -> None:
    audit = body_of(order(owner, run, kind="fixed"), 201)
    asked = {name: audit[name] for name in ("job", "run", "state", "kind", "max_error", "confidence", "expected_error")}
    assert asked == {
        "job": str(run.job_id),
        "run": str(run.pk),
        "state": "planned",
        "kind": "fixed",
        "max_error": "0.2",
        "confidence": "0.9",
        "expected_error": "0.05",
    }
    assert (audit["population"], audit["n_audited"], audit["certificate"]) == (12, 0, None)
    assert audit["plan"]["consumer_risk"] <= 0.1
    items = items_of(reviewer, audit["id"])
    assert [item["ordinal"] for item in items] == list(range(1, audit["n_items"] + 1))
    assert items[0]["value"] == {"class": "cat"}  # not what the run believes of it
    assert items[0]["verdict"] is None
    ended = judge_all(reviewer, audit)
    assert ended["state"] == "passed"
    assert ended["certificate"]["holds"] is True
    assert ended["certificate"]["statement"].endswith("the limit of 0.2 is kept.")
    assert body_of(owner.get(f"{API}/audits/{audit['id']}"))["certificate"] == ended["certificate"]
    assert body_of(owner.get(f"{API}/jobs/{run.job_id}/audits"))["items"] == [ended]


def test_items_can_be_chosen_by_verdict(reviewer: JsonClient, run: ConsensusRun) -> None:
    audit = make.audit(run)
    first = items_of(reviewer, str(audit.pk))[0]
    url = f"{API}/audits/{audit.pk}/items"
    judged = body_of(reviewer.post(f"{url}/{first['id']}/verdict", {"verdict": "wrong", "note": "a dog"}))
    assert (judged["verdict"], judged["note"], judged["audit"]["n_wrong"]) == ("wrong", "a dog", 1)
    chosen = {name: body_of(reviewer.get(f"{url}?verdict={name}"))["items"] for name in ("open", "wrong", "right")}
    assert [item["ordinal"] for item in chosen["wrong"]] == [1]
    assert (len(chosen["open"]), chosen["right"]) == (audit.n_items - 1, [])
    problem_of(reviewer.get(f"{url}?verdict=perhaps"), 400, "invalid_parameter", "verdict")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"max_error": "NaN"}, "max_error"),
        ({"max_error": "2"}, "max_error"),
        ({"max_error": "-0.02"}, "max_error"),
        ({"max_error": "0.0"}, "max_error"),
        ({"max_error": "0.51"}, "max_error"),
        ({"max_error": "1e-2"}, "max_error"),
        ({"max_error": 0.02}, "max_error"),
        ({"max_error": "0." + "1" * 5000}, "max_error"),
        ({"max_error": "0.\u0662"}, "max_error"),
        ({"max_error": "0.02\n"}, "max_error"),
        ({"max_error": None}, "max_error"),
        ({"max_error": ["0.02"]}, "max_error"),
        ({"confidence": "1.0"}, "confidence"),
        ({"confidence": "0.9999"}, "confidence"),
        ({"confidence": "0.5"}, "confidence"),
        ({"confidence": "Infinity"}, "confidence"),
        ({"expected_error": "0.3"}, "expected_error"),
        ({"expected_error": "-0.0"}, "expected_error"),
        ({"kind": "lucky"}, "kind"),
        ({"seed": 1}, "seed"),
    ],
)
def test_what_is_no_limit_is_refused_by_name(
    owner: JsonClient, run: ConsensusRun, changes: dict[str, Any], field: str
) -> None:
    with nothing_written():
        answer = order(owner, run, **changes)
        problem_of(answer, 400, "invalid", field)


def test_refusals_of_an_order_have_codes(owner: JsonClient, cast: Cast, run: ConsensusRun) -> None:
    problem_of(order(owner, run, expected_error="0.19"), 400, "limit_too_near", "expected_error")
    open_job = make.published_job(home=cast.home)
    answer = owner.post(f"{API}/jobs/{open_job.pk}/audits", ASKED, headers=with_key())
    assert problem_of(answer, 409, "wrong_state")["allowed_states"] == ["completed", "cancelled", "archived"]
    unconcluded = make.ended_job(home=cast.home)
    problem_of(owner.post(f"{API}/jobs/{unconcluded.pk}/audits", ASKED), 404, "no_consensus_yet")
    undecided = make.run(unconcluded, states=dict.fromkeys(range(1, 4), LabelState.DISPUTED))
    problem_of(order(owner, undecided), 409, "nothing_to_audit")
    first = body_of(order(owner, run), 201)
    assert problem_of(order(owner, run), 409, "audit_under_way")["audit"] == first["id"]


def test_an_order_sent_again_has_no_second_effect(owner: JsonClient, run: ConsensusRun) -> None:
    key = with_key()
    url = f"{API}/jobs/{run.job_id}/audits"
    first, again = (owner.post(url, ASKED, headers=key) for _ in range(2))
    assert first.content == again.content
    assert Audit.objects.count() == 1
    other = owner.post(url, {**ASKED, "max_error": "0.3"}, headers=key)
    problem_of(other, 422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "verdict"),
        ({"verdict": "maybe"}, "verdict"),
        ({"verdict": None}, "verdict"),
        ({"verdict": "right", "note": "x" * 1001}, "note"),
        ({"verdict": "right", "by": "me"}, "by"),
    ],
)
def test_what_is_no_verdict_is_refused_by_name(
    reviewer: JsonClient, run: ConsensusRun, body: dict[str, Any], field: str
) -> None:
    item = make.audit(run).items.get(ordinal=1)
    with nothing_written():
        answer = reviewer.post(f"{API}/audits/{item.audit_id}/items/{item.pk}/verdict", body)
        problem_of(answer, 400, "invalid", field)


def test_refusals_of_a_verdict_have_codes(cast: Cast, client_of: ClientFactory) -> None:
    job = make.published_job(home=cast.home, n_tasks=1)
    make.answer(make.lease(job, by=cast.reviewer))
    audit = make.audit(make.run(make.ended_job(job)))
    item = audit.items.get()
    url = f"{API}/audits/{audit.pk}/items/{item.pk}/verdict"
    problem_of(client_of(cast.reviewer).post(url, {"verdict": "right"}), 409, "four_eyes")
    manager = client_of(cast.manager)
    elsewhere = make.audit(make.run(make.ended_job(home=cast.home)))
    foreign = f"{API}/audits/{elsewhere.pk}/items/{item.pk}/verdict"
    problem_of(manager.post(foreign, {"verdict": "right"}), 404, "not_found")
    body_of(manager.post(url, {"verdict": "right"}))
    closed = problem_of(manager.post(url, {"verdict": "right"}), 409, "wrong_state")
    assert (closed["state"], closed["allowed_states"]) == ("passed", ["planned", "running"])
    item = elsewhere.items.get(ordinal=1)
    url = f"{API}/audits/{elsewhere.pk}/items/{item.pk}/verdict"
    body_of(manager.post(url, {"verdict": "wrong"}))
    assert problem_of(manager.post(url, {"verdict": "right"}), 409, "verdict_given")["verdict"] == "wrong"


def test_a_cancelled_audit_stays_on_record(owner: JsonClient, run: ConsensusRun) -> None:
    audit = body_of(order(owner, run), 201)
    cancelled = body_of(owner.post(f"{API}/audits/{audit['id']}/cancel"))
    assert (cancelled["state"], cancelled["certificate"]) == ("cancelled", None)
    problem_of(owner.post(f"{API}/audits/{audit['id']}/cancel"), 409, "wrong_state")
    assert body_of(order(owner, run), 201)["number"] == 2


@pytest.mark.parametrize("n", [2, 9])
def test_pages_cost_the_same_however_long(
    n: int, reviewer: JsonClient, run: ConsensusRun, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    audit = make.audit(run, kind=AuditPlanKind.FIXED)
    with django_assert_num_queries(4):
        reviewer.get(f"{API}/audits/{audit.pk}/items?limit={n}")
    with django_assert_num_queries(3):
        reviewer.get(f"{API}/jobs/{run.job_id}/audits?limit={n}")


def test_a_release_carries_every_audit_of_its_run(owner: JsonClient, reviewer: JsonClient, run: ConsensusRun) -> None:
    cancel_audit(make.audit(run).pk)
    audit = body_of(order(owner, run, kind="fixed"), 201)
    ended = judge_all(reviewer, audit)
    manifest: dict[str, Any] = built(run.job).manifest or {}
    assert is_intact(manifest)
    given_up, passed = manifest["audits"]
    assert (given_up["number"], given_up["state"], given_up["certificate"]) == (1, "cancelled", None)
    assert (passed["id"], passed["state"], passed["max_error"]) == (audit["id"], "passed", "0.2")
    assert passed["certificate"] == ended["certificate"]
    assert passed["certificate"]["audit_number"] == 2


def test_a_release_of_another_run_carries_no_audit(run: ConsensusRun) -> None:
    make.audit(run)
    later = make.run(run.job)
    release = built(run.job)
    assert release.run == later
    assert release.manifest is not None
    assert release.manifest["audits"] == []
