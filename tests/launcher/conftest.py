"""People, checkouts and wheels for the launcher's tests."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.launcher.people import Person, copy_launcher, copy_wheels, ordinary_account, python_for

CheckoutOf = Callable[..., Path]


@pytest.fixture(scope="session")
def ground() -> Iterator[Path]:
    """Make a folder that every account can enter, removed at the end; in memory where there is room, for speed."""
    disk, memory = Path("/var/tmp"), Path("/dev/shm")  # noqa: S108 (only a new folder inside is used)
    roomy = memory.is_dir() and shutil.disk_usage(memory).free > 4_000_000_000
    fast = roomy and not os.statvfs(memory).f_flag & os.ST_NOEXEC
    folder = Path(tempfile.mkdtemp(prefix="plenum-tests-", dir=memory if fast else disk))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder that is empty whatever other fixtures put beside it."""
    place = tmp_path / "folder"
    place.mkdir(mode=0o755)
    return place


@pytest.fixture(scope="session")
def wheels(ground: Path) -> Path:
    return copy_wheels(ground / "wheels")


@pytest.fixture(scope="session")
def myself(ground: Path, wheels: Path) -> Person:
    """Return whoever runs the tests."""
    home = ground / "home-myself"
    home.mkdir(mode=0o755)
    return Person(os.geteuid(), os.getegid(), sys.executable, home, wheels)


@pytest.fixture(scope="session")
def stranger(ground: Path, wheels: Path) -> Person:
    """Return an ordinary user other than root, whom only root can act for."""
    if os.geteuid() != 0:
        pytest.skip("only root can start a launcher as somebody else")
    account = ordinary_account()
    python = python_for(account) if account else None
    if account is None or python is None:
        pytest.skip("no ordinary account with a Python 3.11 that it can run")
    home = ground / "home-stranger"
    home.mkdir(mode=0o700)
    person = Person(account.pw_uid, account.pw_gid, python, home, wheels)
    person.own(home)
    return person


@pytest.fixture(params=["root", "ordinary user"])
def person(request: pytest.FixtureRequest) -> Person:
    """Return root and an ordinary user in turn."""
    if request.param == "root":
        if os.geteuid() != 0:
            pytest.skip("only root can test what root sees")
        found: Person = request.getfixturevalue("myself")
    else:
        found = request.getfixturevalue("stranger" if os.geteuid() == 0 else "myself")
    return found


@pytest.fixture(scope="session")
def checkout_of(ground: Path) -> CheckoutOf:
    """Return a person's checkout in a folder with the mode asked for; one for all tests that leave no data in it."""
    made: dict[tuple[int, int], Path] = {}

    def find(person: Person, *, mode: int = 0o755) -> Path:
        if (person.uid, mode) not in made:
            made[person.uid, mode] = new_checkout(ground, person, mode=mode)
        return made[person.uid, mode]

    return find


def new_checkout(ground: Path, person: Person, *, mode: int = 0o755) -> Path:
    """Make a checkout whose state nothing else shares."""
    parent = Path(tempfile.mkdtemp(prefix="place-", dir=ground))
    checkout = copy_launcher(parent / "checkout")
    if person.uid != os.geteuid():
        person.own(parent)
    parent.chmod(mode)
    return checkout
