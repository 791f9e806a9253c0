"""Building a release: what the files say, and what an interruption leaves."""

import csv
import hashlib
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from pytest_django import Settings

import marketplace
from labeling.models import JobWorker
from marketplace.live.models import Event
from marketplace.operations.adapters import database_now
from marketplace.operations.errors import TryAgainLater
from marketplace.operations.models import Operation, OperationState
from marketplace.operations.services import cancel_operation, claim_operation
from marketplace.releases.core.manifest import is_intact
from marketplace.releases.models import Release
from marketplace.releases.services import build_release
from tests.releases.completed import (
    CAT,
    built,
    completed_job,
    content,
    let_lease_expire,
    lines,
    pets_job,
    requested,
    stored_keys,
)

pytestmark = pytest.mark.django_db

HOSTILE = ["../../etc/passwd", "=cmd|' /C calc'!A0", "two\nlines", "naïve/猫/🐈", "C:\\boot.ini", 'say "a, b"']


class FullDisk(FileSystemStorage):
    """Storage that takes the first file whole and half of the second."""

    n_saved = 0

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        FullDisk.n_saved += 1
        if FullDisk.n_saved != 2:
            return super().save(name, content, max_length)
        path = Path(self.path(str(name)))
        path.write_bytes(b"half of it")
        raise OSError(28, "No space left on device")


class KilledWriter(FullDisk):
    """The same for a process that dies: nobody removes what it wrote."""

    def delete(self, name: str) -> None:
        """Do nothing."""


class Cancelling(FileSystemStorage):
    """Storage so slow that meanwhile somebody cancels the operation."""

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        for operation in Operation.objects.unfinished():
            cancel_operation(operation.pk, now=database_now())
        return super().save(name, content, max_length)


def use_storage(settings: Settings, storage: type[FileSystemStorage]) -> None:
    """Let files be kept by this class."""
    FullDisk.n_saved = 0
    backend = f"{storage.__module__}.{storage.__qualname__}"
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": backend}}


def manifest_of(release: Release) -> dict[str, Any]:
    """Return the sealed manifest."""
    if release.manifest is None:
        raise AssertionError("The release is not sealed.")
    return release.manifest


# --- what it holds --------------------------------------------------------------------------------------------------
def test_checksums_and_sizes_in_the_manifest_are_those_of_the_bytes() -> None:
    release = built()
    manifest = manifest_of(release)
    described = {entry["name"]: (entry["n_bytes"], entry["sha256"]) for entry in manifest["files"]}
    assert set(described) == {"labels.csv", "labels.jsonl"}
    for file in release.files.all():
        data = content(release, file.name)
        assert (file.n_bytes, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
        assert described.get(file.name, (file.n_bytes, file.sha256)) == (file.n_bytes, file.sha256)


def test_manifest_tells_counts_and_versions() -> None:
    job = pets_job()
    release = built(job)
    manifest = manifest_of(release)
    assert manifest["release"] == str(release.pk)
    assert manifest["job"] == {"id": str(job.pk), "name": "Cats and dogs", "annotation_type": "image_classification"}
    assert manifest["counts"]["tasks"] == 3
    assert manifest["counts"]["answers"] == manifest["counts"]["annotations"] == 6
    assert sum(manifest["counts"]["labels"].values()) == 3
    assert manifest["counts"]["labels"]["disputed"] >= 1
    assert manifest["versions"] == {
        "ontology": {"id": str(job.ontology_id), "number": 1},
        "guideline": {"id": str(job.guideline_id), "number": 1},
        "snapshot": {"id": str(job.snapshot_id), "number": 1},
    }
    run = release.run
    told = {name: manifest["consensus"][name] for name in ("number", "method", "n_answers", "input_sha256")}
    assert told == {name: getattr(run, name) for name in told}
    assert manifest["consensus"]["parameters"] == run.parameters
    assert manifest["product"] == {"name": "plenum", "version": marketplace.__version__}


def test_seal_holds_for_the_row_and_for_the_file_and_breaks_with_one_digit() -> None:
    release = built()
    manifest = json.loads(content(release, "manifest.json"))
    assert release.manifest == manifest
    assert is_intact(manifest)
    manifest["counts"]["answers"] += 1
    assert not is_intact(manifest)


def test_tied_classes_are_exported_as_disputed_and_without_a_class() -> None:
    release = built()
    rows = {row["external_id"]: row for row in csv.DictReader(StringIO(content(release, "labels.csv").decode()))}
    assert [rows[name]["class"] for name in ("a.jpg", "b.jpg", "c.jpg")] == ["cat", "dog", ""]
    assert rows["c.jpg"]["state"] == "disputed"
    [line] = [line for line in lines(release) if line["external_id"] == "c.jpg"]
    assert line["value"]["class"] is None
    assert set(line["value"]["posterior"]) == {"cat", "dog"}


def test_raw_answers_come_with_pseudonyms_and_never_users() -> None:
    job = pets_job()
    release = built(job)
    people = dict(JobWorker.objects.filter(job=job).values_list("pseudonym", "worker_id"))
    given = [answer for line in lines(release) for answer in line["answers"]]
    assert len(given) == 6
    assert {answer["worker"] for answer in given} == set(people)
    text = content(release, "labels.jsonl").decode()
    assert not any(str(user_id) in text for user_id in people.values())
    disagreeing = [answer["annotations"][0]["class"] for answer in lines(release)[2]["answers"]]
    assert sorted(disagreeing) == ["cat", "dog"]


def test_task_that_nobody_answered_is_told_as_such() -> None:
    release = built(completed_job({"a.jpg": [CAT], "b.jpg": []}))
    assert [(line["state"] is None, line["n_answers"]) for line in lines(release)] == [(False, 1), (True, 0)]
    assert lines(release)[1]["retired_reason"] == "cancelled"


def test_boxes_are_exported_where_people_drew_them() -> None:
    drawn = [[{"class": "cat", "box": [10, 20, 110, 220]}], [{"class": "cat", "box": [10, 20, 110, 220]}]]
    job = completed_job({"a.jpg": drawn, "b.jpg": [[], []]}, annotation_type="bounding_box")
    document = json.loads(content(built(job, ["coco"]), "coco.json"))
    assert [image["file_name"] for image in document["images"]] == ["a.jpg", "b.jpg"]
    [annotation] = document["annotations"]
    assert (annotation["image_id"], annotation["bbox"], annotation["area"]) == (1, [10, 20, 100, 200], 20_000)
    assert document["images"][0]["n_answers"] == 2
    assert 0 < annotation["score"] <= 1


def test_hostile_names_of_assets_touch_no_path(tmp_path: Path) -> None:
    release = built(completed_job({name: [CAT] for name in HOSTILE}))
    assert [line["external_id"] for line in lines(release)] == HOSTILE
    rows = list(csv.DictReader(StringIO(content(release, "labels.csv").decode(), newline="")))
    assert [row["external_id"] for row in rows] == [HOSTILE[0], f"'{HOSTILE[1]}", *HOSTILE[2:]]
    names = {path.name for path in tmp_path.rglob("*") if path.is_file()}
    assert names == {"labels.csv", "labels.jsonl", "manifest.json"}


# --- how it is run --------------------------------------------------------------------------------------------------
def test_sealing_is_announced_and_finishes_the_operation() -> None:
    release = built()
    assert release.operation.state == OperationState.SUCCEEDED
    event = Event.objects.get(type="release_sealed")
    assert event.data["release"] == str(release.pk)
    assert event.data["manifest_sha256"] == manifest_of(release)["manifest_sha256"]


def test_building_again_changes_nothing() -> None:
    release = built()
    keys = stored_keys(release)
    build_release(release.pk)
    again = Release.objects.get(pk=release.pk)
    assert again.manifest == release.manifest
    assert stored_keys(release) == keys == {file.storage_key for file in release.files.all()}
    assert Event.objects.filter(type="release_sealed").count() == 1


def test_two_releases_of_one_run_hold_the_same_bytes() -> None:
    job = pets_job()
    first, second = built(job), built(job)
    assert first.pk != second.pk
    for name in ("labels.csv", "labels.jsonl"):
        assert content(first, name) == content(second, name)


@pytest.mark.parametrize("storage", [FullDisk, KilledWriter])
def test_interrupted_build_run_again_leaves_the_same_and_nothing_else(
    storage: type[FileSystemStorage], settings: Settings
) -> None:
    job = pets_job()
    whole = built(job)
    release = requested(job)
    kept = settings.STORAGES
    use_storage(settings, storage)
    with pytest.raises(OSError, match="No space"):
        build_release(release.pk)
    assert not release.files.exists()
    assert len(stored_keys(release)) == (2 if storage is KilledWriter else 0)
    settings.STORAGES = kept
    let_lease_expire(release)
    build_release(release.pk)
    assert stored_keys(release) == {file.storage_key for file in release.files.all()}
    for name in ("labels.csv", "labels.jsonl"):
        assert content(release, name) == content(whole, name)


def test_second_runner_waits_for_the_first() -> None:
    release = requested()
    claim_operation(release.operation_id, now=database_now())
    with pytest.raises(TryAgainLater):
        build_release(release.pk)
    let_lease_expire(release)
    build_release(release.pk)
    assert release.files.count() == 3


def test_runner_whose_operation_is_cancelled_leaves_nothing(settings: Settings) -> None:
    release = requested()
    use_storage(settings, Cancelling)
    build_release(release.pk)
    release = Release.objects.get(pk=release.pk)
    assert release.operation.state == OperationState.CANCELLED
    assert release.manifest is None
    assert not release.files.exists()
    assert stored_keys(release) == set()


def test_what_a_given_up_release_left_is_removed(settings: Settings) -> None:
    release = requested()
    use_storage(settings, KilledWriter)
    with pytest.raises(OSError, match="No space"):
        build_release(release.pk)
    cancel_operation(release.operation_id, now=database_now())
    use_storage(settings, FileSystemStorage)
    build_release(release.pk)
    assert stored_keys(release) == set()
