"""What is there besides the API itself."""

import pytest
from django.test import Client
from pytest_django import Settings

from marketplace.accounts.models import User
from tests.api.expect import body_of, problem_of
from tests.conftest import Cast, ClientFactory


@pytest.mark.django_db
def test_the_process_says_that_it_answers(client: Client) -> None:
    assert body_of(client.get("/healthz")) == {"status": "ok"}


@pytest.mark.django_db
def test_readiness_needs_the_database_and_tells_of_redis(client: Client, settings: Settings) -> None:
    assert body_of(client.get("/readyz")) == {"database": "ok", "redis": "ok"}
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert body_of(client.get("/readyz")) == {"database": "ok", "redis": "away"}


@pytest.mark.django_db
def test_a_path_that_is_not_there_is_a_problem_document(client: Client) -> None:
    problem_of(client.get("/api/v1/nothing"), 404, "not_found")
    assert client.get("/nothing")["Content-Type"].startswith("text/html")


def test_a_method_that_is_not_there_is_a_problem_document(cast: Cast, client_of: ClientFactory) -> None:
    response = client_of(cast.owner).delete("/api/v1/jobs")
    problem_of(response, 405, "method_not_allowed")


@pytest.mark.django_db
def test_the_api_is_described_to_everybody(client: Client) -> None:
    schema = client.get("/api/schema")
    assert schema.status_code == 200
    assert b"operationId: assignments_submit" in schema.content
    docs = client.get("/api/docs")
    assert docs.status_code == 200
    assert b"/static/drf_spectacular_sidecar/" in docs.content
    assert b"https://" not in docs.content


def test_the_administration_shows_and_changes_nothing(cast: Cast, client: Client) -> None:
    User.objects.filter(pk=cast.owner.pk).update(is_staff=True, is_superuser=True)
    client.force_login(User.objects.get(pk=cast.owner.pk))
    assert client.get("/admin/").status_code == 200
    for model in (
        "labeling/project",
        "labeling/dataset",
        "labeling/asset",
        "labeling/labelingjob",
        "labeling/task",
        "labeling/assignment",
        "labeling/answer",
        "pricing/quote",
        "quality/taskbelief",
        "quality/consensusrun",
        "quality/consensuslabel",
        "ledger/account",
        "ledger/transfer",
        "orders/order",
    ):
        assert client.get(f"/admin/{model}/").status_code == 200, model
        assert client.get(f"/admin/{model}/add/").status_code == 403, model
