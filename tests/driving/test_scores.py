"""Labels against gold."""

from __future__ import annotations

from typing import Any

import pytest

from marketplace.management.driving.recording import BOXES, CLASSIFICATION, RecordedTask, Recording
from marketplace.management.driving.scores import conclude_all, exported_conclusions, scores


def test_ties_and_missing_conclusions_are_wrong() -> None:
    documents: dict[str, dict[str, Any]] = {
        "a": {"value": {"class": "cat", "posterior": {}}},
        "b": {"value": {"class": None, "posterior": {}}},
        "c": {"value": None},
        "d": {"value": {"class": "dog", "posterior": {}}},
    }
    gold = {name: [{"class": "cat"}] for name in "abcd"}
    concluded = exported_conclusions(CLASSIFICATION, documents)
    assert scores(concluded, gold) == {"accuracy": 0.25}


def test_without_gold_scores_are_unknown() -> None:
    assert scores(exported_conclusions(CLASSIFICATION, {}), {}) == {"accuracy": None}
    assert scores(exported_conclusions(BOXES, {}), {}) == {"f1_50": None, "f1_75": None}


def test_boxes_are_scored_at_both_thresholds() -> None:
    documents: dict[str, dict[str, Any]] = {
        "a": {"value": {"objects": [{"class": "x", "box": [0, 0, 10, 10], "confidence": 1}]}},
        "b": {"value": {"objects": [{"class": "x", "box": [0, 0, 10, 6], "confidence": 1}]}},
        "c": {"value": None},
    }
    gold = {name: [{"class": "x", "box": [0, 0, 10, 10]}] for name in "abc"}
    concluded = exported_conclusions(BOXES, documents)
    assert scores(concluded, gold) == {"f1_50": pytest.approx(0.8), "f1_75": pytest.approx(0.4)}


def test_whole_recording_of_classes_is_concluded() -> None:
    workers = ("ann", "ben", "cyd")
    answers = {
        worker: {
            f"t{n}": [{"class": "cat" if (n % 2 == 0) != (worker == "cyd" and n == 3) else "dog"}] for n in range(8)
        }
        for worker in workers
    }
    recording = Recording("r", CLASSIFICATION, ("cat", "dog"), tuple(map(RecordedTask, answers["ann"])), answers, {})
    concluded = conclude_all(recording).by_task
    assert {task: given[0]["class"] for task, given in concluded.items() if given} == {
        f"t{n}": "cat" if n % 2 == 0 else "dog" for n in range(8)
    }


def test_whole_recording_of_boxes_is_concluded() -> None:
    box = [10.0, 10.0, 40.0, 40.0]
    answers = {worker: {"i": [{"class": "x", "box": box}], "j": []} for worker in ("ann", "ben", "cyd")}
    tasks = (RecordedTask("i", 100, 100), RecordedTask("j", 100, 100))
    recording = Recording("r", BOXES, ("x",), tasks, answers, {})
    assert conclude_all(recording).by_task == {"i": [{"class": "x", "box": box}], "j": []}
