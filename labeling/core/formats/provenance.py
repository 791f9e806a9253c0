"""The side file: what a format has no place for, and what assets are called in archives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labeling.core.formats.base import Export, Format, LabeledTask, to_json
from labeling.core.formats.final import SHAPE_MEMBERS, WHICH_ARE_KEPT, final_annotations, kept_objects
from labeling.core.formats.names import Name, named


def write(export: Export) -> Iterator[bytes]:
    """Yield one line a task."""
    for task, name in named(export.tasks()):
        yield to_json(_document(task, name)) + b"\n"


def _document(task: LabeledTask, name: Name) -> dict[str, Any]:
    document: dict[str, Any] = {
        "external_id": task.external_id,
        "asset_id": task.asset_id,
        "name": name.stem,
        "image": name.image,
        "split": task.split,
        "state": task.state,
        "confidence": task.confidence,
        "n_answers": task.n_answers,
        "retired_reason": task.retired_reason,
    }
    if task.value is not None and "objects" in task.value:
        return document | {"annotations": [_told(thing) for thing in kept_objects(task)]}
    return document | {"annotations": [_class(annotation) for annotation in final_annotations(task)]}


def _class(annotation: Any) -> dict[str, Any]:
    told = {"id": annotation.id, "class": annotation.class_name, "confidence": annotation.confidence}
    return told | ({"attributes": annotation.attributes} if annotation.attributes else {})


def _told(thing: dict[str, Any]) -> dict[str, Any]:
    """Return all that is known of an object but its shape."""
    return {name: value for name, value in thing.items() if name not in _SHAPES}


_SHAPES = frozenset(SHAPE_MEMBERS.values())

PROVENANCE = Format(
    file_name="provenance.jsonl",
    content_type="application/jsonl",
    annotation_types=frozenset(SHAPE_MEMBERS),
    notes=(
        "provenance.jsonl: one document a task, in the order of the tasks, with the name that the asset's files have "
        "in archives (name), that of its image where one is named or held there (image), and of each annotation that "
        "was exported, in the order of the files, what is known beside its shape.",
        f"All formats but jsonl: {WHICH_ARE_KEPT}",
    ),
    write=write,
)
