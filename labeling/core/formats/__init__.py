"""Export formats: one module each, found through `FORMATS`."""

from labeling.core.formats.base import Export, Format, LabeledTask, RawAnswer
from labeling.core.formats.coco import COCO
from labeling.core.formats.csv_classes import CSV_CLASSES
from labeling.core.formats.jsonl import JSONL

FORMATS: dict[str, Format] = {"coco": COCO, "csv": CSV_CLASSES, "jsonl": JSONL}


def formats_of(annotation_type: str) -> list[str]:
    """Return the names of the formats that can hold an annotation type."""
    return [name for name, form in FORMATS.items() if annotation_type in form.annotation_types]


__all__ = ["FORMATS", "Export", "Format", "LabeledTask", "RawAnswer", "formats_of"]
