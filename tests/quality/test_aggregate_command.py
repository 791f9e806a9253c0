from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from quality.adapters.label_files import MAX_LINE_BYTES
from quality.management.aggregating import METHOD_NAMES, in_order

LABELS = "task,worker,label\na,x,cat\na,y,cat\na,z,dog\nb,x,dog\nb,y,dog\nb,z,dog\nc,x,cat\nc,y,cat\nc,z,cat\n"

# Tried in the adapter's tests, with fewer restarts.
SLOW = ("GLAD", "MACE", "ZeroBasedSkill")


def aggregate(folder: Path, *, labels: str | bytes = LABELS, **options: Any) -> list[dict[str, str]]:
    """Run the command on files in the folder and return what it wrote."""
    path = folder / "labels.csv"
    path.write_bytes(labels if isinstance(labels, bytes) else labels.encode())
    call_command("aggregate", path, output=folder / "out.csv", stdout=StringIO(), **options)
    with (folder / "out.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def report_of(folder: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report


def test_every_task_gets_a_label_and_a_confidence(folder: Path) -> None:
    rows = aggregate(folder)
    assert [(row["task"], row["label"]) for row in rows] == [("a", "cat"), ("b", "dog"), ("c", "cat")]
    assert list(rows[0]) == ["task", "label", "confidence"]
    assert all(0.5 < float(row["confidence"]) <= 1.0 for row in rows)


def test_columns_come_in_any_order_and_others_are_ignored(folder: Path) -> None:
    given = [line.split(",") for line in LABELS.splitlines()]
    turned = "\r\n".join(f"{label},7,{worker},,{task}" for task, worker, label in given[1:])
    plain = aggregate(folder)
    assert aggregate(folder, labels="\ufefflabel,seconds,worker,t,task\r\n" + turned) == plain


def test_of_repeats_the_first_row_wins(folder: Path) -> None:
    repeated = LABELS + "a,x,dog\na,y,dog\na,x,dog\n"
    assert aggregate(folder, labels=repeated, report=folder / "report.json") == aggregate(folder)
    report = report_of(folder)["labels"]
    assert (report["rows"], report["counted"], report["repeats_left_out"]) == (12, 9, 3)


def test_tie_is_an_empty_label_and_reported(folder: Path) -> None:
    labels = "task,worker,label\na,x,cat\na,y,dog\n"
    rows = aggregate(folder, labels=labels, method="majority", report=folder / "report.json")
    assert rows == [{"task": "a", "label": "", "confidence": "0.500000"}]
    assert report_of(folder)["ties"] == {"tasks": 1, "first": {"a": ["cat", "dog"]}}


def test_gold_is_compared_with_and_changes_nothing(folder: Path) -> None:
    gold = folder / "gold.csv"
    gold.write_text("label,task\ndog,a\ndog,b\ncat,c\nowl,elsewhere\n")
    rows = aggregate(folder, gold=gold, report=folder / "report.json")
    assert rows == aggregate(folder)
    found = report_of(folder)
    assert found["gold"]["tasks"] == 4
    assert found["gold"]["tasks_without_labels"] == 1
    assert found["gold"]["comparison"]["accuracy"] == pytest.approx(2 / 3)
    assert sum(row["n_tasks"] for row in found["gold"]["comparison"]["reliability"]) == 3
    assert found["method"]["asked"] == "auto"
    assert found["method"]["reason"]
    assert found["convergence"]["converged"] is True


def test_known_tasks_keep_their_label_and_are_not_scored(folder: Path) -> None:
    known, gold = folder / "known.csv", folder / "gold.csv"
    known.write_text("task,label\na,dog\n")
    gold.write_text("task,label\na,dog\nb,dog\n")
    rows = aggregate(folder, known=known, gold=gold, report=folder / "report.json")
    assert rows[0] == {"task": "a", "label": "dog", "confidence": "1.000000"}
    assert report_of(folder)["gold"]["comparison"]["n_tasks"] == 1


def test_known_labels_teach_who_is_right(folder: Path) -> None:
    lines = [f"t{number},{worker}" for number in range(20) for worker in ("good,yes", "bad,no")]
    known = folder / "known.csv"
    known.write_text("task,label\n" + "".join(f"t{number},yes\n" for number in range(10)))
    rows = aggregate(folder, labels="\n".join(["task,worker,label", *lines]), known=known)
    assert {row["label"] for row in rows} == {"yes"}


@pytest.mark.parametrize("method", [name for name in METHOD_NAMES if not name.endswith(SLOW)])
def test_every_method_can_be_asked_for(method: str, folder: Path, rng: np.random.Generator) -> None:
    lines = ["task,worker,label"]
    for task in range(12):
        for worker in range(4):
            right = rng.random() < 0.9
            lines.append(f"t{task},w{worker},{'no' if (task % 2 == 0) == right else 'yes'}")
    rows = aggregate(folder, labels="\n".join(lines), method=method, report=folder / "report.json")
    found = [row["label"] == ("no" if number % 2 == 0 else "yes") for number, row in enumerate(rows)]
    assert np.mean(found) >= 0.75
    assert report_of(folder)["method"]["asked"] == method


@pytest.mark.parametrize(
    ("labels", "place"),
    [
        ("", "labels.csv: is empty"),
        ("task,worker,label\n", "no label below"),
        ("task,worker\na,x\n", "line 1, column label: there is no such column"),
        ("task,worker,label,task\na,x,cat,b\n", "line 1, column task: there are several"),
        ("task,worker,label\na,x,cat\na,y,\n", "line 3, column label: is empty"),
        ("task,worker,label\na,x,cat\n ,y,dog\n", "line 3, column task: is empty"),
        ("task,worker,label\na,x\n", "line 2: 2 values under 3 columns"),
        ("task,worker,label\na,x,cat,dog\n", "line 2: 4 values under 3 columns"),
        (b"task,worker,label\na,x,caf\xe9\n", "line 2: byte 8 is not UTF-8"),
        ('task,worker,label\na,x,"cat\n', "line 2: not CSV"),
        ("task,worker,label\na,x," + "c" * 200_000 + "\n", "line 2: not CSV"),
        ("task,worker,label\na,x," + "c" * (MAX_LINE_BYTES + 1), "line 2: longer than"),
    ],
    ids=lambda value: str(value)[-30:] if isinstance(value, str) and len(value) < 100 else None,
)
def test_bad_input_is_named_by_its_place_and_nothing_is_written(labels: str | bytes, place: str, folder: Path) -> None:
    with pytest.raises(CommandError, match=r"labels\.csv") as refused:
        aggregate(folder, labels=labels, report=folder / "report.json")
    assert place in str(refused.value)
    assert [path.name for path in folder.iterdir()] == ["labels.csv"]


def test_an_unknown_method_is_refused_with_the_names_of_all(folder: Path) -> None:
    with pytest.raises(CommandError, match=r"'majority'.*'crowd-kit:MACE'"):
        call_command("aggregate", str(folder / "labels.csv"), "--output", "out.csv", "--method", "guess")


def test_missing_files_and_folders_are_refused(folder: Path) -> None:
    with pytest.raises(CommandError, match=r"none\.csv: cannot be read"):
        call_command("aggregate", folder / "none.csv", output=folder / "out.csv")
    with pytest.raises(CommandError, match="is a folder"):
        call_command("aggregate", folder, output=folder / "out.csv")


def test_contradicting_gold_is_refused(folder: Path) -> None:
    gold = folder / "gold.csv"
    gold.write_text("task,label\na,cat\na,dog\n")
    with pytest.raises(CommandError, match=r"gold\.csv, line 3, column label: task 'a' has another label"):
        aggregate(folder, gold=gold)


def test_failure_to_write_the_report_leaves_no_output_either(folder: Path) -> None:
    with pytest.raises(CommandError, match="cannot be written"):
        aggregate(folder, report=folder / "no folder" / "report.json")
    with pytest.raises(CommandError, match="is a folder"):
        aggregate(folder, report=folder)
    assert [path.name for path in folder.iterdir()] == ["labels.csv"]


def test_input_is_never_written_over(folder: Path) -> None:
    path = folder / "labels.csv"
    path.write_text(LABELS)
    with pytest.raises(CommandError, match="written over"):
        call_command("aggregate", path, output=path)
    assert path.read_text() == LABELS


def test_classes_are_ordered_by_value_where_all_are_numbers() -> None:
    assert in_order({"10", "9", "-1"}) == ["-1", "9", "10"]
    assert in_order({"10", "9", "few"}) == ["10", "9", "few"]
    assert in_order({"10", "9", "nan"}) == ["10", "9", "nan"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return an empty folder; other fixtures use the one that pytest gives."""
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)
