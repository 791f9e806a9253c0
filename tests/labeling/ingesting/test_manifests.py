"""Manifests: a line at a time, references by the million, URLs fetched with care."""

from ipaddress import ip_network
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from labeling.models import Asset, Ingest
from labeling.services.ingests import run
from marketplace.operations.models import OperationState
from tests import make
from tests.labeling.ingesting.archives import outcomes, picture
from tests.labeling.ingesting.serving import file, serving, status

pytestmark = pytest.mark.django_db


def ingested(content: bytes | str, photos: Any = None) -> Ingest:
    data = content if isinstance(content, bytes) else content.encode()
    return make.ingested(photos, source="manifest", content=data)


@pytest.fixture
def on_loopback(settings: Settings) -> None:
    settings.FETCH_NETWORKS = (ip_network("127.0.0.1/32"),)
    settings.FETCH_S = 5


@pytest.mark.parametrize(
    "content",
    [
        '{"external_id": "a", "width": 640, "height": 480}\n{"external_id": "b \\\\ \\u00fc"}\n\n',
        '\ufeff{"external_id": "a", "width": 640, "height": 480}\r\n{"external_id": "b \\\\ ü"}',
        "external_id,width,height\na,640,480\nb \\ ü,,\n",
        '\ufeffwidth,height,external_id\r\n640,480,a\r\n,,"b \\ ü"',
    ],
)
def test_references_are_read_in_both_forms(content: str) -> None:
    ingest = ingested(content)
    assert ingest.operation.error is None
    rows = Asset.objects.order_by("ingest_ordinal").values_list("external_id", "kind", "width", "height")
    assert list(rows) == [("a", "external", 640, 480), ("b \\ ü", "external", None, None)]
    assert (ingest.n_created, ingest.n_refused) == (2, 0)


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        "null",
        "{}",
        '{"external_id": 5}',
        '{"external_id": ""}',
        '{"external_id": " a"}',
        '{"external_id": "a\\u0000b"}',
        '{"external_id": "a\\nb"}',
        '{"external_id": "a\\tb"}',
        '{"external_id": "\\ud800"}',
        '{"external_id": "a\\u202eb"}',
        f'{{"external_id": "{"x" * 201}"}}',
        '{"external_id": "a", "width": 0}',
        '{"external_id": "a", "width": -1}',
        '{"external_id": "a", "width": 1.5}',
        '{"external_id": "a", "width": "640"}',
        '{"external_id": "a", "width": true}',
        '{"external_id": "a", "width": 1000001}',
        '{"external_id": "a", "colour": "red"}',
        '{"external_id": "a", "url": 7}',
        '{"external_id": "a", "url": ""}',
        '{"external_id": "a", "url": "http://x.example/' + "y" * 2_000 + '"}',
        '{"external_id": "a"}' + " " * 20_000,
        "[" * 10_000,
    ],
)
def test_a_bad_line_is_refused_and_the_others_are_not(line: str) -> None:
    ingest = ingested('{"external_id": "first"}\n' + line + '\n{"external_id": "last"}\n')
    assert [(item.ordinal, item.code) for item in ingest.items.order_by("ordinal")] == [
        (1, ""),
        (2, "bad_line"),
        (3, ""),
    ]


@pytest.mark.parametrize("line", ["a", "a,1,2,3", "a,x,2", "a,²,2", '"a', '"two\nlines",1,2', ",1,2"])
def test_a_bad_line_of_csv_is_refused(line: str) -> None:
    ingest = ingested("external_id,width,height\nfirst,,\n" + line + "\nlast,,\n")
    assert set(outcomes(ingest).values()) == {"created", "bad_line"}
    assert {"first", "last"} <= {asset.external_id for asset in Asset.objects.all()}


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"colour,size\n", b"external_id,external_id\n", b"\xff\xfe", b"width\n1\n"]
)
def test_what_is_no_manifest_is_refused(content: bytes) -> None:
    ingest = ingested(content)
    assert ingest.operation.state == OperationState.FAILED
    assert ingest.operation.error["code"] == "bad_manifest"


def test_bytes_that_are_no_utf_8_are_refused() -> None:
    ingest = ingested(b'{"external_id": "a"}\n{"external_id": "\xff"}\n')
    assert [item.code for item in ingest.items.order_by("ordinal")] == ["", "bad_line"]


def test_names_that_are_taken_are_refused_one_by_one() -> None:
    photos = make.dataset(n_assets=1)  # asset-1
    ingest = ingested("external_id\nasset-1\nb\nb\nc\n", photos)
    assert [item.code for item in ingest.items.order_by("ordinal")] == [
        "duplicate_external_id",
        "",
        "duplicate_external_id",
        "",
    ]
    assert (ingest.n_created, ingest.n_refused) == (2, 2)


def test_many_references_go_in_by_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "BATCH_ENTRIES", 700)
    ingest = ingested("external_id\n" + "".join(f"ref-{n}\n" for n in range(2_000)))
    assert (ingest.n_created, ingest.dataset.assets.count()) == (2_000, 2_000)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT ingest_ordinal), min(ingest_ordinal), max(ingest_ordinal) FROM labeling_asset"
        )
        assert cursor.fetchone() == (2_000, 2, 2_001)


@pytest.mark.usefixtures("on_loopback")
def test_urls_are_fetched_and_kept_as_images_and_clouds() -> None:
    answers = {
        "/red.png": file(picture("red")),
        "/blue.png": file(picture("blue")),
        "/page": file(b"<html>"),
        "/gone": status(404),
        "/scan.bin": file(bytes(160)),
    }
    with serving(answers) as (port, asked):
        base = f"http://127.0.0.1:{port}"
        lines = [
            f'{{"external_id": "red", "url": "{base}/red.png"}}',
            f'{{"url": "{base}/blue.png?sig=1"}}',
            f'{{"external_id": "page", "url": "{base}/page"}}',
            f'{{"external_id": "gone", "url": "{base}/gone"}}',
            f'{{"external_id": "scan", "url": "{base}/scan.bin?sig=1"}}',
            '{"external_id": "elsewhere"}',
        ]
        ingest = ingested("\n".join(lines))
    assert outcomes(ingest) == {
        "red": "created",
        f"{base}/blue.png?sig=1": "created",
        "page": "unknown_image_format",
        "gone": "fetch_failed",
        "scan": "created",
        "elsewhere": "created",
    }
    assert len(asked) == 5
    kinds = dict(Asset.objects.values_list("external_id", "kind"))
    assert (kinds["red"], kinds["scan"], kinds["elsewhere"]) == ("image", "point_cloud", "external")


def test_urls_that_lead_inside_are_refused_without_the_setting() -> None:
    with serving({"/red.png": file(picture("red"))}) as (port, asked):
        ingest = ingested(f'{{"external_id": "red", "url": "http://127.0.0.1:{port}/red.png"}}')
    assert outcomes(ingest) == {"red": "url_refused"}
    assert asked == []
