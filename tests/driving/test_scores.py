"""Labels against gold."""

from __future__ import annotations

from typing import Any

import pytest

from marketplace.management.driving.recorded_shapes import BOXES, PANOPTIC, coded, divided
from marketplace.management.driving.recording import CLASSIFICATION, Annotations, RecordedTask, Recording
from marketplace.management.driving.scores import conclude_all, exported_conclusions, scores


def recorded(
    annotation_type: str,
    gold: dict[str, Annotations],
    *,
    classes: tuple[str, ...] = ("cat", "dog"),
    answers: dict[str, dict[str, Annotations]] | None = None,
) -> Recording:
    tasks = sorted({*gold, *(task for own in (answers or {}).values() for task in own)})
    return Recording(
        "r", annotation_type, classes, tuple(RecordedTask(name, 100, 100) for name in tasks), answers or {}, gold
    )


def test_ties_and_missing_conclusions_are_wrong() -> None:
    documents: dict[str, dict[str, Any]] = {
        "a": {"value": {"class": "cat", "posterior": {}}},
        "b": {"value": {"class": None, "posterior": {}}},
        "c": {"value": None},
        "d": {"value": {"class": "dog", "posterior": {}}},
    }
    gold: dict[str, Annotations] = {name: [{"class": "cat"}] for name in "abcd"}
    concluded = exported_conclusions(recorded(CLASSIFICATION, gold), documents)
    assert scores(concluded) == {"accuracy": 0.25}


def test_without_gold_scores_are_unknown() -> None:
    assert scores(exported_conclusions(recorded(CLASSIFICATION, {}), {})) == {"accuracy": None}
    assert scores(exported_conclusions(recorded(BOXES, {}), {})) == {"f1_50": None, "f1_75": None}
    assert scores(exported_conclusions(recorded(PANOPTIC, {}), {})) == {"score": None}


def test_boxes_are_scored_at_both_thresholds() -> None:
    documents: dict[str, dict[str, Any]] = {
        "a": {"value": {"objects": [{"class": "x", "box": [0, 0, 10, 10], "confidence": 1}]}},
        "b": {"value": {"objects": [{"class": "x", "box": [0, 0, 10, 6], "confidence": 1}]}},
        "c": {"value": None},
    }
    gold: dict[str, Annotations] = {name: [{"class": "x", "box": [0, 0, 10, 10]}] for name in "abc"}
    concluded = exported_conclusions(recorded(BOXES, gold, classes=("x",)), documents)
    assert scores(concluded) == {"f1_50": pytest.approx(0.8), "f1_75": pytest.approx(0.4)}


def test_whole_recording_of_classes_is_concluded() -> None:
    workers = ("ann", "ben", "cyd")
    answers: dict[str, dict[str, Annotations]] = {
        worker: {
            f"t{n}": [{"class": "cat" if (n % 2 == 0) != (worker == "cyd" and n == 3) else "dog"}] for n in range(8)
        }
        for worker in workers
    }
    recording = recorded(CLASSIFICATION, {}, answers=answers)
    concluded = conclude_all(recording).by_task
    assert {task: given[0]["class"] for task, given in concluded.items() if given} == {
        f"t{n}": "cat" if n % 2 == 0 else "dog" for n in range(8)
    }


def test_whole_recording_of_boxes_is_concluded() -> None:
    box = [10.0, 10.0, 40.0, 40.0]
    answers: dict[str, dict[str, Annotations]] = {
        worker: {"i": [{"class": "x", "box": box}], "j": []} for worker in ("ann", "ben", "cyd")
    }
    concluded = conclude_all(recorded(BOXES, {}, classes=("x",), answers=answers)).by_task
    [thing] = concluded["i"] or []
    assert (thing["class"], thing["box"], concluded["j"]) == ("x", box, [])


def test_whole_images_score_full_marks_where_all_agree_with_gold() -> None:
    counts = [1_000, 2_000, 7_000]
    image = coded(divided([{"class": "object", "mask": {"size": [100, 100], "counts": counts}}], height=100, width=100))
    answers = {worker: {"i": image} for worker in ("ann", "ben", "cyd")}
    recording = recorded(PANOPTIC, {"i": image}, classes=("object", "background"), answers=answers)
    assert scores(conclude_all(recording)) == {"score": 1.0}
