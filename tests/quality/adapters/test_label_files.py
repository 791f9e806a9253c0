from __future__ import annotations

import stat
from pathlib import Path
from typing import TextIO

import pytest

from quality.adapters.label_files import UnreadableFile, read_labels, read_truths, write_all, write_labels


def test_quoted_values_keep_commas_and_line_ends(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text('label,task,worker\n"a, or\nb",t,w\n\n" x ",t,v\n')
    assert read_labels(path) == [("t", "w", "a, or\nb"), ("t", "v", " x ")]


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    write_all({path: lambda file: write_labels(file, [('t"1,', "é\n", 0.5)])})
    assert read_truths(path) == {'t"1,': "é\n"}


def test_gold_may_be_empty_of_rows(tmp_path: Path) -> None:
    path = tmp_path / "gold.csv"
    path.write_text("task,label\n")
    assert read_truths(path) == {}


def test_line_of_a_fault_counts_the_lines_within_quotes(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text('task,worker,label\n"a\nb",w,x\nc,,x\n')
    with pytest.raises(UnreadableFile) as refused:
        read_labels(path)
    assert (refused.value.line, refused.value.column) == (4, "worker")


def test_content_that_fails_on_the_way_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old")

    def fail(file: TextIO) -> None:
        file.write("half")
        raise RuntimeError("midway")

    with pytest.raises(RuntimeError, match="midway"):
        write_all({path: fail})
    assert path.read_text() == "old"
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["out.csv"]


def test_result_has_the_rights_of_any_new_file(tmp_path: Path) -> None:
    path, usual = tmp_path / "out.csv", tmp_path / "usual"
    usual.touch()
    write_all({path: lambda file: write_labels(file, [])})
    assert stat.S_IMODE(path.stat().st_mode) == stat.S_IMODE(usual.stat().st_mode)
