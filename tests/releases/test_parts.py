"""Jobs that ask about assets in parts, from draft to release: a label for each asset, copies included."""

from typing import Any

import pytest

from labeling.models import CloseReason, LabelingJob, Task
from labeling.services import claim_tasks, close_job
from quality.services import finalise_labels
from tests import make
from tests.labeling.test_splitting import TILES, many_classes
from tests.releases.completed import built, lines

pytestmark = pytest.mark.django_db

CLASSES = many_classes()
# In asset coordinates; the second is cut by the borders of all four tiles, and larger than their margins.
BOXES = [[10, 10, 60, 60], [250, 180, 400, 300], [500, 400, 600, 470]]


def answered(job: LabelingJob, truth: list[dict[str, Any]]) -> LabelingJob:
    """Return the job after two people without fault have done all of it."""
    for _ in range(2):
        worker = make.worker()
        while leases := claim_tasks(job.pk, worker.pk, limit=20):
            for lease in leases:
                make.answer(lease, annotations=seen(lease.task, truth))
    close_job(job.pk, reason=CloseReason.COMPLETED)
    finalise_labels(job.pk)
    return LabelingJob.objects.get(pk=job.pk)


def seen(task: Task, truth: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what is asked for of what is there."""
    scope: dict[str, Any] = task.scope or {}
    if "classes" in scope:
        return [each for each in truth if each["class"] in scope["classes"]]
    x1, y1, x2, y2 = scope["tile"]
    found = []
    for each in truth:
        u1, v1, u2, v2 = each["box"]
        box = [max(x1, u1), max(y1, v1), min(x2, u2), min(y2, v2)]
        if box[0] < box[2] and box[1] < box[3]:
            found.append({**each, "box": box})
    return found


def test_tiles_are_stitched_into_the_label_of_their_image() -> None:
    job = make.published_job(
        n_tasks=2, annotation_type="bounding_box", split=TILES, min_overlap=2, max_overlap=2, units_per_asset=3.0
    )
    done = answered(job, [{"class": "cat", "box": box} for box in BOXES])
    documents = lines(built(done, ["jsonl"]))
    labels = [document for document in documents if "external_id" in document]
    assert [label["external_id"] for label in labels] == ["asset-1", "asset-2"]
    for label in labels:
        found = sorted(each["box"] for each in label["value"]["objects"])
        assert found == [pytest.approx(box, abs=0.5) for box in BOXES]


def test_groups_of_classes_are_gathered_into_the_label_of_their_image() -> None:
    split = {"strategy": "class_groups"}
    job = make.published_job(
        n_tasks=2,
        annotation_type="multi_label_classification",
        classes=CLASSES,
        split=split,
        min_overlap=2,
        max_overlap=2,
    )
    assert job.n_tasks == 4
    done = answered(job, [{"class": CLASSES[3]}, {"class": CLASSES[24]}])
    labels = [document for document in lines(built(done, ["jsonl"])) if "external_id" in document]
    assert [label["external_id"] for label in labels] == ["asset-1", "asset-2"]
    assert [label["value"]["classes"] for label in labels] == [[CLASSES[3], CLASSES[24]]] * 2
    assert {CLASSES[3], CLASSES[24]} <= set(labels[0]["value"]["posterior"])


def test_a_copy_gets_the_label_that_the_parts_of_its_first_come_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("marketplace.releases.adapters.reading.PAGE", 3)  # a page ends within the parts of an image
    photos = make.dataset()
    first = make.image_asset(photos, external_id="first.png", width=640, height=480)
    for name in ("copy-1.png", "copy-2.png"):
        assert make.image_asset(photos, external_id=name, width=640, height=480).duplicate_of == first
    job = make.published_job(
        make.job(photos=photos, annotation_type="bounding_box", split=TILES, min_overlap=2, max_overlap=2)
    )
    done = answered(job, [{"class": "cat", "box": box} for box in BOXES])
    labels = [document for document in lines(built(done, ["jsonl"])) if "external_id" in document]
    assert [label["external_id"] for label in labels] == ["first.png", "copy-1.png", "copy-2.png"]
    boxes = [sorted(each["box"] for each in label["value"]["objects"]) for label in labels]
    assert boxes[0] == boxes[1] == boxes[2] == [pytest.approx(box, abs=0.5) for box in BOXES]
