"""Names of files made of any text that a requester calls an asset."""

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeling.core.formats.names import named
from tests.labeling.core.formats.tasks import labeled

HOSTILE = [
    "../../etc/passwd", "/etc/passwd", "..", ".", "", "C:\\boot.ini", "a/b", "a\\b", "CON", "con.txt.jpg", "nul", "-rf",
    ".hidden", "=cmd|' /C calc'!A0", "two\nlines", "tab\there", "x" * 200, "\u732b" * 200, "\u202etxt.exe", "a b",
    "<&>\"'", "\x7f", "a\x01b.jpg", "trailing.", "trailing ", "\U0001f408", "e\u0301",
]  # fmt: skip


def names_of(*external_ids: str) -> list[str]:
    """Return the stems that assets of these names get."""
    tasks = (labeled(number, external_id=text) for number, text in enumerate(external_ids, start=1))
    return [name.stem for _, name in named(tasks)]


def is_harmless(name: str) -> bool:
    """Return whether every system takes a name for a plain file in its folder."""
    plain = all(sign.isalnum() or sign in "_-." for sign in name)
    return plain and name[0] not in ".-" and name[-1] != "." and len(name.encode()) < 200


def test_ordinary_names_stay_as_they_are() -> None:
    assert names_of("photo-1.jpg", "IMG_0002.PNG", "frame.0003", "\u00fcber.tif") == [
        "photo-1", "IMG_0002", "frame.0003", "\u00fcber"
    ]  # fmt: skip


def test_image_keeps_its_suffix_and_gets_one_where_it_has_none() -> None:
    tasks = [labeled(1, external_id="a.PNG"), labeled(2, external_id="b"), labeled(3, external_id="c.exe")]
    assert [name.image for _, name in named(tasks)] == ["a.PNG", "b.jpg", "c.exe.jpg"]


@pytest.mark.parametrize("external_id", HOSTILE)
def test_hostile_name_becomes_a_harmless_one(external_id: str) -> None:
    [name] = names_of(external_id)
    assert is_harmless(name)
    assert name.split(".")[0].lower() not in {"con", "nul"}


def test_names_that_would_meet_are_told_apart() -> None:
    names = names_of("a.jpg", "a.png", "A.jpg", "a/b.jpg", "a_b.jpg", "a b.jpg", "a\\b.jpg")
    assert len({name.casefold() for name in names}) == len(names)
    assert names[0] == "a"


def test_name_that_foresees_the_digest_of_another_does_not_meet_it() -> None:
    [changed] = names_of("a b.jpg")
    names = names_of(f"{changed}.jpg", "a b.jpg")
    assert len(set(names)) == 2


def test_changed_name_does_not_hang_on_its_neighbours() -> None:
    assert names_of("a b.jpg", "a_b.jpg")[0] == names_of("a_b.jpg", "a b.jpg")[1]


@given(st.lists(st.text(alphabet=st.one_of(st.sampled_from("aA./\\ \n-"), st.characters()), max_size=200), unique=True))
def test_any_names_become_harmless_and_differ(external_ids: list[str]) -> None:
    names = names_of(*external_ids)
    assert all(is_harmless(name) for name in names)
    assert len({name.casefold() for name in names}) == len(external_ids)
    assert names == names_of(*external_ids)


def test_a_million_names_would_need_no_more_memory_than_ten() -> None:
    stems = names_of(*(f"{letter}{number}.jpg" for number in range(2_000) for letter in string.ascii_lowercase))
    assert len(set(stems)) == 52_000
    assert sum(re.fullmatch(r"[a-z]\d+", stem) is None for stem in stems) < 10
