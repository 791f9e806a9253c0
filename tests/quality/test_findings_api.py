"""Findings over HTTP: who is shown what, and what is refused."""

from typing import Any

import pytest

from quality.models import Finding
from tests import make
from tests.api.expect import body_of, problem_of, with_key
from tests.conftest import Cast, ClientFactory, JsonClient

pytestmark = pytest.mark.django_db

API = "/api/v1"


@pytest.fixture
def finding(cast: Cast) -> Finding:
    return make.finding(make.published_job(home=cast.home), about=cast.worker, partner=make.worker())


@pytest.fixture
def manager(cast: Cast, client_of: ClientFactory) -> JsonClient:
    return client_of(cast.manager)


def decide(client: JsonClient, finding: Finding, how: str, **body: Any) -> Any:
    return client.post(f"{API}/findings/{finding.pk}/{how}", body, headers=with_key())


def test_the_requester_sees_pseudonyms_and_evidence(manager: JsonClient, finding: Finding) -> None:
    [shown] = body_of(manager.get(f"{API}/jobs/{finding.job_id}/findings?state=open"))["items"]
    assert (shown["worker"], shown["partner"]) == ("found-0", "found-1")
    assert shown["evidence"]["n_tested"] == 30
    assert str(finding.worker_id) not in str(shown)
    assert body_of(manager.get(f"{API}/jobs/{finding.job_id}/findings?state=confirmed"))["items"] == []


def test_the_worker_sees_only_what_is_confirmed_and_nothing_of_others(
    cast: Cast, client_of: ClientFactory, manager: JsonClient, finding: Finding
) -> None:
    worker = client_of(cast.worker)
    assert body_of(worker.get(f"{API}/me/findings"))["items"] == []
    objection = f"{API}/me/findings/{finding.pk}/objection"
    problem_of(worker.post(objection, {"text": "No."}, headers=with_key()), 404, "not_found")
    body_of(decide(manager, finding, "confirm", note="The same slips as found-1."))
    [shown] = body_of(worker.get(f"{API}/me/findings"))["items"]
    assert shown["evidence"] == {"pace_ratio": 0.2}
    assert "found-1" not in str(shown)
    body_of(worker.post(objection, {"text": "No."}, headers=with_key()))
    [seen] = body_of(manager.get(f"{API}/jobs/{finding.job_id}/findings"))["items"]
    assert seen["objection"] == "No."


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"note": ""},
        {"note": "\x00"},
        {"note": 5},
        {"note": "x" * 1_001},
        {"note": "Yes.", "pause_minutes": 0},
        {"note": "Yes.", "pause_minutes": True},
        {"note": "Yes.", "pause_minutes": 10**30},
        {"note": "Yes.", "reject": True},
    ],
)
def test_what_is_not_a_decision_is_refused(manager: JsonClient, finding: Finding, body: dict[str, Any]) -> None:
    assert decide(manager, finding, "confirm", **body).status_code == 400
    finding.refresh_from_db()
    assert finding.state == "open"


def test_a_second_different_decision_is_a_conflict(manager: JsonClient, finding: Finding) -> None:
    body_of(decide(manager, finding, "dismiss", note="New here."))
    body_of(decide(manager, finding, "dismiss", note="New here."))
    problem_of(decide(manager, finding, "confirm", note="New here."), 409, "finding_decided")
