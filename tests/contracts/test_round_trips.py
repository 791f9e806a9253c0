"""Behind every annotation type of every export format stands a round trip."""

import pytest

from labeling.core.formats import FORMATS
from labeling.core.imports import IMPORTS
from tests.labeling.core.formats import matrix
from tests.labeling.core.formats.rules import RULES
from tests.labeling.core.round_trips import CARRY_ATTRIBUTES, CARRY_IDS, PAIRS, READ_AS_POLYGONS
from tests.oracles.plan import READ_BY

CARRIED = [(name, kind) for name, form in FORMATS.items() for kind in sorted(form.annotation_types)]


@pytest.mark.parametrize(("form", "kind"), CARRIED)
def test_others_read_it_or_we_read_it_again_and_its_rules_are_worked_by_hand(form: str, kind: str) -> None:
    read_again = matrix.importers(form, kind) and matrix.has_rules(form, kind)

    assert matrix.readers(form, kind) or read_again


def test_nothing_is_said_to_be_read_that_is_not_written() -> None:
    asked = {(form, kind) for forms in READ_BY.values() for form, kinds in forms.items() for kind in kinds}
    again = {(form, kind) for form, kinds in RULES.items() for kind in kinds}
    for (form, _), kinds in (*PAIRS.items(), *READ_AS_POLYGONS.items()):
        again |= {(form, kind) for kind in kinds}

    assert asked | again <= set(CARRIED)


def test_importers_are_asked_for_what_they_read() -> None:
    for (_, read_as), kinds in PAIRS.items():
        assert set(kinds) <= IMPORTS[read_as].annotation_types
    assert all("polygon" in IMPORTS[read_as].annotation_types for _, read_as in READ_AS_POLYGONS)
    assert set(CARRY_IDS) | {written_as for written_as, _ in CARRY_ATTRIBUTES} <= set(FORMATS)


def test_every_importer_reads_what_some_format_writes() -> None:
    # The devkit's way to count pixels is an option of ours, tested with its format.
    assert {read_as for _, read_as in (*PAIRS, *READ_AS_POLYGONS)} == set(IMPORTS) - {"voc_devkit"}


def test_the_page_shows_what_stands_behind_each_format() -> None:
    assert matrix.PAGE.read_text() == matrix.page(), "run `make docs` and commit the result"
