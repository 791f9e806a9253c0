"""Lists by key."""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from marketplace.accounts.models import Organization, User

LIST, NAMED = "/api/v1/probe/list", "/api/v1/probe/named-list"


@pytest.fixture
def organizations(caller: User) -> list[Organization]:
    now = timezone.now()
    made = [Organization(name="ab"[n % 2], created_at=now + timedelta(seconds=n // 4)) for n in range(23)]
    return Organization.objects.bulk_create(made)


def walk(client: Client, path: str, limit: int) -> list[str]:
    """Follow the cursors to the end and return the ids on the way."""
    seen: list[str] = []
    query: dict[str, Any] = {"limit": limit}
    while True:
        page = client.get(path, query).json()
        assert len(page["items"]) <= limit
        seen += [item["id"] for item in page["items"]]
        if page["next"] is None:
            return seen
        assert len(page["items"]) == limit
        query["after"] = page["next"]


@pytest.mark.parametrize("limit", [1, 7, 22, 23, 24, 300])
@pytest.mark.parametrize("path", [LIST, NAMED])
def test_pages_hold_every_row_once_in_order(
    client: Client, organizations: list[Organization], path: str, limit: int
) -> None:
    order = ("id",) if path == LIST else ("name", "-created_at", "id")
    expected = [str(pk) for pk in Organization.objects.order_by(*order).values_list("id", flat=True)]
    assert walk(client, path, limit) == expected


def test_page_has_fifty_rows_unless_told(client: Client) -> None:
    Organization.objects.bulk_create(Organization(name=str(n)) for n in range(60))
    assert len(client.get(LIST).json()["items"]) == 50


def test_row_that_comes_later_is_seen_and_one_that_went_is_not_missed(
    client: Client, organizations: list[Organization]
) -> None:
    first = client.get(LIST, {"limit": 10}).json()
    Organization.objects.filter(pk=first["next"]).delete()
    late = Organization.objects.create(name="late")
    rest = client.get(LIST, {"after": first["next"]}).json()
    assert len(rest["items"]) == 14
    assert rest["items"][-1]["id"] == str(late.pk)


def test_page_costs_one_query_beside_authentication(
    client: Client, organizations: list[Organization], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get(LIST)
    with django_assert_num_queries(2):
        client.get(LIST, {"limit": 5})


@pytest.mark.parametrize("limit", ["0", "-1", "301", "1000000", "1e2", "x", "", "\u0661", "5.0", "9" * 5000])
def test_other_limits_are_refused(client: Client, limit: str) -> None:
    answer = client.get(LIST, {"limit": limit})
    assert (answer.status_code, answer.json()["field"]) == (400, "limit")


def forged(*texts: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(texts).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("path", "after"),
    [
        (LIST, "1"),
        (LIST, "' OR 1=1--"),
        (LIST, "x" * 2000),
        (LIST, ""),
        (NAMED, "0192f000-0000-7000-8000-000000000000"),
        (NAMED, forged("a")),
        (NAMED, forged("a", "yesterday", "0192f000-0000-7000-8000-000000000000")),
        (NAMED, forged("a", "2026-01-01T00:00:00", "0192f000-0000-7000-8000-000000000000")),
        (NAMED, forged("a\x00", "2026-01-01T00:00:00+00:00", "0192f000-0000-7000-8000-000000000000")),
        (NAMED, forged("\ud800", "2026-01-01T00:00:00+00:00", "0192f000-0000-7000-8000-000000000000")),
        (NAMED, forged("a", None, 3)),
        (NAMED, forged({}, [], 1)),
        (NAMED, base64.urlsafe_b64encode(b"[" * 700).decode()),
        (NAMED, "é"),
    ],
)
def test_forged_cursors_are_refused(client: Client, path: str, after: str) -> None:
    answer = client.get(path, {"after": after})
    assert (answer.status_code, answer.json()["field"]) == (400, "after")


@pytest.mark.parametrize(
    "query",
    [
        "created_by__password__startswith=pbkdf2",
        "fields=id",
        "expand=user.password",
        "format=api",
        "offset=1",
        "name=a",
        "%00=1",
        "limit[]=1",
    ],
)
def test_unknown_parameters_are_refused_by_name(client: Client, query: str) -> None:
    answer = client.get(f"{LIST}?{query}")
    if query == "format=api":
        assert answer.status_code == 404
    else:
        assert (answer.status_code, answer.json()["code"]) == (400, "unknown_parameter")
        assert answer.json()["allowed"] == ["after", "colour", "limit"]


def test_parameter_given_twice_or_with_nul_is_refused(client: Client) -> None:
    for query in ("limit=1&limit=2", "colour=a%00b"):
        answer = client.get(f"{LIST}?{query}")
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_parameter")
    assert client.get(f"{LIST}?colour=red").status_code == 200


def test_paging_is_for_lists_only(client: Client) -> None:
    assert client.get("/api/v1/me?limit=3").json()["code"] == "unknown_parameter"
