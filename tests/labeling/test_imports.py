"""Annotations made elsewhere: matched to assets, checked, and kept as pre-labels."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labeling.core.imports import IMPORTS, ImportFormat, Item, Source, UnreadableFile
from labeling.errors import InvalidInput
from labeling.models import AnnotationImport, ImportItem, ImportPurpose, PreLabel
from labeling.services import Outcome, Prepared, keep_prelabels, read_import
from marketplace.operations.errors import TryAgainLater
from marketplace.operations.models import Operation, OperationState
from marketplace.operations.services import cancel_operation, claim_operation
from quality.services import run_import
from tests import make
from tests.labeling.core.imports.files import archive
from tests.labeling.importing import coco, imported, requested, told

pytestmark = pytest.mark.django_db

BOX = [10, 20, 30, 40]
CANONICAL = [{"id": "1", "class": "cat", "box": [10.0, 20.0, 40.0, 60.0]}]


def test_a_prelabel_is_canonical_and_says_where_it_comes_from() -> None:
    made = imported(coco(("asset-1", "cat", BOX)))

    [label] = PreLabel.objects.all()
    assert (label.asset.external_id, label.annotations, label.n_annotations) == ("asset-1", CANONICAL, 1)
    assert (label.source, label.version, label.score, label.schema_version) == ("detector", "1", None, 1)
    assert (label.annotation_import, label.project, label.job) == (made, made.project, None)
    assert made.operation.state == OperationState.SUCCEEDED
    assert made.operation.result == {"import": str(made.pk), "n_taken": 1, "n_unchanged": 0, "n_refused": 0}


def test_each_item_is_taken_or_refused_for_itself_in_the_order_of_the_file() -> None:
    content = coco(
        ("asset-2", "cat", BOX),
        ("nowhere", "cat", BOX),
        ("asset-1", "bus", BOX),
        ("asset-3", "cat", [1, 1, 5000, 5]),
    )
    made = imported(content)

    assert told(made) == [
        ("asset-2", "taken", None),
        ("nowhere", "refused", "no_such_asset"),
        ("asset-1", "refused", "unknown_class"),
        ("asset-3", "refused", "invalid_annotation"),
    ]
    assert (made.n_taken, made.n_refused) == (1, 3)
    last = ImportItem.objects.get(annotation_import=made, ordinal=4)
    assert (last.problem or {})["field"] == "annotations[0].box"


def test_an_image_without_annotations_is_one_in_which_nothing_is() -> None:
    imported(coco(names=("asset-1",)))
    assert PreLabel.objects.get().annotations == []


def test_a_size_that_is_not_the_asset_s_is_refused() -> None:
    assert told(imported(coco(("asset-1", "cat", BOX), size=(320, 240)))) == [("asset-1", "refused", "other_size")]


def test_the_class_map_renames_and_leaves_out() -> None:
    content = coco(("asset-1", "Katze", BOX), ("asset-1", "bus", BOX))
    made = imported(content, class_map={"Katze": "cat", "bus": None})
    assert PreLabel.objects.get().annotations == CANONICAL
    assert ImportItem.objects.get(annotation_import=made).n_left_out == 1


# --- which asset is meant -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("external_ids", "name", "state", "code"),
    [
        (["a.jpg", "x/a.jpg"], "x/a.jpg", "taken", None),
        (["photos/a.jpg"], "train2017/a.jpg", "taken", None),
        (["photos\\a.jpg"], "a.jpg", "taken", None),
        (["x/a.jpg", "y/a.jpg"], "a.jpg", "refused", "ambiguous_name"),
        (["x/a.jpg", "y/a.jpg"], "data/x/a.jpg", "taken", None),
        (["x/a.jpg", "y/a.jpg"], "z/a.jpg", "refused", "ambiguous_name"),
        (["a.jpg"], "a.png", "refused", "no_such_asset"),
        (["a.jpg"], "A.jpg", "refused", "no_such_asset"),
        (["a.jpg"], "x" * 1900, "refused", "no_such_asset"),
    ],
)
def test_an_asset_goes_by_its_name_or_by_that_of_its_file_where_only_one_has_it(
    external_ids: Sequence[str], name: str, state: str, code: str | None
) -> None:
    photos = make.dataset()
    for external_id in external_ids:
        make.asset(photos, external_id=external_id)
    assert [entry[1:] for entry in told(imported(coco((name, "cat", BOX)), photos=photos))] == [(state, code)]


def test_labels_without_a_suffix_go_by_the_stem_and_are_turned_into_pixels_of_the_asset() -> None:
    photos = make.dataset()
    make.asset(photos, external_id="photos/one.v2.jpg")
    make.asset(photos, external_id="photos/one.jpg")
    content = archive({"data.yaml": "names: [cat]", "labels/train/one.v2.txt": "0 0.5 0.5 0.5 0.5"})
    imported(content, photos=photos, form="yolo")
    [label] = PreLabel.objects.select_related("asset")
    assert (label.asset.external_id, label.annotations[0]["box"]) == ("photos/one.v2.jpg", [160.0, 120.0, 480.0, 360.0])


def test_assets_of_another_dataset_and_erased_ones_are_not_found() -> None:
    photos = make.dataset(n_assets=1)
    elsewhere = make.asset(make.dataset(photos.organization), external_id="other.jpg")
    erased = make.asset(photos, external_id="gone.jpg")
    type(erased).objects.filter(pk=erased.pk).update(tombstoned_at=timezone.now())
    content = coco((elsewhere.external_id, "cat", BOX), ("gone.jpg", "cat", BOX))
    assert [code for _, _, code in told(imported(content, photos=photos))] == ["no_such_asset"] * 2


def test_of_a_job_only_the_assets_of_its_snapshot_are_found() -> None:
    photos = make.dataset(n_assets=1)
    drafted = make.job(photos=photos, annotation_type="bounding_box")
    make.asset(photos, external_id="later")
    made = imported(coco(("asset-1", "cat", BOX), ("later", "cat", BOX)), job=drafted)
    assert told(made) == [("asset-1", "taken", None), ("later", "refused", "no_such_asset")]
    assert PreLabel.objects.get().job == drafted


# --- again, and at once ---------------------------------------------------------------------------------------------
def test_the_same_file_again_changes_nothing_and_a_different_guess_of_one_version_is_refused() -> None:
    photos = make.dataset(n_assets=2)
    plan = make.project(photos.organization)
    terms: dict[str, Any] = {"photos": photos, "plan": plan}
    imported(coco(("asset-1", "cat", BOX)), **terms)
    assert told(imported(coco(("asset-1", "cat", BOX)), **terms)) == [("asset-1", "unchanged", None)]
    assert told(imported(coco(("asset-1", "dog", BOX)), **terms)) == [("asset-1", "refused", "prelabel_exists")]
    assert told(imported(coco(("asset-1", "dog", BOX)), version="2", **terms)) == [("asset-1", "taken", None)]
    assert PreLabel.objects.count() == 2


def test_an_asset_that_a_file_names_twice_is_taken_once() -> None:
    photos = make.dataset(n_assets=1)
    content = archive({"data.yaml": "names: [cat]", "a/asset-1.txt": "0 .5 .5 .5 .5", "b/asset-1.txt": "0 .5 .5 .1 .1"})
    states = [state for _, state, _ in told(imported(content, photos=photos, form="yolo"))]
    assert states == ["taken", "refused"]


def test_a_run_that_was_cut_off_goes_on_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.services.imports.reading.CHUNK", 2)
    made = requested(coco(*((f"asset-{n}", "cat", BOX) for n in (1, 2, 3))))
    calls: list[list[str]] = []

    def dies_at_the_second(annotation_import: AnnotationImport, prepared: Sequence[Prepared]) -> list[Outcome]:
        calls.append([each.asset.external_id for each in prepared])
        if len(calls) == 2:
            raise MemoryError
        return keep_prelabels(annotation_import, prepared)

    with pytest.raises(MemoryError):
        read_import(made.pk, keep=dies_at_the_second)
    assert PreLabel.objects.count() == 2
    with pytest.raises(TryAgainLater):
        run_import(made.pk)
    Operation.objects.filter(pk=made.operation_id).update(runner_until=timezone.now() - timedelta(seconds=1))
    read_import(made.pk, keep=dies_at_the_second)

    assert calls == [["asset-1", "asset-2"], ["asset-3"], ["asset-3"]]
    assert [name for name, _, _ in told(made)] == ["asset-1", "asset-2", "asset-3"]
    assert AnnotationImport.objects.get(pk=made.pk).n_taken == 3


def test_a_runner_that_lost_its_lease_keeps_nothing() -> None:
    made = requested(coco(("asset-1", "cat", BOX)))

    def overtaken(annotation_import: AnnotationImport, prepared: Sequence[Prepared]) -> list[Outcome]:
        raise AssertionError("The lease is looked at before anything is kept.")

    claimed = claim_operation(made.operation_id, now=timezone.now())
    assert claimed is not None
    with pytest.raises(TryAgainLater):
        read_import(made.pk, keep=overtaken)
    cancel_operation(made.operation_id, now=timezone.now())
    read_import(made.pk, keep=overtaken)
    assert not default_storage.exists(made.storage_key)


def test_a_finished_import_is_not_read_again_and_its_file_is_gone() -> None:
    made = imported(coco(("asset-1", "cat", BOX)))
    run_import(made.pk)
    assert ImportItem.objects.count() == 1
    assert not default_storage.exists(made.storage_key)


def test_what_was_read_before_a_file_broke_off_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks_off(source: Source, annotation_type: str) -> Iterator[Item]:
        yield next(whole(source, annotation_type))
        raise UnreadableFile("The file broke off.")

    whole = IMPORTS["coco"].read
    broken = ImportFormat(annotation_types=IMPORTS["coco"].annotation_types, read=breaks_off)
    made = requested(coco(("asset-1", "cat", BOX), ("asset-2", "cat", BOX)))
    monkeypatch.setitem(IMPORTS, "coco", broken)
    monkeypatch.setattr("labeling.services.imports.reading.CHUNK", 1)
    run_import(made.pk)

    operation = Operation.objects.get(pk=made.operation_id)
    assert operation.state == OperationState.FAILED
    assert operation.error["code"] == "unreadable_file"
    assert operation.error["n_taken"] == 1
    assert PreLabel.objects.count() == 1


def test_many_items_take_few_queries() -> None:
    photos = make.dataset(n_assets=150)
    made = requested(coco(*((f"asset-{n}", "cat", BOX) for n in range(1, 151))), photos=photos)
    with CaptureQueriesContext(connection) as queries:
        run_import(made.pk)
    assert PreLabel.objects.count() == 150
    assert len(queries) <= 30


def test_a_prelabel_cannot_be_changed() -> None:
    imported(coco(("asset-1", "cat", BOX)))
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        PreLabel.objects.update(version="2")


# --- asking ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"form": "voc", "annotation_type": "polygon"}, "format"),
        ({"class_map": {"a": "no such class"}}, "class_map.a"),
        ({"purpose": ImportPurpose.GOLD}, "job"),
    ],
)
def test_what_cannot_be_meant_is_refused_when_it_is_asked_for(terms: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        requested(coco(), **terms)
    assert refusal.value.field == field
    assert AnnotationImport.objects.count() == 0


def test_an_image_that_takes_too_long_to_read_is_refused_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.services.imports.reading.ITEM_CPU_S", -1.0)
    assert told(imported(coco(("asset-1", "cat", BOX), names=("asset-2",)))) == [
        ("asset-1", "refused", "too_intricate"),
        ("asset-2", "taken", None),
    ]


def test_what_comes_after_the_time_of_an_import_is_refused_item_by_item(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labeling.services.imports.reading.IMPORT_CPU_S", 0.0)
    read = coco(("asset-1", "cat", BOX), ("asset-2", "cat", BOX), ("asset-3", "cat", BOX))
    assert told(imported(read)) == [
        ("asset-1", "taken", None),
        ("asset-2", "refused", "import_too_long"),
        ("asset-3", "refused", "import_too_long"),
    ]


def test_the_lease_is_renewed_between_the_shapes_of_one_image(monkeypatch: pytest.MonkeyPatch) -> None:
    beats: list[int] = []
    monkeypatch.setattr("labeling.services.imports.reading.Beats.beat", lambda *_, n_read=0: beats.append(n_read))
    imported(coco(("asset-1", "cat", BOX)))
    few = len(beats)
    imported(coco(*[("asset-1", "cat", [number, 20, 30, 40]) for number in range(50)]))
    assert len(beats) - few >= few + 49
