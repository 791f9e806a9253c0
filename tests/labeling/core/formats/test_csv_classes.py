"""Classes for spreadsheets."""

import csv
from io import StringIO

import pytest

from labeling.core.formats import FORMATS, LabeledTask
from tests.labeling.core.formats.tasks import labeled, unanswered, written


def read(*tasks: LabeledTask) -> list[dict[str, str]]:
    """Return the rows as a reader finds them."""
    text = written(FORMATS["csv"], tasks).decode()
    return list(csv.DictReader(StringIO(text, newline="")))


def test_rows_are_written_as_worked_by_hand() -> None:
    tied = labeled(2, state="disputed", confidence=0.5, n_answers=2, value={"class": None, "posterior": {}})
    assert written(FORMATS["csv"], [labeled(1), tied, unanswered(3)]) == (
        b"external_id,class,confidence,state,n_answers\r\n"
        b"photo-1.jpg,cat,0.97,final,3\r\n"
        b"photo-2.jpg,,0.5,disputed,2\r\n"
        b"photo-3.jpg,,,,0\r\n"
    )


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_no_cell_begins_like_a_formula(start: str) -> None:
    name = f"{start}cmd|' /C calc'!A0"
    label = {"class": name, "posterior": {name: 1.0}}
    [row] = read(labeled(external_id=name, value=label))
    assert row["external_id"] == f"'{name}"
    assert row["class"] == f"'{name}"


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a,b", 'say "cat"', "two\r\nlines", "one\rtwo", "猫 🐈", " =padded"]
)
def test_other_texts_arrive_as_they_are(name: str) -> None:
    rows = read(labeled(1, external_id=name), labeled(2))
    assert [row["external_id"] for row in rows] == [name, "photo-2.jpg"]
    assert rows[0]["class"] == "cat"


def test_confidence_is_written_to_the_last_digit() -> None:
    [row] = read(labeled(confidence=0.1 + 0.2))
    assert float(row["confidence"]) == 0.1 + 0.2
