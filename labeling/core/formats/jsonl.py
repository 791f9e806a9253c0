"""One JSON document a line and task, with everything that is known of it."""

from collections.abc import Iterator
from typing import Any

from labeling.core.formats.base import Checked, Export, Format, LabeledTask, RawAnswer, to_json
from labeling.core.formats.final import SHAPE_MEMBERS


def write(export: Export) -> Iterator[bytes]:
    """Yield one line a task."""
    for task in export.tasks():
        yield to_json(_document(task, answers_only=export.answers_only)) + b"\n"


def _document(task: LabeledTask, *, answers_only: bool) -> dict[str, Any]:
    asset = {
        "external_id": task.external_id,
        "asset_id": task.asset_id,
        "ordinal": task.ordinal,
        "width": task.width,
        "height": task.height,
        "sha256": task.sha256,
        "split": task.split,
        "labeled_as": task.labeled_as,
    }
    concluded = {
        "state": task.state,
        "confidence": task.confidence,
        "p_correct": task.p_correct,
        "value": task.value,
        "n_answers": task.n_answers,
        "retired_reason": task.retired_reason,
    }
    given = {
        "answers": [_answer(answer) for answer in task.answers],
        "checks": [_check(check) for check in task.checks],
    }
    return asset | ({} if answers_only else concluded) | given


def _answer(answer: RawAnswer) -> dict[str, Any]:
    return {
        "worker": answer.worker,
        "annotations": answer.annotations,
        "active_ms": answer.active_ms,
        "submitted_at": answer.submitted_at,
    }


def _check(check: Checked) -> dict[str, Any]:
    return {
        "kind": check.kind,
        "worker": check.worker,
        "verdict": check.verdict,
        "conflicts": check.conflicts,
        "comment": check.comment,
        "annotations": check.annotations,
        "submitted_at": check.submitted_at,
    }


JSONL = Format(
    file_name="labels.jsonl",
    content_type="application/jsonl",
    annotation_types=frozenset(SHAPE_MEMBERS),
    wants_answers=True,
    notes=(
        "labels.jsonl: one document a task in the order of the tasks; state, confidence and value are null where "
        "nobody answered; class is null where classes are tied; shapes are in pixels of the upright image. Nothing is "
        "left out: posterior and shares are what was believed, doubted what more likely is none.",
        "labels.jsonl: answers are the counted ones, checks are reviews and adjudications; a worker keeps one "
        "pseudonym within the job. Both are empty where only final labels were asked for.",
    ),
    write=write,
)
