"""One row a task with its class, or a row for each of its classes, for spreadsheets."""

from collections.abc import Iterator

from labeling.core.formats.base import Export, Format, LabeledTask, Loss
from labeling.core.formats.final import CLASSIFICATIONS, final_annotations
from labeling.core.formats.tables import line
from marketplace.operations.core.spreadsheets import harmless

COLUMNS = ("external_id", "class", "confidence", "state", "n_answers")
SPLIT_COLUMN = "split"


def write(export: Export) -> Iterator[bytes]:
    """Yield the header and then the rows."""
    is_split = bool(export.splits)
    yield line(COLUMNS + ((SPLIT_COLUMN,) if is_split else ()))
    for task in export.tasks():
        end = (task.split,) if is_split else ()
        for chosen, confidence in _classes(task):
            yield line((*_cells(task, chosen, confidence), *end))


def _classes(task: LabeledTask) -> list[tuple[str, float | None]]:
    """Return the classes with the confidence in each; an empty one where there is none."""
    found = [(annotation.class_name, annotation.confidence) for annotation in final_annotations(task)]
    return found or [("", task.confidence)]


def _cells(task: LabeledTask, chosen: str, confidence: float | None) -> tuple[str, ...]:
    told = "" if confidence is None else repr(confidence)
    return (harmless(task.external_id), harmless(chosen), told, task.state or "", str(task.n_answers))


CSV_CLASSES = Format(
    file_name="labels.csv",
    content_type="text/csv; charset=utf-8",
    annotation_types=CLASSIFICATIONS,
    lost=frozenset({Loss.ATTRIBUTES}),
    notes=(
        "labels.csv: the class is empty where classes are tied, where none applies and where nobody answered; an image "
        "of several classes has a row for each, with the confidence in that class; how far each class was believed in "
        "is told by jsonl.",
        "labels.csv: a text that a spreadsheet would take for a formula has an apostrophe before it; jsonl has it as "
        "it was given.",
    ),
    write=write,
)
