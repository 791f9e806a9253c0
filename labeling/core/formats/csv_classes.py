"""One row a task with its class, for spreadsheets."""

import csv
from collections.abc import Iterator
from io import StringIO

from labeling.core.formats.base import Export, Format, LabeledTask

COLUMNS = ("external_id", "class", "confidence", "state", "n_answers")
# A spreadsheet takes a cell that begins so for a formula; some take the full-width forms for the same.
_FORMULA_STARTS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")


def write(export: Export) -> Iterator[bytes]:
    """Yield the header and then one row a task."""
    yield _line(COLUMNS)
    for task in export.tasks():
        yield _line(_cells(task))


def _cells(task: LabeledTask) -> tuple[str, ...]:
    chosen = (task.value or {}).get("class")
    confidence = "" if task.confidence is None else repr(task.confidence)
    return (_harmless(task.external_id), _harmless(chosen or ""), confidence, task.state or "", str(task.n_answers))


def _harmless(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _line(cells: tuple[str, ...]) -> bytes:
    line = StringIO(newline="")
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue().encode()


CSV_CLASSES = Format(
    file_name="labels.csv",
    content_type="text/csv; charset=utf-8",
    annotation_types=frozenset({"image_classification"}),
    notes=(
        "labels.csv: the class is empty where classes are tied and where nobody answered; how far each class was "
        "believed in is told by jsonl.",
        "labels.csv: a text that a spreadsheet would take for a formula has an apostrophe before it; jsonl has it as "
        "it was given.",
    ),
    write=write,
)
