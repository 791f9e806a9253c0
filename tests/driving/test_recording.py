"""Reading recorded crowds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pycocotools import mask as mask_utils

from marketplace.management.driving.errors import RecordingError
from marketplace.management.driving.recorded_shapes import BOXES, MASKS
from marketplace.management.driving.recording import CLASSIFICATION, RecordedTask, read_recording


def write_lines(path: Path, *lines: dict[str, Any]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def boxes_line(task: str, worker: str, boxes: list[Any], **more: Any) -> dict[str, Any]:
    return {"task": task, "worker": worker, "boxes": boxes, "width": 100, "height": 80, **more}


def test_columns_may_come_in_any_order_and_with_others(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("seconds,label,worker,task\n3,cat,ann,t1\n4,dog,ben,t1\n5,cat,ann,t2\n")
    (tmp_path / "gold.csv").write_text("label,task\ncat,t1\n")
    recording = read_recording(tmp_path)
    assert recording.annotation_type == CLASSIFICATION
    assert recording.classes == ("cat", "dog")
    assert recording.tasks == (RecordedTask("t1"), RecordedTask("t2"))
    assert recording.answers == {
        "ann": {"t1": [{"class": "cat"}], "t2": [{"class": "cat"}]},
        "ben": {"t1": [{"class": "dog"}]},
    }
    assert recording.gold == {"t1": [{"class": "cat"}]}
    assert (recording.n_answers, recording.redundancy) == (3, 2)


def test_first_of_a_workers_contradicting_rows_wins(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("task,worker,label\nt,ann,cat\nt,ann,dog\nt,ben,dog\n")
    recording = read_recording(tmp_path)
    assert recording.answers["ann"] == {"t": [{"class": "cat"}]}
    assert recording.redundancy == 2


def test_quoted_labels_and_a_byte_order_mark_are_understood(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text('\ufefftask,worker,label\nt,ann,"a, ""b"""\n', encoding="utf-8")
    assert read_recording(tmp_path).classes == ('a, "b"',)


def test_names_that_the_service_would_refuse_are_shortened_and_stay_distinct(tmp_path: Path) -> None:
    one, other = "x" * 150 + "1", "x" * 150 + "2"
    (tmp_path / "labels.csv").write_text(f"task,worker,label\nt1,ann,{one}\nt2,ann,{other}\n")
    (tmp_path / "gold.csv").write_text(f"task,label\nt1,{one}\n")
    recording = read_recording(tmp_path)
    assert len(recording.classes) == 2
    assert all(len(name) == 100 for name in recording.classes)
    assert recording.gold["t1"] == recording.answers["ann"]["t1"]


def test_gold_of_unrecorded_tasks_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("task,worker,label\nt,ann,cat\n")
    (tmp_path / "gold.csv").write_text("task,label\nt,dog\nelsewhere,cat\n")
    assert read_recording(tmp_path).gold == {"t": [{"class": "dog"}]}


def test_boxes_without_labels_have_one_class_and_empty_answers_count(tmp_path: Path) -> None:
    write_lines(tmp_path / "annotations.jsonl", boxes_line("i", "ann", [[1, 2, 3, 4]]), boxes_line("i", "ben", []))
    write_lines(tmp_path / "gold.jsonl", {"task": "i", "boxes": [[1, 2, 3, 5]]})
    recording = read_recording(tmp_path)
    assert recording.annotation_type == BOXES
    assert recording.classes == ("object",)
    assert recording.tasks == (RecordedTask("i", 100, 80),)
    assert recording.answers["ben"] == {"i": []}
    assert recording.objects_per_answer == 0.5
    assert recording.gold == {"i": [{"class": "object", "box": [1, 2, 3, 5]}]}


def test_labels_of_boxes_are_the_classes(tmp_path: Path) -> None:
    line = boxes_line("i", "ann", [[1, 2, 3, 4], [5, 6, 7, 8]], labels=["b", "a"])
    write_lines(tmp_path / "annotations.jsonl", line)
    recording = read_recording(tmp_path)
    assert recording.classes == ("a", "b")
    assert [thing["class"] for thing in recording.answers["ann"]["i"]] == ["b", "a"]


def test_only_one_round_is_read(tmp_path: Path) -> None:
    first = boxes_line("i", "ann", [[1, 2, 3, 4]], round=1)
    second = boxes_line("i", "ann", [[1, 2, 3, 9]], round=2)
    write_lines(tmp_path / "annotations.jsonl", second, first)
    assert read_recording(tmp_path).answers["ann"]["i"][0]["box"] == [1, 2, 3, 4]
    assert read_recording(tmp_path, round_number=2).answers["ann"]["i"][0]["box"] == [1, 2, 3, 9]
    with pytest.raises(RecordingError, match="no answers"):
        read_recording(tmp_path, round_number=3)


def test_first_tasks_alone_keep_their_answers_and_gold(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("task,worker,label\nt1,ann,cat\nt2,ben,dog\nt1,cyd,cat\n")
    (tmp_path / "gold.csv").write_text("task,label\nt1,cat\nt2,dog\n")
    first = read_recording(tmp_path).of_first(1)
    assert [task.name for task in first.tasks] == ["t1"]
    assert first.answers.keys() == {"ann", "cyd"}
    assert first.gold.keys() == {"t1"}


def test_points_and_outlines_are_read_under_the_services_names(tmp_path: Path) -> None:
    corners = [[1, 1], [9, 1], [9, 9]]
    for key, shapes, member in (("points", [[3, 4]], "point"), ("polygons", [corners], "polygon")):
        write_lines(tmp_path / "annotations.jsonl", {"task": "i", "worker": "ann", key: shapes})
        recording = read_recording(tmp_path)
        assert recording.annotation_type == member
        assert recording.answers == {"ann": {"i": [{"class": "object", member: shapes[0]}]}}


# Two rows of three pixels, the middle column set; column by column that is one run of two.
MIDDLE = {"task": "i", "worker": "ann", "height": 2, "width": 3, "rle": [1, 1, 2, 1, 1]}


def test_masks_are_turned_to_columns(tmp_path: Path) -> None:
    write_lines(tmp_path / "annotations.jsonl", MIDDLE, MIDDLE | {"worker": "ben", "rle": [6]})
    recording = read_recording(tmp_path)
    [thing] = recording.answers["ann"]["i"]
    assert recording.annotation_type == MASKS
    assert thing["mask"] == {
        "size": [2, 3],
        "counts": mask_utils.frPyObjects({"size": [2, 3], "counts": [2, 2, 2]}, 2, 3)["counts"].decode(),
    }
    assert recording.answers["ben"] == {"i": []}


@pytest.mark.parametrize(
    ("runs", "parts"),
    [([1, 1, 2, 1, 1], {"object": 2, "background": 4}), ([6], {"background": 6}), ([0, 6], {"object": 6})],
)
def test_masks_may_be_read_as_whole_images(tmp_path: Path, runs: list[int], parts: dict[str, int]) -> None:
    write_lines(tmp_path / "annotations.jsonl", MIDDLE | {"rle": runs})
    recording = read_recording(tmp_path, annotation_type="panoptic_segmentation")
    areas = {each["class"]: int(mask_utils.area(each["mask"])) for each in recording.answers["ann"]["i"]}
    assert areas == parts
    assert recording.kinds == {"background": "stuff"}


def test_boxes_are_not_read_as_whole_images(tmp_path: Path) -> None:
    write_lines(tmp_path / "annotations.jsonl", boxes_line("i", "ann", [[1, 2, 3, 4]]))
    with pytest.raises(RecordingError, match="cannot be replayed as semantic_segmentation"):
        read_recording(tmp_path, annotation_type="semantic_segmentation")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ({"keypoints": [[1, 2, 2]]}, "none of what can be replayed: boxes, points, rle"),
        ({"rle": [3, 4], "height": 2, "width": 3}, "run lengths that fill height x width"),
        ({"rle": [3, 4]}, "run lengths that fill height x width"),
        ({"points": [[1, 2, 3]]}, "every one of points is 2 numbers"),
    ],
)
def test_shapes_that_cannot_be_replayed_are_refused_with_the_place(
    tmp_path: Path, line: dict[str, Any], reason: str
) -> None:
    write_lines(tmp_path / "annotations.jsonl", {"task": "i", "worker": "ann", **line})
    with pytest.raises(RecordingError, match=f"line 1.*{reason}"):
        read_recording(tmp_path)


def test_folder_without_a_crowd_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"neither labels\.csv nor annotations\.jsonl"):
        read_recording(tmp_path)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("task,label\nt,cat\n", "no column worker"),
        ("task,worker,label\nt,ann,\n", "line 2: task, worker, label are needed"),
        ("task,worker,label\n", "no answers"),
    ],
)
def test_faulty_table_is_refused_with_the_place(tmp_path: Path, text: str, reason: str) -> None:
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(RecordingError, match=reason):
        read_recording(tmp_path)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "is not JSON"),
        ("[]", "is no JSON object"),
        ('{"worker": "ann", "boxes": []}', "names no task"),
        ('{"task": "i", "boxes": []}', "names no worker"),
        ('{"task": "i", "worker": "ann", "boxes": [[1, 2, 3]]}', r"every one of boxes is 4 numbers"),
        ('{"task": "i", "worker": "ann", "boxes": [[1, 2, 3, 4]], "labels": ["a", "b"]}', "has one label, if any has"),
    ],
)
def test_faulty_line_is_refused_with_the_place(tmp_path: Path, line: str, reason: str) -> None:
    (tmp_path / "annotations.jsonl").write_text(f"\n{line}\n")
    with pytest.raises(RecordingError, match=f"line 2.*{reason}"):
        read_recording(tmp_path)
