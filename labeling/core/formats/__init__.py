"""Export formats: one module each, found through `FORMATS`.

A writer goes through `export.tasks()` and yields bytes. What a task came to is had from `final_annotations`, file names
inside archives from `named`, archives from `zipped` and `tarred`, images of masks from `png`.
"""

from labeling.core.formats.base import (
    Checked,
    Export,
    Format,
    LabeledTask,
    Licence,
    Options,
    Pixels,
    RawAnswer,
)
from labeling.core.formats.classes import LabelClass, read_classes
from labeling.core.formats.coco import COCO
from labeling.core.formats.csv_classes import CSV_CLASSES
from labeling.core.formats.jsonl import JSONL
from labeling.core.formats.provenance import PROVENANCE

FORMATS: dict[str, Format] = {"coco": COCO, "csv": CSV_CLASSES, "jsonl": JSONL}


def formats_of(annotation_type: str) -> list[str]:
    """Return the names of the formats that can hold an annotation type."""
    return [name for name, form in FORMATS.items() if annotation_type in form.annotation_types]


__all__ = [
    "FORMATS",
    "PROVENANCE",
    "Checked",
    "Export",
    "Format",
    "LabelClass",
    "LabeledTask",
    "Licence",
    "Options",
    "Pixels",
    "RawAnswer",
    "formats_of",
    "read_classes",
]
