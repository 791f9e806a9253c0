"""Labeled tasks to be written down."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from labeling.core.formats import Export, Format, LabelClass, LabeledTask, read_classes

AT = datetime(2026, 3, 1, 12, 30, 15, tzinfo=UTC)


def labeled(ordinal: int = 1, **changes: Any) -> LabeledTask:
    """Return a task that was answered by three."""
    facts: dict[str, Any] = {
        "ordinal": ordinal,
        "asset_id": f"asset-{ordinal}",
        "external_id": f"photo-{ordinal}.jpg",
        "width": 640,
        "height": 480,
        "state": "final",
        "confidence": 0.97,
        "value": {"class": "cat", "posterior": {"cat": 0.97, "dog": 0.03}},
        "n_answers": 3,
        "retired_reason": "confident",
    }
    return LabeledTask(**(facts | changes))


def unanswered(ordinal: int = 1, **changes: Any) -> LabeledTask:
    """Return a task of which nothing is known."""
    facts = {"state": None, "confidence": None, "value": None, "n_answers": 0, "retired_reason": "cancelled"}
    return labeled(ordinal, **(facts | changes))


def thing(name: str | None = "cat", box: Sequence[float] = (1.0, 2.0, 4.0, 6.0), **changes: Any) -> dict[str, Any]:
    """Return an object of a box label."""
    return {"class": name, "box": list(box), "confidence": 0.9, "p_exist": 0.95, **changes}


def with_objects(*things: dict[str, Any]) -> dict[str, Any]:
    """Return the value of a box label."""
    return {"objects": list(things), "doubted": [], "p_complete": 1.0}


def exporting(
    tasks: Iterable[LabeledTask] | Callable[[], Iterable[LabeledTask]],
    *,
    classes: Sequence[str | dict[str, Any]] = ("cat", "dog"),
    annotation_type: str = "bounding_box",
    **changes: Any,
) -> Export:
    """Return what a writer is given; a class is a name or all that an ontology says of it."""
    kept = () if callable(tasks) else list(tasks)
    facts: dict[str, Any] = {
        "title": "Pets",
        "classes": _classes(classes),
        "annotation_type": annotation_type,
        "created_at": AT,
        "tasks": tasks if callable(tasks) else lambda: kept,
    }
    return Export(**(facts | changes))


def _classes(given: Sequence[str | dict[str, Any]]) -> tuple[LabelClass, ...]:
    """Return classes; names alone are taken as they are, whatever an ontology may think of them."""
    names = [entry for entry in given if isinstance(entry, str)]
    entries = [entry for entry in given if not isinstance(entry, str)]
    return (*map(LabelClass, names), *(read_classes(entries) if entries else ()))


def written(form: Format, tasks: Iterable[LabeledTask], **changes: Any) -> bytes:
    """Return the whole file."""
    return b"".join(form.write(exporting(tasks, **changes)))
