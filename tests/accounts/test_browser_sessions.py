"""Browsers: a change comes from a page of this site, or not at all."""

import pytest
from django.test import Client

from marketplace.accounts.models import Organization, User

pytestmark = pytest.mark.django_db
BODY = {"name": "Acme"}


@pytest.fixture
def browser(caller: User) -> Client:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(caller)
    browser.cookies["csrftoken"] = "a" * 32
    return browser


def post(browser: Client, **headers: str) -> int:
    answer = browser.post("/api/v1/organizations", BODY, content_type="application/json", headers=headers)
    return answer.status_code


def test_own_page_may_change(browser: Client) -> None:
    assert post(browser, **{"Origin": "http://testserver", "X-CSRFToken": "a" * 32}) == 201


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-CSRFToken": "a" * 32},
        {"Origin": "http://testserver"},
        {"Origin": "http://testserver", "X-CSRFToken": "b" * 32},
        {"Origin": "http://evil.example", "X-CSRFToken": "a" * 32},
        {"Origin": "http://sub.testserver", "X-CSRFToken": "a" * 32},
        {"Origin": "null", "X-CSRFToken": "a" * 32},
    ],
)
def test_other_pages_may_not(browser: Client, headers: dict[str, str]) -> None:
    assert post(browser, **headers) == 403
    assert not Organization.objects.exists()


def test_form_of_another_site_is_refused(browser: Client) -> None:
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        answer = browser.generic(
            "POST", "/api/v1/organizations", '{"name":"Acme"}', content_type, headers={"Origin": "http://evil.example"}
        )
        assert answer.status_code == 403
        assert answer.json()["code"] == "csrf_failed"
    assert not Organization.objects.exists()


def test_reading_needs_the_session_only(browser: Client) -> None:
    assert browser.get("/api/v1/me").status_code == 200
    assert (
        browser.get("/api/v1/me", headers={"Origin": "http://evil.example"}).get("Access-Control-Allow-Origin") is None
    )
