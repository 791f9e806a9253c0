"""Places and doors for the tests of the whole service."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker

from tests.e2e.watching import broken_in

BrokenIn = Callable[[str], dict[str, list[object]]]


@pytest.fixture(scope="module")
def state_home() -> Iterator[Path]:
    """Make a folder that the servers' account can enter, removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="plenum-e2e-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def broken_invariants(django_db_blocker: DjangoDbBlocker) -> BrokenIn:
    """Return what tells the broken invariants of the database at an address."""

    def find(database_url: str) -> dict[str, list[object]]:
        with django_db_blocker.unblock():
            return broken_in(database_url)

    return find
