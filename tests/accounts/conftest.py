"""The ground is asked through routes of its own."""

import pytest
from django.test import Client
from pytest_django import Settings

from marketplace.accounts.models import User
from tests import make


@pytest.fixture(autouse=True)
def routes(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.operations.urls"


@pytest.fixture
def caller(db: None) -> User:
    return make.user()


@pytest.fixture
def client(caller: User) -> Client:
    """Return a client that sends the caller's token; errors become answers."""
    return Client(raise_request_exception=False, headers={"Authorization": f"Bearer {make.token(caller)}"})
