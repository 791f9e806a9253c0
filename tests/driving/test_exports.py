"""Exported files are what was promised."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from marketplace.management.driving.errors import DrivingError
from marketplace.management.driving.exports import check_file, read_labels

CONTENT = b'{"external_id":"a","value":{"class":"cat"}}\n{"external_id":"b","value":null}\n'


def test_intact_file_passes() -> None:
    check_file("f", CONTENT, {"n_bytes": len(CONTENT), "sha256": hashlib.sha256(CONTENT).hexdigest()})


@pytest.mark.parametrize(("n_bytes", "content"), [(1, CONTENT), (len(CONTENT), CONTENT[:-1] + b" ")])
def test_changed_file_is_named(n_bytes: int, content: bytes) -> None:
    promise = {"n_bytes": n_bytes, "sha256": hashlib.sha256(CONTENT).hexdigest()}
    with pytest.raises(DrivingError, match=r"labels\.jsonl does not match its checksum"):
        check_file("labels.jsonl", content, promise)


def test_labels_are_read_by_external_id(tmp_path: Path) -> None:
    (tmp_path / "labels.jsonl").write_bytes(CONTENT)
    labels = read_labels(tmp_path)
    assert labels.keys() == {"a", "b"}
    assert labels["b"]["value"] is None
