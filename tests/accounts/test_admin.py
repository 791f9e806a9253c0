"""The staff's pages: to look at, and nobody gives rights to oneself."""

import pytest
from django.contrib.admin.sites import site
from django.http import HttpRequest
from django.test import RequestFactory

from marketplace.accounts.models import ApiToken, User
from marketplace.operations.models import IdempotencyKey
from tests import make

pytestmark = pytest.mark.django_db


def asking(user: User) -> HttpRequest:
    request = RequestFactory().get("/admin/")
    request.user = user
    return request


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("boss@example.org", "correct horse battery", display_name="Boss")


def test_superuser_changes_rights_of_others_and_not_the_own(boss: User) -> None:
    page = site._registry[User]
    assert page.has_change_permission(asking(boss), make.user())
    assert not page.has_change_permission(asking(boss), boss)


def test_staff_changes_nothing(boss: User) -> None:
    staff = make.user()
    User.objects.filter(pk=staff.pk).update(is_staff=True)
    staff.refresh_from_db()
    for page in site._registry.values():
        if page.model._meta.app_label in {"accounts", "operations"}:
            for allowed in (
                page.has_add_permission(asking(staff)),
                page.has_change_permission(asking(staff)),
                page.has_delete_permission(asking(staff)),
            ):
                assert not allowed


def test_secrets_are_on_no_page(boss: User) -> None:
    for model, hidden in (
        (ApiToken, {"secret_hash"}),
        (IdempotencyKey, {"key", "response", "fingerprint"}),
        (User, {"password"}),
    ):
        page = site._registry[model]
        shown = set(page.get_fields(asking(boss))) | set(page.get_list_display(asking(boss)))
        assert not hidden & shown
