"""What stands behind each annotation type that a format carries; `make docs` writes the table of docs/formats.md."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from labeling.core.annotations import ANNOTATION_TYPES
from labeling.core.formats import FORMATS
from tests.labeling.core.formats import test_tables_and_images, test_written_rules
from tests.labeling.core.formats.rules import RULES
from tests.labeling.core.round_trips import PAIRS, READ_AS_POLYGONS
from tests.oracles.plan import READ_BY

PAGE = Path(__file__).parents[4] / "docs/formats.md"
HEAD = "| format | annotation types | others' readers | our importer | rules by hand |\n|---|---|---|---|---|\n"
# They say what they hold as they are loaded.
SAID_BY = (test_tables_and_images, test_written_rules)


def readers(form: str, kind: str) -> list[str]:
    """Return which of others' readers find what we wrote."""
    return [reader for reader, asked in READ_BY.items() if kind in asked.get(form, ())]


def importers(form: str, kind: str) -> list[str]:
    """Return which of our importers do, with `as polygon` where that is what they make of it."""
    exact = [read_as for (written_as, read_as), kinds in PAIRS.items() if written_as == form and kind in kinds]
    drawn = [
        f"{read_as} (as polygon)" if kind != "polygon" else read_as
        for (written_as, read_as), kinds in READ_AS_POLYGONS.items()
        if written_as == form and kind in kinds and read_as not in exact
    ]
    return exact + drawn


def has_rules(form: str, kind: str) -> bool:
    """Return whether a test worked by hand holds it against the rules of the format."""
    return kind in RULES.get(form, ())


def table() -> str:
    """Return a row for each format and all annotation types behind which the same stands."""
    return HEAD + "".join(f"| {' | '.join(row)} |\n" for row in _rows())


def _rows() -> Iterator[tuple[str, ...]]:
    for form in sorted(FORMATS):
        kinds = [kind for kind in ANNOTATION_TYPES if kind in FORMATS[form].annotation_types]
        behind = {kind: _behind(form, kind) for kind in kinds}
        for what, same in groupby(sorted(kinds, key=lambda kind: behind[kind]), key=lambda kind: behind[kind]):
            held = set(same)
            named = ", ".join(f"`{kind}`" for kind in kinds if kind in held)
            yield (f"`{form}`", named, *what)


def _behind(form: str, kind: str) -> tuple[str, ...]:
    ours = ", ".join(importers(form, kind))
    return ", ".join(readers(form, kind)), ours, "yes" if has_rules(form, kind) else ""


def page() -> str:
    """Return the page with the table as it is now between its two marks."""
    before, mark, rest = PAGE.read_text().partition("<!-- matrix -->\n")
    _, end, after = rest.partition("<!-- end -->")
    return f"{before}{mark}{table()}{end}{after}"


if __name__ == "__main__":
    PAGE.write_text(page())
