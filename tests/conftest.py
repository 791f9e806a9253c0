"""What every test may use: the cast, and clients that speak for it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker, Settings
from rest_framework.test import APIClient

from marketplace.accounts.models import Organization, Role, User
from tests import make
from tests.parallel import keep_apart

keep_apart()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """Let the tests' own database be emptied between tests that commit."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgname LIKE '%_is_not_truncated'")
        for table, trigger in cursor.fetchall():
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")


class JsonClient(APIClient):
    """A client that sends JSON unless told otherwise."""

    default_format = "json"


class ClientFactory(Protocol):
    """Returns a client with the bearer token of a user, or of nobody."""

    def __call__(self, user: User | None = None) -> JsonClient: ...


@dataclass(frozen=True)
class Cast:
    """An organization, the people in it, and one who is not."""

    home: Organization
    owner: User  # founded it: requester and manager
    team_mate: User  # requester
    manager: User
    reviewer: User
    worker: User
    stranger: User  # owns another organization


@pytest.fixture
def cast(db: Any) -> Cast:
    """Return the cast of one organization."""
    owner, stranger = make.user(), make.user()
    home = make.organization(owner=owner)
    make.organization("Elsewhere", owner=stranger)
    return Cast(
        home=home,
        owner=owner,
        team_mate=make.user(Role.REQUESTER, home=home),
        manager=make.user(Role.MANAGER, home=home),
        reviewer=make.user(Role.REVIEWER, home=home),
        worker=make.worker(home),
        stranger=stranger,
    )


@pytest.fixture
def client_of(db: Any) -> ClientFactory:
    """Return a maker of clients."""

    def make_client(user: User | None = None) -> JsonClient:
        client = JsonClient()
        if user is not None:
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {make.token(user)}")
        return client

    return make_client


@pytest.fixture(autouse=True)
def _files_of_the_test(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    settings.WHITENOISE_USE_FINDERS = False  # every client would look through all static files
