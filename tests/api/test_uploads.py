"""Images and references on their way in."""

import hashlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from labeling.models import Asset, Dataset
from tests import make
from tests.api.expect import body_of, nothing_written, problem_of, with_key
from tests.conftest import Cast, ClientFactory, JsonClient


@pytest.fixture
def owner(cast: Cast, client_of: ClientFactory) -> JsonClient:
    return client_of(cast.owner)


@pytest.fixture
def dataset(cast: Cast) -> Dataset:
    return make.dataset(cast.home)


def _file(content: bytes | None = None, name: str = "photo.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, make.image_bytes() if content is None else content)


def _upload(client: JsonClient, dataset: Dataset, *files: SimpleUploadedFile, key: str = "", **fields: Any) -> Any:
    headers = with_key(key) if key else {}
    url = f"/api/v1/datasets/{dataset.pk}/images"
    return client.post(url, {"file": list(files), **fields}, format="multipart", headers=headers)


def _refer(client: JsonClient, dataset: Dataset, *assets: dict[str, Any]) -> Any:
    return client.post(f"/api/v1/datasets/{dataset.pk}/external-assets", {"assets": list(assets)})


def test_an_image_is_measured_and_served_again(owner: JsonClient, dataset: Dataset) -> None:
    original = make.image_bytes(width=40, height=30, encoding="JPEG")
    [item] = body_of(_upload(owner, dataset, _file(original, "../../evil.png"), external_id="cat-1"))["items"]
    assert (item["index"], item["status"]) == (0, "created")
    asset = item["asset"]
    assert (asset["external_id"], asset["kind"], asset["content_type"]) == ("cat-1", "image", "image/jpeg")
    assert (asset["width"], asset["height"], asset["original_width"], asset["original_height"]) == (40, 30, 40, 30)
    assert asset["sha256"] == hashlib.sha256(original).hexdigest()

    served = owner.get(f"/api/v1/assets/{asset['id']}/content")
    assert (served.status_code, served["Content-Type"]) == (200, "image/jpeg")
    assert served["X-Content-Type-Options"] == "nosniff"
    assert served["Content-Disposition"] == f'inline; filename="{asset["id"]}.jpeg"'
    assert len(served.content) == asset["n_bytes"]
    assert "evil" not in Asset.objects.get().storage_key


def test_of_several_images_each_is_taken_or_refused_for_itself(owner: JsonClient, dataset: Dataset) -> None:
    files = [_file(), _file(b"no image at all"), _file()]
    items = body_of(_upload(owner, dataset, *files, external_id=["a", "b", "a"]))["items"]
    assert [item["status"] for item in items] == ["created", "refused", "refused"]
    assert [item["problem"]["code"] for item in items[1:]] == ["unknown_image_format", "duplicate_external_id"]
    assert [item["problem"]["field"] for item in items[1:]] == ["file", "external_id"]
    assert [asset.external_id for asset in dataset.assets.all()] == ["a"]


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"GIF89a this is no image", 415, "unknown_image_format"),
        (b"", 415, "unknown_image_format"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", 415, "unknown_image_format"),
        (make.image_bytes(width=300, height=300)[:150], 400, "truncated_image"),
    ],
)
def test_a_single_bad_image_is_refused_as_a_whole(
    owner: JsonClient, dataset: Dataset, content: bytes, status: int, code: str
) -> None:
    with nothing_written():
        problem_of(_upload(owner, dataset, _file(content), key="k"), status, code, "file")


def test_an_oversized_image_is_refused(owner: JsonClient, dataset: Dataset, settings: Settings) -> None:
    settings.MAX_IMAGE_BYTES = 60
    with nothing_written():
        problem = problem_of(_upload(owner, dataset, _file()), 413, "image_too_large", "file")
    assert problem["limit"] == 60
    settings.MAX_IMAGE_BYTES = 1_000_000
    settings.MAX_IMAGE_PIXELS = 100
    with nothing_written():
        problem_of(_upload(owner, dataset, _file()), 400, "too_many_pixels", "file")


def test_a_name_that_is_taken_is_refused(owner: JsonClient, dataset: Dataset) -> None:
    make.image_asset(dataset, external_id="cat-1")
    with nothing_written():
        problem_of(_upload(owner, dataset, _file(), external_id="cat-1"), 409, "duplicate_external_id", "external_id")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"external_id": ["one", "two"]}, "external_id"),
        ({"external_id": ["one\ntwo"]}, "external_id[0]"),
        ({"external_id": ["x" * 201]}, "external_id[0]"),
        ({"sequence": ["a", "b"]}, "sequence"),
        ({"sequence": ["a\nb"]}, "sequence[0]"),
        ({"frame": ["1", "2"]}, "frame"),
        ({"frame": ["-1"]}, "frame[0]"),
        ({"frame": ["1.0"]}, "frame[0]"),
        ({"frame": ["9999999999"]}, "frame[0]"),
        ({"frame": ["\u0661"]}, "frame[0]"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_malformed_form_is_refused_by_name(
    owner: JsonClient, dataset: Dataset, fields: dict[str, Any], field: str
) -> None:
    with nothing_written():
        problem_of(_upload(owner, dataset, _file(), **fields), 400, "invalid", field)


def test_images_of_a_form_may_be_frames_of_sequences(owner: JsonClient, dataset: Dataset) -> None:
    files = [_file(make.image_bytes(colour=colour)) for colour in ("red", "blue")]
    fields: dict[str, Any] = {"external_id": ["one", "two"], "sequence": ["drive", ""], "frame": ["7", ""]}
    assert _upload(owner, dataset, *files, **fields).status_code == 200
    told = dataset.assets.order_by("external_id").values_list("external_id", "sequence", "frame")
    assert list(told) == [("one", "drive", 7), ("two", "", None)]


def test_a_form_brings_one_to_twenty_files(owner: JsonClient, dataset: Dataset) -> None:
    with nothing_written():
        problem_of(_upload(owner, dataset), 400, "invalid", "file")
        problem_of(_upload(owner, dataset, *[_file(b"x")] * 21), 400, "invalid", "file")
        url = f"/api/v1/datasets/{dataset.pk}/images"
        problem_of(owner.post(url, {"file": "text"}), 415, "unsupported_media_type")


def test_an_upload_sent_again_under_its_key_is_kept_once(owner: JsonClient, dataset: Dataset) -> None:
    first = _upload(owner, dataset, _file(), key="once")
    second = _upload(owner, dataset, _file(), key="once")
    assert (second.status_code, second.content) == (200, first.content)
    assert dataset.assets.count() == 1


def test_references_are_made_or_refused_each_for_itself(owner: JsonClient, dataset: Dataset) -> None:
    make.asset(dataset, external_id="a")
    references: list[dict[str, Any]] = [
        {"external_id": "a"},
        {"external_id": "b", "width": 10, "height": 20},
        {"external_id": "b"},
    ]
    items = body_of(_refer(owner, dataset, *references))["items"]
    assert [item["status"] for item in items] == ["refused", "created", "refused"]
    assert items[0]["problem"] == {
        "field": "assets[0].external_id",
        "code": "duplicate_external_id",
        "detail": "The dataset already has an asset of this name.",
    }
    assert (items[1]["asset"]["kind"], items[1]["asset"]["width"], items[1]["asset"]["height"]) == ("external", 10, 20)
    assert dataset.assets.count() == 2


@pytest.mark.parametrize(
    ("reference", "field"),
    [
        ({}, "assets[1].external_id"),
        ({"external_id": ""}, "assets[1].external_id"),
        ({"external_id": 5}, "assets[1].external_id"),
        ({"external_id": "a\u202eb"}, "assets[1].external_id"),
        ({"external_id": "x", "width": 0}, "assets[1].width"),
        ({"external_id": "x", "width": "NaN"}, "assets[1].width"),
        ({"external_id": "x", "width": "1_0"}, "assets[1].width"),
        ({"external_id": "x", "width": " 5 "}, "assets[1].width"),
        ({"external_id": "x", "width": "5"}, "assets[1].width"),
        ({"external_id": "x", "width": 5.0}, "assets[1].width"),
        ({"external_id": "x", "width": True}, "assets[1].width"),
        ({"external_id": "x", "height": "\u0661\u0662"}, "assets[1].height"),
        ({"external_id": "x", "url": "http://169.254.169.254/"}, "assets[1].url"),
        (5, "assets[1]"),
        (None, "assets[1]"),
        ([], "assets[1]"),
    ],
)
def test_a_malformed_reference_is_refused_by_name_and_the_others_are_made(
    owner: JsonClient, dataset: Dataset, reference: Any, field: str
) -> None:
    items = body_of(_refer(owner, dataset, {"external_id": "a"}, reference, {"external_id": "a"}))["items"]
    assert [(item["index"], item["status"]) for item in items] == [(0, "created"), (1, "refused"), (2, "refused")]
    assert (items[1]["problem"]["code"], items[1]["problem"]["field"]) == ("invalid_input", field)
    assert (items[2]["problem"]["code"], items[2]["problem"]["field"]) == (
        "duplicate_external_id",
        "assets[2].external_id",
    )
    assert [asset.external_id for asset in dataset.assets.all()] == ["a"]


def test_a_list_that_is_none_is_refused_as_a_whole(owner: JsonClient, dataset: Dataset) -> None:
    url = f"/api/v1/datasets/{dataset.pk}/external-assets"
    with nothing_written():
        for assets in ([], {"0": {"external_id": "a"}}, "a", None, [{"external_id": "a"}] * 1001):
            problem_of(owner.post(url, {"assets": assets}), 400, "invalid", "assets")


def test_a_name_that_is_no_utf_8_is_refused_by_its_field(owner: JsonClient, dataset: Dataset) -> None:
    parts = [
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + make.image_bytes(),
        b'--b\r\nContent-Disposition: form-data; name="external_id"\r\n\r\ncat-\xff\xfe',
        b"--b--\r\n",
    ]
    url = f"/api/v1/datasets/{dataset.pk}/images"
    with nothing_written():
        body: Any = b"\r\n".join(parts)
        answer = owner.generic("POST", url, body, content_type="multipart/form-data; boundary=b")
        problem_of(answer, 400, "invalid", "external_id[0]")


def test_many_references_take_few_queries(owner: JsonClient, dataset: Dataset) -> None:
    owner.get("/api/v1/datasets")
    with CaptureQueriesContext(connection) as queries:
        body_of(_refer(owner, dataset, *({"external_id": f"asset-{n}"} for n in range(1000))))
    assert dataset.assets.count() == 1000
    assert len(queries) <= 8


def test_assets_are_listed_by_page(owner: JsonClient, dataset: Dataset) -> None:
    for n in range(3):
        make.asset(dataset, external_id=f"a{n}")
    url = f"/api/v1/datasets/{dataset.pk}/assets"
    first = body_of(owner.get(url, {"limit": 2}))
    last = body_of(owner.get(url, {"limit": 2, "after": first["next"]}))
    assert [item["external_id"] for item in (*first["items"], *last["items"])] == ["a0", "a1", "a2"]
    assert last["next"] is None


def test_a_reference_has_no_content(owner: JsonClient, dataset: Dataset) -> None:
    problem_of(owner.get(f"/api/v1/assets/{make.asset(dataset).pk}/content"), 404, "not_found")
