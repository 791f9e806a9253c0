"""What is wished of a release beside its formats: which labels, other names, parts, changes, licence, recipe."""

import csv
import io
import json
import zipfile
from typing import Any

import pytest
from django.utils import timezone

from labeling.errors import NoSuchObject
from labeling.models import Asset, CloseReason, LabelingJob
from labeling.services import claim_tasks, close_job
from marketplace.releases.core.splitting import Split
from marketplace.releases.core.wishes import What, Wishes
from marketplace.releases.errors import BadWish, UnsupportedFormat
from marketplace.releases.models import Release
from marketplace.releases.services import build_release, request_release
from quality.models import ConsensusLabel, ConsensusRun
from quality.services import finalise_labels
from tests import make
from tests.releases.completed import CAT, DOG, completed_job, content, lines, pets_job

pytestmark = pytest.mark.django_db

BOX = [{"class": "cat", "box": [10, 20, 110, 220]}]
HALVES = Split({"train": 0.5, "val": 0.5}, seed=7)


def built(
    job: LabelingJob, formats: tuple[str, ...] = ("jsonl",), *, since: Release | None = None, **wishes: Any
) -> Release:
    """Return a sealed release."""
    release = request_release(
        job,
        formats=formats,
        created_by_id=job.created_by_id,
        wishes=Wishes(**wishes),
        since_id=since.pk if since else None,
    )
    build_release(release.pk)
    return Release.objects.get(pk=release.pk)


def manifest_of(release: Release) -> dict[str, Any]:
    """Return the sealed manifest."""
    assert release.manifest is not None
    return release.manifest


def names_of(release: Release) -> set[str]:
    """Return the names of the files."""
    return {file.name for file in release.files.all()}


# --- which labels ---------------------------------------------------------------------------------------------------
def test_final_labels_come_without_the_answers_and_answers_without_conclusions() -> None:
    job = pets_job()
    assert [line["answers"] for line in lines(built(job, what=What.FINAL))] == [[], [], []]
    raw = lines(built(job, what=What.RAW))
    assert [len(line["answers"]) for line in raw] == [2, 2, 2]
    assert not any({"value", "confidence", "state"} & line.keys() for line in raw)
    both = lines(built(job, what=What.BOTH))
    assert all(line["value"] and line["answers"] for line in both)


def test_format_that_cannot_tell_answers_apart_is_refused_for_raw_answers() -> None:
    with pytest.raises(UnsupportedFormat) as caught:
        built(pets_job(), ("csv", "jsonl"), what=What.RAW)
    assert caught.value.data["unsupported"] == ["csv"]
    assert "jsonl" in caught.value.data["supported"]


# --- other names ----------------------------------------------------------------------------------------------------
def test_classes_are_renamed_in_labels_answers_and_manifest() -> None:
    release = built(pets_job(), ("csv", "jsonl"), class_remap={"cat": "feline"})
    line = lines(release)[0]
    assert line["value"]["class"] == "feline"
    assert set(line["value"]["posterior"]) == {"feline", "dog"}
    assert {answer["annotations"][0]["class"] for answer in line["answers"]} == {"feline"}
    rows = list(csv.DictReader(io.StringIO(content(release, "labels.csv").decode(), newline="")))
    assert [row["class"] for row in rows[:2]] == ["feline", "dog"]
    assert set(manifest_of(release)["counts"]["annotations_by_class"]) <= {"feline", "dog"}
    assert manifest_of(release)["wishes"]["class_remap"] == {"cat": "feline"}


def test_merged_classes_share_their_belief_and_dropped_ones_are_gone() -> None:
    merged = lines(built(pets_job(), class_remap={"cat": "pet", "dog": "pet"}))
    assert merged[0]["value"]["posterior"] == {"pet": pytest.approx(1.0)}
    dropped = lines(built(pets_job(), class_remap={"dog": None}))
    assert dropped[1]["value"]["class"] is None
    assert dropped[1]["answers"][0]["annotations"] == []
    assert "dog" not in dropped[0]["value"]["posterior"]


@pytest.mark.parametrize(
    ("names", "field"),
    [
        ({"cow": "animal"}, "class_remap.cow"),
        ({"cat": "dog", "dog": "wolf"}, "class_remap.cat"),
        ({"cat": None, "dog": None}, "class_remap.cat"),
    ],
)
def test_remap_in_conflict_with_itself_is_refused(names: dict[str, str | None], field: str) -> None:
    with pytest.raises(BadWish) as caught:
        built(pets_job(), class_remap=names)
    assert caught.value.field == field
    assert not Release.objects.exists()


# --- parts ----------------------------------------------------------------------------------------------------------
def test_every_asset_is_in_one_part_and_the_manifest_counts_them() -> None:
    job = completed_job({f"{n}.jpg": [BOX] for n in range(12)}, annotation_type="bounding_box")
    release = built(job, ("coco", "jsonl", "voc"), split=HALVES)
    assert names_of(release) == {
        "coco-train.json", "coco-val.json", "labels.jsonl", "voc.zip", "provenance.jsonl", "manifest.json"
    }  # fmt: skip
    parts = {line["external_id"]: line["split"] for line in lines(release)}
    assert set(parts.values()) == {"train", "val"}
    for part in ("train", "val"):
        document = json.loads(content(release, f"coco-{part}.json"))
        assert {image["file_name"] for image in document["images"]} == {name for name in parts if parts[name] == part}
        counted = manifest_of(release)["counts"]["splits"][part]
        assert counted == {"assets": len(document["images"]), "annotations_by_class": {"cat": len(document["images"])}}
    with zipfile.ZipFile(io.BytesIO(content(release, "voc.zip"))) as archive:
        listed = archive.read("ImageSets/Main/val.txt").decode().split()
    assert {f"{name}.jpg" for name in listed} == {name for name in parts if parts[name] == "val"}
    described = {entry["name"]: entry.get("split") for entry in manifest_of(release)["files"]}
    assert (described["coco-val.json"], described["labels.jsonl"]) == ("val", None)


def job_with_copies(n_pictures: int = 6) -> LabelingJob:
    """Return an ended job in which each picture was uploaded twice, and labeled once."""
    photos = make.dataset()
    for turn in "ab":
        for n in range(n_pictures):
            make.image_asset(photos, external_id=f"{n}{turn}.png", colour=f"#{n:02x}8080")
    job = make.published_job(make.job(photos=photos, min_overlap=1))
    for lease in claim_tasks(job.pk, make.worker().pk, limit=100):
        make.answer(lease, annotations=CAT)
    close_job(job.pk, reason=CloseReason.COMPLETED)
    finalise_labels(job.pk)
    return LabelingJob.objects.get(pk=job.pk)


def test_copies_get_the_label_of_their_first_and_stay_in_its_part() -> None:
    release = built(job_with_copies(), split=HALVES)
    found = {line["external_id"]: line for line in lines(release)}
    assert len(found) == 12
    assert {line["split"] for line in found.values()} == {"train", "val"}
    for n in range(6):
        first, copy = found[f"{n}a.png"], found[f"{n}b.png"]
        assert (copy["split"], copy["value"]) == (first["split"], first["value"])
        assert (copy["labeled_as"], first["labeled_as"]) == (first["asset_id"], "")
        assert (len(first["answers"]), copy["answers"]) == (1, [])
    assert len({line["ordinal"] for line in found.values()}) == 12
    assert (manifest_of(release)["counts"]["exported_assets"], manifest_of(release)["counts"]["copies"]) == (12, 6)


def test_images_are_in_the_archive_of_a_format_that_holds_them() -> None:
    release = built(job_with_copies(1), ("yolo_classify",))
    [asset] = Asset.objects.filter(external_id="0a.png")
    with zipfile.ZipFile(io.BytesIO(content(release, "yolo_classify.zip"))) as archive:
        assert archive.read("train/0000_cat/0a.png").startswith(b"\x89PNG")
        assert archive.getinfo("train/0000_cat/0a.png").file_size == asset.n_bytes
        assert archive.read("images.txt").decode().split() == ["train/0000_cat/0a.png", "train/0000_cat/0b.png"]


# --- changes --------------------------------------------------------------------------------------------------------
def concluded_again(job: LabelingJob, **values: dict[str, Any]) -> None:
    """Make a newer run the job's current one; it differs in the labels of the assets that are named."""
    earlier = ConsensusRun.objects.current_of(job)
    assert earlier is not None
    ConsensusRun.objects.filter(pk=earlier.pk).update(is_current=False)
    facts = {"method": "test", "parameters": {}, "code_version": "1", "n_answers": 6, "input_sha256": "0" * 64}
    run = ConsensusRun.objects.create(job=job, number=earlier.number + 1, is_current=True, converged=True, **facts)
    for label in earlier.labels.select_related("task__asset"):
        value = values.get(label.task.asset.external_id.partition(".")[0], label.value)
        ConsensusLabel.objects.create(
            run=run,
            task=label.task,
            state=label.state,
            confidence=label.confidence,
            value=value,
            n_answers=label.n_answers,
        )


def test_delta_holds_what_was_concluded_otherwise_and_stones_for_what_was_erased() -> None:
    job = pets_job()
    first = built(job)
    concluded_again(job, b={"class": "cat", "posterior": {"cat": 0.9, "dog": 0.1}})
    Asset.objects.filter(external_id="a.jpg").update(tombstoned_at=timezone.now())
    delta = built(job, since=first)
    assert [(line["external_id"], line["value"]["class"]) for line in lines(delta)] == [("b.jpg", "cat")]
    [stone] = [json.loads(line) for line in content(delta, "tombstones.jsonl").splitlines()]
    assert stone["external_id"] == "a.jpg"
    manifest = manifest_of(delta)
    assert manifest["since"]["release"] == str(first.pk)
    assert manifest["since"]["manifest_sha256"] == manifest_of(first)["manifest_sha256"]
    assert (manifest["counts"]["exported_assets"], manifest["counts"]["tombstones"]) == (1, 1)


def test_delta_without_changes_is_empty() -> None:
    job = pets_job()
    delta = built(job, since=built(job))
    assert lines(delta) == []
    assert content(delta, "tombstones.jsonl") == b""


def test_erased_asset_is_in_no_later_release() -> None:
    job = pets_job()
    Asset.objects.filter(external_id="a.jpg").update(tombstoned_at=timezone.now())
    assert [line["external_id"] for line in lines(built(job))] == ["b.jpg", "c.jpg"]


def test_delta_starts_from_a_sealed_release_of_the_job_with_the_same_wishes() -> None:
    job, other = pets_job(), pets_job()
    first = built(job)
    with pytest.raises(NoSuchObject):
        built(other, since=first)
    unsealed = request_release(job, formats=["jsonl"], created_by_id=job.created_by_id)
    with pytest.raises(NoSuchObject):
        built(job, since=unsealed)
    with pytest.raises(BadWish) as caught:
        built(job, since=first, split=HALVES)
    assert caught.value.field == "split"


# --- what is carried ------------------------------------------------------------------------------------------------
def test_licence_and_recipe_are_carried_as_they_are() -> None:
    recipe = {"library": "albumentations", "steps": [{"name": "HorizontalFlip", "probability": 0.5, "parameters": {}}]}
    licence = {"name": "CC-BY-4.0", "url": "https://creativecommons.org/licenses/by/4.0/"}
    job = completed_job({"a.jpg": [BOX]}, annotation_type="bounding_box")
    release = built(job, ("coco",), licence=licence, augmentation=recipe)
    assert manifest_of(release)["augmentation"] == recipe
    assert manifest_of(release)["licence"] == licence
    assert json.loads(content(release, "coco.json"))["licenses"] == [{"id": 1, **licence}]


def test_side_file_goes_with_formats_that_have_no_place_for_confidence() -> None:
    job = completed_job({"a.jpg": [CAT], "b.jpg": [DOG]})
    assert names_of(built(job, ("csv",))) == {"labels.csv", "manifest.json"}
    release = built(job, ("cvat",))
    assert names_of(release) == {"annotations.xml", "provenance.jsonl", "manifest.json"}
    told = [json.loads(line) for line in content(release, "provenance.jsonl").splitlines()]
    assert [(line["external_id"], line["annotations"][0]["class"]) for line in told] == [
        ("a.jpg", "cat"), ("b.jpg", "dog")
    ]  # fmt: skip
    assert any("provenance.jsonl" in note for note in manifest_of(release)["notes"])
    assert manifest_of(release)["losses"] == {"cvat": ["confidence", "ids", "relations"]}
