from __future__ import annotations

import json
import random
import time
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

BOX = [10.0, 10.0, 30.0, 30.0]


def write(path: Path, lines: list[Any]) -> Path:
    path.write_text("".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines))
    return path


def run(
    folder: Path, lines: list[Any], shape: str, *, gold: list[Any] | None = None, **options: Any
) -> tuple[Any, Any]:
    """Return the output's lines and the report."""
    annotations = write(folder / "annotations.jsonl", lines)
    output, report = folder / "out.jsonl", folder / "report.json"
    if gold is not None:
        options["gold"] = write(folder / "gold.jsonl", gold)
    call_command("aggregate_shapes", annotations, shape=shape, output=output, report=report, verbosity=0, **options)
    return [json.loads(line) for line in output.read_text().splitlines()], json.loads(report.read_text())


def boxes(worker: str, *given: list[Any], task: str = "t", **members: Any) -> dict[str, Any]:
    return {"task": task, "worker": worker, "width": 100, "height": 100, "boxes": list(given), **members}


def test_boxes_are_concluded_scored_and_reported(tmp_path: Path) -> None:
    lines = [
        boxes("a", BOX, labels=["cat"]),
        boxes("b", [12, 10, 30, 30], labels=["cat"]),
        boxes("c", [11, 10, 30, 30], [60, 60, 70, 70], labels=["dog", "cat"]),
        boxes("a", task="empty", labels=[]),
        boxes("b", task="empty", labels=[]),
    ]
    gold = [{"task": "t", "boxes": [BOX], "labels": ["cat"]}, {"task": "unseen", "boxes": [], "labels": []}]
    found, report = run(tmp_path, lines, "box", gold=gold)
    assert [line["task"] for line in found] == ["t", "empty"]
    assert found[0]["boxes"][0] == [11, 10, 30, 30]
    assert found[0]["labels"][0] == "cat"
    assert len(found[0]["boxes"]) == len(found[0]["labels"]) == len(found[0]["confidence"])
    assert all(0 < confidence <= 1 for confidence in found[0]["confidence"])
    assert found[1] == {"task": "empty", "width": 100, "height": 100, "boxes": [], "labels": [], "confidence": []}
    assert report["counts"]["answers"] == 5
    assert report["counts"]["empty_answers"] == 2
    assert report["comparison"]["scored_tasks"] == 1
    assert report["comparison"]["consensus"]["at_0.5"]["recall"] == 1.0
    assert report["comparison"]["consensus"]["at_0.5"]["class_accuracy"] == 1.0
    assert report["comparison"]["single_worker"]["at_0.5"]["class_accuracy"] == pytest.approx(2 / 3, abs=1e-6)


def test_output_without_labels_in_the_input_has_none(tmp_path: Path) -> None:
    (line,), _ = run(tmp_path, [boxes("a", BOX), boxes("b", BOX)], "box")
    assert "labels" not in line


def test_unusable_shapes_are_dropped_or_clipped_and_counted(tmp_path: Path) -> None:
    lines = [boxes(worker, [90, 90, 120, 120], [5, 5, 5, 9], [200, 0, 210, 10]) for worker in "ab"]
    (line,), report = run(tmp_path, lines, "box")
    assert line["boxes"] == [[90, 90, 100, 100]]
    counts = report["counts"]
    assert (counts["clipped"], counts["dropped_no_size"], counts["dropped_outside_image"]) == (2, 2, 2)


def test_first_line_of_a_worker_counts(tmp_path: Path) -> None:
    lines = [boxes("a", BOX), boxes("b", BOX), boxes("a", [50, 50, 90, 90])]
    (line,), report = run(tmp_path, lines, "box")
    assert line["boxes"] == [BOX]
    assert report["counts"]["repeats"] == 1


def test_points_are_concluded_within_a_radius_they_show_themselves(tmp_path: Path) -> None:
    places = [[20.0 * column, 20.0 * row] for column in range(1, 6) for row in range(1, 5)]
    lines = [
        {"task": "t", "worker": worker, "width": 200, "height": 200, "points": [[x + shift, y] for x, y in places]}
        for worker, shift in (("a", 0), ("b", 2), ("c", 1))
    ]
    (line,), report = run(tmp_path, lines, "point", gold=[{"task": "t", "points": places}])
    assert sorted(line["points"]) == sorted([x + 1, y] for x, y in places)
    assert report["comparison"]["consensus"]["within_radius"]["f1"] == 1.0
    assert report["parameters"]["matching_radius_px"] <= 10


def test_masks_are_fused_and_scored(tmp_path: Path) -> None:
    runs = {"a": [5, 3, 8], "b": [5, 3, 8], "c": [5, 2, 9]}
    lines = [{"task": "t", "worker": worker, "height": 4, "width": 4, "rle": rle} for worker, rle in runs.items()]
    (line,), report = run(tmp_path, lines, "mask", gold=[{"task": "t", "height": 4, "width": 4, "rle": [5, 3, 8]}])
    assert line["rle"] == [5, 3, 8]
    assert (line["height"], line["width"], len(line["confidence"])) == (4, 4, 1)
    assert report["comparison"]["consensus"]["mean_iou"] == 1.0
    assert report["comparison"]["single_worker"]["mean_iou"] == pytest.approx((1 + 1 + 2 / 3) / 3, abs=1e-6)


def test_polygons_are_concluded(tmp_path: Path) -> None:
    square = [[10, 10], [30, 10], [30, 30], [10, 30]]
    lines = [{"task": "t", "worker": worker, "width": 50, "height": 50, "polygons": [square]} for worker in "abc"]
    (line,), _ = run(tmp_path, lines, "polygon")
    assert sorted(line["polygons"][0]) == sorted(square)


def test_round_is_chosen(tmp_path: Path) -> None:
    lines = [boxes(worker, box, round=number) for number, box in ((1, BOX), (2, [50, 50, 90, 90])) for worker in "ab"]
    (line,), report = run(tmp_path, lines, "box", round_number=2)
    assert line["boxes"] == [[50, 50, 90, 90]]
    assert report["counts"]["answers"] == 2
    with pytest.raises(CommandError, match=r"line 3, field 'round': .*choose one with --round"):
        run(tmp_path, lines, "box")
    with pytest.raises(CommandError, match="no answers of round 3"):
        run(tmp_path, lines, "box", round_number=3)


def test_order_of_lines_changes_no_conclusion(tmp_path: Path) -> None:
    lines = [
        boxes(worker, [10 + shift, 10, 30, 30], [50, 50 + shift, 80, 80], task=task)
        for task in ("t", "u")
        for shift, worker in enumerate("abc")
    ]
    plain, _ = run(tmp_path, lines, "box")
    other, _ = run(tmp_path, lines[::-1], "box")
    assert sorted(other, key=lambda line: line["task"]) == sorted(plain, key=lambda line: line["task"])


@pytest.mark.parametrize(
    ("line", "shape", "where"),
    [
        ("not json\n", "box", "line 2: is not JSON"),
        ("[1]\n", "box", "line 2: must be a JSON object"),
        ({"worker": "a", "boxes": []}, "box", "line 2, field 'task': is missing"),
        ({"task": "t", "boxes": []}, "box", "line 2, field 'worker': is missing"),
        ({"task": "t", "worker": "b"}, "box", "line 2, field 'boxes': is missing"),
        (boxes("b", [1, 2, 3]), "box", r"line 2, field 'boxes\[0\]'"),
        (boxes("b", BOX, [1, 2, 3, "x"]), "box", r"line 2, field 'boxes\[1\]'"),
        (boxes("b", [1, 2, 3, float("nan")]), "box", r"line 2, field 'boxes\[0\]'.*finite"),
        (boxes("b", ["1", "2", "3", "4"]), "box", r"line 2, field 'boxes\[0\]'"),
        (boxes("b", [True, 2, 3, 4]), "box", r"line 2, field 'boxes\[0\]'"),
        ("[" * 100_000 + "]" * 100_000 + "\n", "box", "line 2: is nested too deeply"),
        ({"task": "t", "worker": "b", "boxes": [], "width": 9}, "box", "line 2, field 'height': is missing"),
        (boxes("b", BOX, labels=[]), "box", "line 2, field 'labels'"),
        (boxes("b", BOX, labels=[None]), "box", r"line 2, field 'labels\[0\]'"),
        (boxes("b", BOX, width=-1), "box", "line 2, field 'width'"),
        ({"task": "t", "worker": "b", "rle": [4]}, "mask", "field 'rle'|field 'height'"),
        ({"task": "t", "worker": "b", "rle": [5], "width": 2, "height": 2}, "mask", "field 'rle'"),
        ({"task": "t", "worker": "b", "rle": [4], "width": 2, "height": 2}, "mask", "field 'width': differs"),
    ],
)
def test_fault_names_file_line_and_field_and_nothing_is_written(
    tmp_path: Path, line: Any, shape: str, where: str
) -> None:
    sound = boxes("a", BOX) | {"rle": [0, 10_000]}
    with pytest.raises(CommandError, match=rf"annotations.jsonl, .*({where})"):
        run(tmp_path, [sound, line], shape)
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["annotations.jsonl"]


def test_a_file_that_begins_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "annotations.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(boxes("a", BOX)).encode() + b"\n")
    call_command("aggregate_shapes", path, shape="box", output=tmp_path / "out.jsonl", verbosity=0)
    assert json.loads((tmp_path / "out.jsonl").read_text())["boxes"] == [BOX]


def test_an_outline_that_crosses_itself_everywhere_ends_in_time(tmp_path: Path) -> None:
    chance = random.Random(3)
    outline = [[chance.uniform(0, 1000), chance.uniform(0, 1000)] for _ in range(150)]
    lines = [
        {"task": "t", "worker": worker, "polygons": [[[x + shift, y] for x, y in outline]]}
        for shift, worker in enumerate("abc")
    ]
    started = time.process_time()
    (line,), _ = run(tmp_path, lines, "polygon")
    assert len(line["polygons"]) == 1
    assert time.process_time() - started < 20  # a second or two; minutes by even-odd repair


def test_fault_in_gold_leaves_nothing_written(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"gold\.jsonl, line 1, field 'boxes'"):
        run(tmp_path, [boxes("a", BOX)], "box", gold=[{"task": "t"}])
    assert not (tmp_path / "out.jsonl").exists()


def test_missing_and_empty_files_and_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"nowhere\.jsonl: cannot be read"):
        call_command("aggregate_shapes", tmp_path / "nowhere.jsonl", shape="box", output=tmp_path / "out.jsonl")
    with pytest.raises(CommandError, match="holds no answers"):
        run(tmp_path, [], "box")
    annotations = write(tmp_path / "annotations.jsonl", [boxes("a", BOX)])
    with pytest.raises(CommandError, match=r"out\.jsonl: cannot be written"):
        call_command("aggregate_shapes", annotations, shape="box", output=tmp_path / "no" / "out.jsonl", verbosity=0)
