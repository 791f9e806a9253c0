"""Files are aggregated without a service: no database, no broker, no secret."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from marketplace.launcher.instance import CHECKOUT

LABELS = "task,worker,label\n" + "".join(
    f"{task},{worker},{'cat' if task % 2 else 'dog'}\n" for task in range(4) for worker in "abc"
)
SHAPES = "".join(
    json.dumps({"task": task, "worker": worker, "boxes": [[1, 1, 9, 9]], "width": 10, "height": 10}) + "\n"
    for task in ("x", "y")
    for worker in "abc"
)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `manage.py` elsewhere, with an environment that names nothing of the service."""
    bare = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    argv = (sys.executable, str(CHECKOUT / "manage.py"), *arguments)
    return subprocess.run(argv, cwd=folder, env=bare, capture_output=True, text=True, check=False)


def test_labels_are_aggregated(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(LABELS)
    done = run(tmp_path, "aggregate", "labels.csv", "--output", "out.csv", "--json", "report.json")
    assert (done.returncode, done.stderr) == (0, "")
    lines = (tmp_path / "out.csv").read_text().splitlines()
    assert lines[0] == "task,label,confidence"
    assert [line.split(",")[1] for line in lines[1:]] == ["dog", "cat", "dog", "cat"]
    assert json.loads((tmp_path / "report.json").read_text())["labels"]["tasks"] == 4


def test_shapes_are_aggregated(tmp_path: Path) -> None:
    (tmp_path / "shapes.jsonl").write_text(SHAPES)
    done = run(tmp_path, "aggregate_shapes", "shapes.jsonl", "--shape", "box", "--output", "out.jsonl")
    assert (done.returncode, done.stderr) == (0, "")
    found = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [(line["task"], line["boxes"]) for line in found] == [("x", [[1, 1, 9, 9]]), ("y", [[1, 1, 9, 9]])]
    assert all(len(line["confidence"]) == 1 for line in found)


@pytest.mark.parametrize(
    "arguments", [("aggregate", "labels.csv"), ("aggregate_shapes", "labels.csv", "--shape", "box")]
)
def test_bad_file_is_one_clear_sentence_and_writes_nothing(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "labels.csv").write_text("task,worker\n1,a\n")
    done = run(tmp_path, *arguments, "--output", "out")
    assert done.returncode != 0
    assert "labels.csv" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_command_of_the_service_says_what_it_needs(tmp_path: Path) -> None:
    done = run(tmp_path, "migrate")
    assert done.returncode != 0
    assert "PLENUM_SECRET_KEY" in done.stderr


def test_shapes_are_never_written_over_what_was_read(tmp_path: Path) -> None:
    (tmp_path / "shapes.jsonl").write_text(SHAPES)
    for output, report in (("shapes.jsonl", "report"), ("out", "shapes.jsonl"), ("out", "out")):
        done = run(tmp_path, "aggregate_shapes", "shapes.jsonl", "--shape", "box", "--output", output, "--json", report)
        assert done.returncode != 0
        assert "would be written over" in done.stderr
    assert (tmp_path / "shapes.jsonl").read_text() == SHAPES
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "report").exists()


def test_conclusions_are_not_left_behind_by_a_report_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "shapes.jsonl").write_text(SHAPES)
    arguments = ("aggregate_shapes", "shapes.jsonl", "--shape", "box", "--output", "out", "--json", "nowhere/report")
    assert run(tmp_path, *arguments).returncode != 0
    assert not (tmp_path / "out").exists()


def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text(LABELS)
    assert run(tmp_path, "aggregate", "labels.csv", "--output", "/dev/null").returncode == 0
    assert Path("/dev/null").is_char_device()
