"""Files of annotations over HTTP."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from labeling.models import AnnotationImport, LabelingJob, PreLabel, Project
from marketplace.live.models import Delivery
from marketplace.live.services.deliver import deliver
from quality.models import GoldTask
from tests import make
from tests.api.expect import body_of, nothing_written, problem_of, with_key
from tests.conftest import Cast, ClientFactory, JsonClient
from tests.labeling.importing import coco

BOX = [10, 20, 30, 40]


@pytest.fixture
def owner(cast: Cast, client_of: ClientFactory) -> JsonClient:
    return client_of(cast.owner)


@pytest.fixture
def job(cast: Cast) -> LabelingJob:
    return make.job(home=cast.home, n_tasks=3, annotation_type="bounding_box")


def _url(job: LabelingJob) -> str:
    return f"/api/v1/projects/{job.ontology.project_id}/imports"


def _hand_in(client: JsonClient, about: LabelingJob, content: bytes = b"[]", *, key: str = "", **changes: Any) -> Any:
    form = {"file": SimpleUploadedFile("labels.json", content), "format": "coco", "as": "prelabels"}
    said = form | {"source": "detector", "job": str(about.pk)} | changes
    fields = {name: value for name, value in said.items() if value is not None}
    return client.post(_url(about), fields, format="multipart", headers=with_key(key) if key else {})


def _deliver_all() -> None:
    for delivery_id in Delivery.objects.filter(done_at=None).values_list("pk", flat=True):
        deliver(delivery_id)


def test_a_file_is_handed_in_read_and_told_of_item_by_item(owner: JsonClient, job: LabelingJob) -> None:
    content = coco(("asset-1", "cat", BOX), ("x", "cat", BOX), ("asset-2", "Hund", BOX))
    made = body_of(_hand_in(owner, job, content, version="3", class_map='{"Hund": "dog"}'), 202)
    assert (made["state"], made["as"], made["class_map"], made["n_taken"]) == (
        "queued",
        "prelabels",
        {"Hund": "dog"},
        0,
    )
    assert body_of(owner.get(f"/api/v1/operations/{made['operation']}"))["kind"] == "import"

    _deliver_all()

    ended = body_of(owner.get(f"/api/v1/imports/{made['id']}"))
    assert (ended["state"], ended["percent"], ended["n_taken"], ended["n_refused"]) == ("succeeded", 100, 2, 1)
    assert body_of(owner.get(_url(job)))["items"] == [ended]
    url = f"/api/v1/imports/{made['id']}/items"
    first = body_of(owner.get(url, {"limit": 2}))
    rest = body_of(owner.get(url, {"limit": 2, "after": first["next"]}))
    assert [(each["ordinal"], each["name"]) for each in first["items"] + rest["items"]] == [
        (1, "asset-1"),
        (2, "x"),
        (3, "asset-2"),
    ]
    [refused] = body_of(owner.get(url, {"state": "refused"}))["items"]
    assert refused["problem"]["code"] == "no_such_asset"
    labels = body_of(owner.get(f"/api/v1/projects/{job.ontology.project_id}/prelabels", {"job": str(job.pk)}))["items"]
    assert [(label["source"], label["version"], label["annotations"][0]["class"]) for label in labels] == [
        ("detector", "3", "cat"),
        ("detector", "3", "dog"),
    ]


def test_a_file_may_be_known_answers(owner: JsonClient, job: LabelingJob) -> None:
    body_of(_hand_in(owner, job, coco(("asset-1", "cat", BOX)), source=None, **{"as": "gold"}), 202)
    _deliver_all()
    assert GoldTask.objects.get().asset.external_id == "asset-1"


def test_a_dataset_s_assets_are_spoken_of_in_the_project_s_latest_words(owner: JsonClient, job: LabelingJob) -> None:
    make.ontology(job.ontology.project, classes=("bird",))
    fields: dict[str, Any] = {"job": None, "dataset": str(job.snapshot.dataset_id), "annotation_type": "bounding_box"}
    body_of(_hand_in(owner, job, coco(("asset-1", "bird", BOX)), **fields), 202)
    _deliver_all()
    assert PreLabel.objects.get().annotations[0]["class"] == "bird"


def test_sent_again_under_its_key_it_is_kept_once(owner: JsonClient, job: LabelingJob) -> None:
    first, second = (_hand_in(owner, job, coco(("asset-1", "cat", BOX)), key="once") for _ in range(2))
    assert (second.status_code, second.content) == (202, first.content)
    assert AnnotationImport.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"format": "unheard-of"}, "invalid", "format"),
        ({"as": "truth"}, "invalid", "as"),
        ({"as": None}, "invalid", "as"),
        ({"file": None}, "invalid", "file"),
        ({"job": None}, "invalid", "dataset"),
        ({"job": "not-an-id"}, "invalid", "job"),
        ({"annotation_type": "bounding_box"}, "invalid", "annotation_type"),
        ({"class_map": "{"}, "invalid", "class_map"),
        ({"class_map": "[]"}, "invalid", "class_map"),
        ({"class_map": '{"a": 1}'}, "invalid", "class_map"),
        ({"class_map": '{"a": {"b": {}}}'}, "invalid", "class_map"),
        ({"class_map": '{"a": "elephant"}'}, "invalid_input", "class_map.a"),
        ({"source": None}, "invalid_input", "source"),
        ({"format": "coco_panoptic"}, "invalid_input", "format"),
        ({"colour": "red"}, "invalid", "colour"),
    ],
)
def test_a_malformed_form_is_refused_by_name(
    owner: JsonClient, job: LabelingJob, changes: dict[str, Any], code: str, field: str
) -> None:
    with nothing_written():
        problem_of(_hand_in(owner, job, coco(), **changes), 400, code, field)


def test_what_belongs_to_others_is_not_there(owner: JsonClient, job: LabelingJob) -> None:
    theirs = make.job(annotation_type="bounding_box")
    with nothing_written():
        problem_of(_hand_in(owner, job, coco(), job=str(theirs.pk)), 404, "not_found", "job")
        fields: dict[str, Any] = {
            "job": None,
            "dataset": str(theirs.snapshot.dataset_id),
            "annotation_type": "bounding_box",
        }
        problem_of(_hand_in(owner, job, coco(), **fields), 404, "not_found", "dataset")


def test_a_job_of_another_project_is_refused(owner: JsonClient, job: LabelingJob, cast: Cast) -> None:
    other = make.job(home=cast.home, annotation_type="bounding_box")
    problem_of(_hand_in(owner, job, coco(), job=str(other.pk)), 400, "invalid_input", "job")


def test_a_project_without_words_is_refused(owner: JsonClient, job: LabelingJob, cast: Cast) -> None:
    empty: Project = make.project(cast.home)
    form = {
        "file": SimpleUploadedFile("labels.json", b"[]"),
        "format": "coco",
        "as": "prelabels",
        "source": "detector",
        "dataset": str(job.snapshot.dataset_id),
        "annotation_type": "bounding_box",
    }
    answer = owner.post(f"/api/v1/projects/{empty.pk}/imports", form, format="multipart")
    problem_of(answer, 400, "invalid_input", "ontology")


def test_a_file_that_is_too_large_is_refused(
    owner: JsonClient, job: LabelingJob, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labeling.services.imports.request.MAX_FILE_BYTES", 10)
    with nothing_written():
        problem_of(_hand_in(owner, job, coco()), 413, "file_too_large", "file")


def test_a_file_that_is_none_of_its_format_fails_its_operation(owner: JsonClient, job: LabelingJob) -> None:
    made = body_of(_hand_in(owner, job, b"nonsense"), 202)
    _deliver_all()
    ended = body_of(owner.get(f"/api/v1/imports/{made['id']}"))
    assert (ended["state"], ended["error"]["code"]) == ("failed", "unreadable_file")
