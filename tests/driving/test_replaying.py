"""The job that a replay orders."""

from __future__ import annotations

from pathlib import Path

import pytest

from marketplace.management.driving.recorded_shapes import BOXES
from marketplace.management.driving.recording import CLASSIFICATION, RecordedTask, Recording
from marketplace.management.driving.replaying import ReplayOptions, job_draft


def recording(n_workers: int, *, annotation_type: str = CLASSIFICATION) -> Recording:
    given = [{"class": "a", "box": [0, 0, 1, 1]}, {"class": "a", "box": [0, 0, 2, 2]}]
    answers = {f"w{number}": {"t": given} for number in range(n_workers)}
    return Recording("r", annotation_type, ("a",), (RecordedTask("t"),), answers, {})


def options(*, min_overlap: int = 2) -> ReplayOptions:
    return ReplayOptions(folder=Path("r"), output=Path("out"), min_overlap=min_overlap)


@pytest.mark.parametrize(
    ("n_workers", "min_overlap", "expected"),
    [(39, 2, (2, 39)), (1, 2, (1, 1)), (3, 5, (3, 3)), (250, 2, (2, 100))],
)
def test_job_asks_for_no_more_answers_than_were_recorded(
    n_workers: int, min_overlap: int, expected: tuple[int, int]
) -> None:
    draft = job_draft(recording(n_workers), options(min_overlap=min_overlap))
    assert (draft.min_overlap, draft.max_overlap) == expected
    assert draft.by_offer_only


def test_effort_of_boxes_is_that_of_the_recorded_answers() -> None:
    assert job_draft(recording(2, annotation_type=BOXES), options()).units_per_asset == 2.0
    assert job_draft(recording(2), options()).units_per_asset == 1.0
