"""Ingests, flaws and thresholds over HTTP."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.models import Asset, Dataset, Ingest
from labeling.services import run_ingest
from tests import make
from tests.api.expect import body_of, nothing_written, problem_of, with_key
from tests.conftest import Cast, ClientFactory, JsonClient
from tests.labeling.ingesting.archives import picture, zipped
from tests.orders import flow


@pytest.fixture
def owner(cast: Cast, client_of: ClientFactory) -> JsonClient:
    return client_of(cast.owner)


@pytest.fixture
def dataset(cast: Cast) -> Dataset:
    return make.dataset(cast.home)


def _send(client: JsonClient, dataset: Dataset, content: bytes, *, key: str = "", **fields: Any) -> Any:
    form = {"file": SimpleUploadedFile("any", content), **fields}
    url = f"/api/v1/datasets/{dataset.pk}/ingests"
    return client.post(url, form, format="multipart", headers=with_key(key) if key else {})


def test_an_archive_is_accepted_and_its_items_are_paged(owner: JsonClient, dataset: Dataset) -> None:
    files = {f"{n}.png": make.image_bytes(width=20 + n) for n in range(4)} | {"bad.png": b"x"}
    sent = body_of(_send(owner, dataset, zipped(files), source="archive"), 202)
    assert (sent["state"], sent["n_created"], sent["source"]) == ("queued", 0, "archive")
    flow.run_to_rest()
    ended = body_of(owner.get(f"/api/v1/ingests/{sent['id']}"))
    assert (ended["state"], ended["percent"], ended["n_created"], ended["n_refused"]) == ("succeeded", 100, 4, 1)
    operation = body_of(owner.get(f"/api/v1/operations/{ended['operation']}"))
    assert operation["result"]["n_created"] == 4
    items, url = [], f"/api/v1/ingests/{sent['id']}/items?limit=2"
    page = body_of(owner.get(url))
    items += page["items"]
    while page["next"]:
        page = body_of(owner.get(f"{url}&after={page['next']}"))
        items += page["items"]
    assert [item["name"] for item in items] == list(files)
    assert [item["code"] for item in items] == ["", "", "", "", "unknown_image_format"]
    assert items[0]["asset"] == str(Asset.objects.get(external_id="0.png").pk)
    refused = body_of(owner.get(f"/api/v1/ingests/{sent['id']}/items?status=refused"))["items"]
    assert [item["name"] for item in refused] == ["bad.png"]
    assert len(body_of(owner.get(f"/api/v1/datasets/{dataset.pk}/ingests"))["items"]) == 1


def test_an_upload_sent_again_is_one_ingest(owner: JsonClient, dataset: Dataset) -> None:
    first = _send(owner, dataset, zipped({}), key="once", source="archive")
    second = _send(owner, dataset, zipped({}), key="once", source="archive")
    assert first.content == second.content
    assert Ingest.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"source": "archive"}, 400, "invalid_input", "file"),
        ({"source": "floppy"}, 400, "invalid", "source"),
        ({"source": "bucket", "storage": "default"}, 404, "no_such_storage", "storage"),
        ({"source": "bucket", "storage": "photos", "colour": "red"}, 400, "invalid", "colour"),
        ({"storage": "photos"}, 400, "invalid", "source"),
    ],
)
def test_a_malformed_order_is_refused_by_name(
    owner: JsonClient, dataset: Dataset, body: dict[str, Any], status: int, code: str, field: str
) -> None:
    with nothing_written():
        problem_of(owner.post(f"/api/v1/datasets/{dataset.pk}/ingests", body), status, code, field)


def test_a_refused_archive_says_why(owner: JsonClient, dataset: Dataset) -> None:
    sent = body_of(_send(owner, dataset, b"no archive", source="archive"), 202)
    run_ingest(sent["id"])
    ended = body_of(owner.get(f"/api/v1/ingests/{sent['id']}"))
    assert (ended["state"], ended["error"]["code"]) == ("failed", "unknown_archive")


def test_items_of_a_large_ingest_cost_the_same_statements(owner: JsonClient, dataset: Dataset) -> None:
    lines = b"".join(b'{"external_id": "%d"}\n{"external_id": ""}\n' % n for n in range(200))
    ingest = make.ingested(dataset, content=lines)
    counts = []
    for limit in (1, 2, 200):  # the first also notes that the token was used
        with CaptureQueriesContext(connection) as queries:
            assert len(body_of(owner.get(f"/api/v1/ingests/{ingest.pk}/items?limit={limit}"))["items"]) == limit
        counts.append(len(queries))
    assert counts[1] == counts[2]


def test_flaws_are_listed_and_decided(owner: JsonClient, dataset: Dataset) -> None:
    for name in ("first", "copy"):
        make.image_asset(dataset, external_id=name, width=100, height=100)
    url = f"/api/v1/datasets/{dataset.pk}/flaws"
    [flaw] = body_of(owner.get(f"{url}?kind=exact_duplicate"))["items"]
    first, copy = Asset.objects.order_by("id")
    assert (flaw["asset"], flaw["other"], flaw["decision"]) == (str(copy.pk), str(first.pk), "merged")

    def listed(**query: str) -> list[str]:
        found = owner.get(f"/api/v1/datasets/{dataset.pk}/assets", query)
        return [asset["external_id"] for asset in body_of(found)["items"]]

    assert listed(flaw="exact_duplicate") == ["copy"]
    assert (listed(is_labeled="true"), listed(is_labeled="false")) == (["first"], ["copy"])
    decided = owner.post(f"{url}/decide", {"flaws": [flaw["id"]], "decision": "kept"})
    assert body_of(decided) == {"n_flaws": 1}
    assert listed(is_labeled="true") == ["first", "copy"]
    assert body_of(owner.post(f"{url}/decide", {"kind": "blurred", "decision": "excluded"})) == {"n_flaws": 2}
    assert listed(is_labeled="true") == []
    assert len(body_of(owner.get(f"{url}?decision=excluded"))["items"]) == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"decision": "kept"}, "flaws"),
        ({"decision": "kept", "flaws": []}, "flaws"),
        ({"decision": "kept", "flaws": [0]}, "flaws[0]"),
        ({"decision": "kept", "flaws": ["1"]}, "flaws[0]"),
        ({"decision": "kept", "flaws": [1], "kind": "dark"}, "flaws"),
        ({"decision": "burned", "kind": "dark"}, "decision"),
        ({"decision": "kept", "kind": "ugly"}, "kind"),
    ],
)
def test_a_malformed_decision_is_refused(owner: JsonClient, dataset: Dataset, body: dict[str, Any], field: str) -> None:
    with nothing_written():
        problem_of(owner.post(f"/api/v1/datasets/{dataset.pk}/flaws/decide", body), 400, "invalid", field)


def test_what_cannot_be_merged_is_refused(owner: JsonClient, dataset: Dataset) -> None:
    make.image_asset(dataset)
    with nothing_written():
        refused = owner.post(f"/api/v1/datasets/{dataset.pk}/flaws/decide", {"kind": "tiny", "decision": "merged"})
        problem_of(refused, 409, "not_mergeable")


def test_thresholds_are_told_and_changed(owner: JsonClient, dataset: Dataset) -> None:
    url = f"/api/v1/datasets/{dataset.pk}/thresholds"
    usual = body_of(owner.get(url))
    assert usual["dark"] == 0.2
    assert body_of(owner.post(url, {"dark": 0.1})) == {**usual, "dark": 0.1}
    assert body_of(owner.get(url))["dark"] == 0.1
    with nothing_written():
        problem_of(owner.post(url, {"dark": 2}), 400, "invalid", "dark")
        problem_of(owner.post(url, {"dark": "0.1"}), 400, "invalid", "dark")
        problem_of(owner.post(url, {"colour": 1}), 400, "invalid", "colour")


def test_content_and_thumbnail_are_for_members_and_for_whoever_holds_the_lease(
    cast: Cast, client_of: ClientFactory, dataset: Dataset
) -> None:
    asset = make.image_asset(dataset)
    opened = make.published_job(make.job(photos=dataset))
    worker, stranger = make.worker(), client_of(cast.stranger)
    paths = [f"/api/v1/assets/{asset.pk}/{name}" for name in ("content", "thumbnail")]
    assert [client_of(worker).get(path).status_code for path in paths] == [404, 404]
    held = make.lease(opened, by=worker)
    assert [client_of(worker).get(path).status_code for path in paths] == [200, 200]
    for member in (cast.team_mate, cast.manager, cast.reviewer):
        assert [client_of(member).get(path).status_code for path in paths] == [200, 200]
    assert [stranger.get(path).status_code for path in paths] == [404, 404]
    make.answer(held)
    assert [client_of(worker).get(path).status_code for path in paths] == [404, 404]


def test_a_cloud_is_served_as_points_and_has_no_thumbnail(owner: JsonClient, dataset: Dataset) -> None:
    make.ingested(dataset, source="archive", content=zipped({"a.bin": bytes(64), "b.png": picture()}))
    asset = Asset.objects.get(external_id="a.bin")
    served = owner.get(f"/api/v1/assets/{asset.pk}/content")
    assert (served.status_code, served["Content-Type"], served.content) == (200, "application/octet-stream", bytes(64))
    assert owner.get(f"/api/v1/assets/{asset.pk}/thumbnail").status_code == 404
    [shown] = body_of(owner.get(f"/api/v1/datasets/{dataset.pk}/assets?kind=point_cloud"))["items"]
    assert (shown["n_points"], shown["bounds"]) == (4, [0, 0, 0, 0, 0, 0])
