"""What is there besides the API itself."""

import re
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from pytest_django import Settings

from labeling.core.annotations.annotated import MAX_ANNOTATIONS
from marketplace.accounts.models import User
from marketplace.accounts.services import MAX_WORKERS_A_CALL
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


@pytest.fixture(scope="module")
def described() -> Any:
    """Return the description of the API."""
    generator: Any = SchemaGenerator
    return generator().get_schema(public=True)


def test_the_description_lists_the_codes_of_all_problems(described: Any) -> None:
    description = described["info"]["description"]
    for row in (
        "| `invalid` | 400 |",
        "| `too_many_registrations` | 429 |",
        "| `lease_expired` | 409 |",
        "| `insufficient_funds` | 409 |",
        "| `idempotency_key_reused` | 422 |",
    ):
        assert row in description
    assert description.count("| `not_found` |") == 1


def test_the_description_says_what_is_taken_and_given(described: Any) -> None:
    schemas = described["components"]["schemas"]

    def field(schema: str, name: str) -> Any:
        return schemas[schema]["properties"][name]

    assert schemas["AnnotationRequest"]["required"] == ["class"]
    assert re.fullmatch(field("Entry", "amount")["pattern"], "-12.50")
    assert not re.fullmatch(field("NewDepositRequest", "amount")["pattern"], "-12.50")
    assert "10000000.00" in field("NewDepositRequest", "amount")["description"]
    assert field("User", "country")["nullable"]
    assert field("NewWorkersRequest", "handles")["maxItems"] == MAX_WORKERS_A_CALL
    assert field("SubmissionDocumentationRequest", "annotations")["maxItems"] == MAX_ANNOTATIONS
    assert not [name for name, schema in schemas.items() if "whose input may hold" in schema.get("description", "")]
    for schema, name in (
        ("NewJobRequest", "units_per_asset"),
        ("NewJobRequest", "by_offer_only"),
        ("NewJobRequest", "workforce"),
        ("NewOfferRequest", "rank"),
        ("Assignment", "aided"),
        ("Quote", "assumptions"),
    ):
        assert len(field(schema, name)["description"]) > 20, name


@pytest.mark.django_db
def test_browsers_find_an_icon_where_a_page_names_none(client: Client) -> None:
    assert client.get("/favicon.ico").headers["Location"] == "/static/live/mark.svg"
    assert b"Django administration" not in client.get("/admin/login/").content


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
