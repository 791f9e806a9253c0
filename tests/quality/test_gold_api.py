"""Gold over HTTP."""

from typing import Any

import pytest

from quality.models import GoldTask
from tests import make
from tests.api.expect import with_key
from tests.conftest import Cast, ClientFactory

pytestmark = pytest.mark.django_db


def test_gold_is_stated_listed_and_taken_back(cast: Cast, client_of: ClientFactory) -> None:
    draft = make.job(n_tasks=4, home=cast.home)
    http = client_of(cast.owner)
    items = [{"external_id": f"asset-{n}", "annotations": [{"class": "cat"}]} for n in (1, 2)]
    made = http.post(f"/api/v1/jobs/{draft.pk}/gold", {"items": items}, headers=with_key())
    assert made.status_code == 201
    listed = http.get(f"/api/v1/jobs/{draft.pk}/gold?state=active").json()["items"]
    assert [(each["external_id"], each["annotations"][0]["class"], each["mean_score"]) for each in listed] == [
        ("asset-1", "cat", None),
        ("asset-2", "cat", None),
    ]
    assert http.delete(f"/api/v1/gold/{listed[0]['id']}").status_code == 204
    assert draft.gold.count() == 1


@pytest.mark.parametrize(
    "items",
    [
        [],
        "asset-1",
        [{"external_id": "asset-1"}],
        [{"annotations": [{"class": "cat"}]}],
        [{"external_id": "asset-1", "asset": "0", "annotations": []}],
        [{"external_id": 7, "annotations": [{"class": "cat"}]}],
        [{"external_id": "asset-1", "annotations": [7]}],
        [{"external_id": "asset-1\x00", "annotations": [{"class": "cat"}]}],
        [{"external_id": "asset-1", "annotations": [{"class": "cat", "box": [1, 2, 3, 4]}]}],
    ],
)
def test_bad_gold_is_refused_by_name(items: Any, cast: Cast, client_of: ClientFactory) -> None:
    draft = make.job(n_tasks=4, home=cast.home)
    refused = client_of(cast.owner).post(f"/api/v1/jobs/{draft.pk}/gold", {"items": items}, headers=with_key())
    assert refused.status_code == 400
    assert "items" in refused.content.decode()
    assert not GoldTask.objects.exists()


def test_gold_is_not_promoted_from_a_foreign_job(cast: Cast, client_of: ClientFactory) -> None:
    draft, foreign = make.job(home=cast.home), make.job()
    refused = client_of(cast.owner).post(
        f"/api/v1/jobs/{draft.pk}/gold/promote", {"from_job": foreign.pk, "n_tasks": 1}, headers=with_key()
    )
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")


def test_what_a_worker_sees_of_gold_is_what_is_seen_of_any_task(cast: Cast, client_of: ClientFactory) -> None:
    job = make.published_job(n_tasks=3, n_gold=1)
    known = make.gold_lease(job, by=cast.worker)
    plain = make.lease(make.published_job(n_tasks=3), by=cast.worker)
    http = client_of(cast.worker)
    answers = {
        held.pk: http.post(
            f"/api/v1/assignments/{held.pk}/submit", {"annotations": [{"class": "dog"}]}, headers=with_key()
        ).json()
        for held in (known, plain)
    }
    assert answers[known.pk].keys() == answers[plain.pk].keys()
    assert answers[known.pk]["outcome"] == answers[plain.pk]["outcome"] == "counted"
    assert http.get("/api/v1/me/skills").json() == {"items": []}
