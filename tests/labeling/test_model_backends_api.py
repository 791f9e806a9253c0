"""Models over HTTP: made known, watched, asked."""

from collections.abc import Iterator
from datetime import datetime
from ipaddress import ip_network
from typing import Any

import pytest
from pytest_django import Settings

from labeling.models import LabelingJob, ModelBackend
from marketplace.live.models import Delivery
from marketplace.live.services.deliver import deliver
from tests import make
from tests.api.expect import body_of, with_key
from tests.conftest import ClientFactory
from tests.labeling.assisting import Model, running

pytestmark = pytest.mark.django_db


@pytest.fixture
def model(settings: Settings) -> Iterator[Model]:
    settings.FETCH_NETWORKS = (ip_network("127.0.0.0/8"),)
    with running(Model()) as started:
        yield started


def _post(client: Any, at: str, status: int, /, **body: Any) -> Any:
    return body_of(client.post(f"/api/v1/{at}", body, headers=with_key()), status)


def test_a_model_is_made_known_asked_and_watched(model: Model, settings: Settings, client_of: ClientFactory) -> None:
    job: LabelingJob = make.job(n_tasks=2, annotation_type="bounding_box")
    held = {"organization": str(job.organization_id), "url": model.url, "token": "s3cret"}
    settings.MODEL_TOKENS = {"detector": held}
    client = client_of(job.created_by)
    at = f"projects/{job.ontology.project_id}/model-backends"
    known = _post(client, at, 201, name="detector", url=f"{model.url}/", token_name="detector")
    assert (known["url"], known["circuit"], known["n_failures"]) == (model.url, "closed", 0)

    asked = _post(client, f"model-backends/{known['id']}/predict", 202, job=str(job.pk))
    assert (asked["state"], asked["n_assets"]) == ("queued", 2)
    [delivery] = Delivery.objects.filter(consumer="labeling.predict")
    deliver(delivery.pk)
    delivery.refresh_from_db()
    assert delivery.done_at is not None
    done = body_of(client.get(f"/api/v1/predictions/{asked['id']}"))
    assert (done["state"], done["percent"], done["n_taken"]) == ("succeeded", 100, 2)
    items = body_of(client.get(f"/api/v1/predictions/{asked['id']}/items?state=taken"))["items"]
    assert [(each["external_id"], each["version"], each["score"]) for each in items] == [
        ("asset-1", "v1", 0.75),
        ("asset-2", "v1", 0.75),
    ]
    shown = [client.get(f"/api/v1/{path}").content.decode() for path in (at, f"model-backends/{known['id']}")]
    assert not any("s3cret" in text for text in shown)


def test_a_circuit_that_is_open_is_told_and_closed_by_hand(client_of: ClientFactory) -> None:
    job = make.job(annotation_type="bounding_box")
    client = client_of(job.created_by)
    at = f"projects/{job.ontology.project_id}/model-backends"
    known = _post(client, at, 201, name="detector", url="https://model.example.org")
    row = ModelBackend.objects.filter(pk=known["id"])
    for _ in range(5):
        row.note_failure({"code": "backend_refused", "detail": "The model answered 500.", "field": None})
    told = body_of(client.get(f"/api/v1/model-backends/{known['id']}"))
    assert (told["circuit"], told["n_failures"], told["last_problem"]["code"]) == ("open", 5, "backend_refused")
    refused = _post(client, f"model-backends/{known['id']}/predict", 409, job=str(job.pk))
    assert (refused["code"], refused["last_problem"]) == ("backend_resting", told["last_problem"])
    assert datetime.fromisoformat(refused["until"]) == datetime.fromisoformat(told["rests_until"])
    assert _post(client, f"model-backends/{known['id']}/enable", 200)["circuit"] == "closed"
    assert _post(client, f"model-backends/{known['id']}/disable", 200)["enabled"] is False
    assert _post(client, f"model-backends/{known['id']}/predict", 409, job=str(job.pk))["code"] == "backend_disabled"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"name": "m"}, "url"),
        ({"name": "m", "url": "http://127.0.0.1:80"}, "url"),
        ({"name": "m", "url": "file:///etc/passwd"}, "url"),
        ({"name": "a\nb", "url": "https://m.example.org"}, "name"),
        ({"name": "m", "url": "https://m.example.org", "token_name": "others"}, "token_name"),
        ({"name": "m", "url": "https://m.example.org", "token": "s3cret"}, "token"),
    ],
)
def test_what_is_no_model_is_refused_by_name(said: dict[str, Any], field: str, client_of: ClientFactory) -> None:
    plan = make.project()
    refused = _post(client_of(plan.created_by), f"projects/{plan.pk}/model-backends", 400, **said)
    assert field in str(refused)
    assert not ModelBackend.objects.exists()


def test_a_project_has_one_model_of_a_name(client_of: ClientFactory) -> None:
    plan = make.project()
    client = client_of(plan.created_by)
    said = {"name": "m", "url": "https://m.example.org"}
    _post(client, f"projects/{plan.pk}/model-backends", 201, **said)
    assert _post(client, f"projects/{plan.pk}/model-backends", 409, **said)["code"] == "duplicate_name"


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({}, "dataset"),
        ({"annotation_type": "bounding_box"}, "dataset"),
        ({"job": "0" * 32}, "job"),
        ({"class_map": {"a": "unicorn"}}, "class_map.a"),
        ({"class_map": {"a": 7 * "x" * 200}}, "class_map"),
        ({"only_missing": "yes"}, "only_missing"),
    ],
)
def test_what_a_model_cannot_be_asked_is_refused_by_name(
    said: dict[str, Any], field: str, client_of: ClientFactory
) -> None:
    job = make.job(annotation_type="bounding_box")
    client = client_of(job.created_by)
    at = f"projects/{job.ontology.project_id}/model-backends"
    known = _post(client, at, 201, name="m", url="https://m.example.org")
    about = {"job": str(job.pk)} if {"class_map", "only_missing"} & set(said) else {}
    response = client.post(f"/api/v1/model-backends/{known['id']}/predict", about | said, headers=with_key())
    assert response.status_code in {400, 404}
    assert field in response.content.decode()


def test_models_speak_of_what_their_protocol_has(client_of: ClientFactory) -> None:
    job = make.job(annotation_type="cuboid_2d")
    client = client_of(job.created_by)
    at = f"projects/{job.ontology.project_id}/model-backends"
    known = _post(client, at, 201, name="m", url="https://m.example.org")
    refused = _post(client, f"model-backends/{known['id']}/predict", 400, job=str(job.pk))
    assert refused["field"] == "job"
    assert "bounding_box" in refused["allowed"]
