"""Everything that is known, a line a task."""

import json
from typing import Any

import pytest

from labeling.core.formats import FORMATS, LabeledTask, RawAnswer
from tests.labeling.core.formats.tasks import AT, labeled, thing, unanswered, with_objects, written


def read(*tasks: LabeledTask) -> list[dict[str, Any]]:
    """Return the lines as a reader finds them."""
    return [json.loads(line) for line in written(FORMATS["jsonl"], tasks).split(b"\n")[:-1]]


def test_line_is_written_as_worked_by_hand() -> None:
    given = RawAnswer(worker="w7", annotations=[{"id": "1", "class": "cat"}], active_ms=1500, submitted_at=AT)
    assert read(labeled(answers=(given,))) == [
        {
            "external_id": "photo-1.jpg",
            "asset_id": "asset-1",
            "ordinal": 1,
            "width": 640,
            "height": 480,
            "sha256": "",
            "split": "",
            "labeled_as": "",
            "state": "final",
            "confidence": 0.97,
            "p_correct": None,
            "value": {"class": "cat", "posterior": {"cat": 0.97, "dog": 0.03}},
            "n_answers": 3,
            "retired_reason": "confident",
            "answers": [
                {
                    "worker": "w7",
                    "annotations": [{"id": "1", "class": "cat"}],
                    "active_ms": 1500,
                    "submitted_at": "2026-03-01T12:30:15Z",
                }
            ],
            "checks": [],
        }
    ]


def test_objects_are_kept_with_all_their_members() -> None:
    value = with_objects(thing("dog", agreement=0.8, n_members=3)) | {"doubted": [thing("cat", p_exist=0.1)]}
    assert read(labeled(value=value))[0]["value"] == value


def test_unanswered_task_is_a_line_without_a_label() -> None:
    [line] = read(unanswered())
    assert (line["state"], line["confidence"], line["value"], line["answers"]) == (None, None, None, [])


@pytest.mark.parametrize("name", ["../../etc/passwd", "line\nbreak\r\n", "naïve/猫/🐈\u2028\u0085", 'a"b\\c'])
def test_hostile_names_stay_on_their_line(name: str) -> None:
    lines = read(labeled(1, external_id=name), labeled(2))
    assert [line["external_id"] for line in lines] == [name, "photo-2.jpg"]
