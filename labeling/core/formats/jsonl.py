"""One JSON document a line and task, with everything that is known of it."""

from collections.abc import Iterator
from typing import Any

from labeling.core.formats.base import Export, Format, LabeledTask, RawAnswer, to_json


def write(export: Export) -> Iterator[bytes]:
    """Yield one line a task."""
    for task in export.tasks():
        yield to_json(_document(task)) + b"\n"


def _document(task: LabeledTask) -> dict[str, Any]:
    return {
        "external_id": task.external_id,
        "asset_id": task.asset_id,
        "state": task.state,
        "confidence": task.confidence,
        "value": task.value,
        "n_answers": task.n_answers,
        "retired_reason": task.retired_reason,
        "answers": [_answer(answer) for answer in task.answers],
    }


def _answer(answer: RawAnswer) -> dict[str, Any]:
    return {
        "worker": answer.worker,
        "annotations": answer.annotations,
        "active_ms": answer.active_ms,
        "submitted_at": answer.submitted_at,
    }


JSONL = Format(
    file_name="labels.jsonl",
    content_type="application/jsonl",
    annotation_types=frozenset({"image_classification", "bounding_box"}),
    wants_answers=True,
    notes=(
        "labels.jsonl: one document a task in the order of the tasks; state, confidence and value are null where "
        "nobody answered; class is null where classes are tied; boxes are [x1, y1, x2, y2] in pixels.",
        "labels.jsonl: answers are the counted ones; a worker keeps one pseudonym within the job.",
    ),
    write=write,
)
