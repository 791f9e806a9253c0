"""Asking for a release."""

import pytest

from labeling.models import CloseReason, LabelingJob
from labeling.services import close_job
from marketplace.live.models import Event
from marketplace.operations.models import OperationState
from marketplace.releases.errors import JobNotCompleted, NoConsensusYet, UnsupportedFormat
from marketplace.releases.models import Release
from marketplace.releases.services import request_release
from quality.services import finalise_labels
from tests import make
from tests.releases.completed import CAT, answered_job, completed_job, pets_job, requested

pytestmark = pytest.mark.django_db


def test_release_is_queued_on_the_latest_run_and_announced() -> None:
    job = pets_job()
    finalise_labels(job.pk)
    release = requested(job, ["jsonl", "csv", "jsonl"])
    assert release.run.number == 2
    assert release.formats == ["jsonl", "csv"]
    assert release.operation.state == OperationState.QUEUED
    assert (release.operation.kind, release.operation.subject_id) == ("release", release.pk)
    assert release.operation.organization_id == job.organization_id
    event = Event.objects.get(type="release_requested")
    assert event.stream.subject_id == job.pk
    assert event.data["release"] == str(release.pk)


def test_job_that_is_still_open_is_refused() -> None:
    job = make.published_job()
    with pytest.raises(JobNotCompleted) as caught:
        request_release(job, formats=["csv"], created_by_id=job.created_by_id)
    assert caught.value.code == "wrong_state"
    assert caught.value.data == {"state": "open", "allowed_states": ["completed", "cancelled"]}
    assert not Release.objects.exists()


def test_ended_job_without_final_labels_is_refused() -> None:
    job = answered_job({"a.jpg": [CAT]})
    close_job(job.pk, reason=CloseReason.COMPLETED)
    with pytest.raises(NoConsensusYet):
        request_release(LabelingJob.objects.get(pk=job.pk), formats=["csv"], created_by_id=job.created_by_id)


@pytest.mark.parametrize(
    ("annotation_type", "formats", "unsupported"),
    [
        ("image_classification", ["csv", "coco"], ["coco"]),
        ("bounding_box", ["csv", "coco"], ["csv"]),
        ("bounding_box", ["yolo"], ["yolo"]),
        ("bounding_box", [], []),
    ],
)
def test_format_that_cannot_hold_the_labels_is_refused_by_name(
    annotation_type: str, formats: list[str], unsupported: list[str]
) -> None:
    annotations = [] if annotation_type == "bounding_box" else CAT
    job = completed_job({"a.jpg": [annotations]}, annotation_type=annotation_type)
    with pytest.raises(UnsupportedFormat) as caught:
        request_release(job, formats=formats, created_by_id=job.created_by_id)
    assert caught.value.field == "formats"
    assert caught.value.data["unsupported"] == unsupported
    assert "jsonl" in caught.value.data["supported"]
