"""Buckets: files that are read where they are, by those who may, and opened by signed URLs."""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape

import pytest
from django.core.files.storage import default_storage, storages
from PIL import Image
from pytest_django import Settings

from labeling.errors import InvalidInput, NoSuchStorage
from labeling.models import Asset, Dataset
from labeling.services import run_ingest
from marketplace.operations.models import Operation
from tests import make
from tests.conftest import Cast, ClientFactory
from tests.labeling.ingesting.archives import outcomes, picture, zipped
from tests.labeling.ingesting.serving import Answer, serving

pytestmark = pytest.mark.django_db

FILES = {
    "2026/a.png": picture("red"),
    "2026/sub/b.png": picture("blue"),
    "2026/sub/broken.png": b"x",
    "old/c.png": picture(),
}


@pytest.fixture
def photos(cast: Cast) -> Dataset:
    return make.dataset(cast.home)


@pytest.fixture
def folder(settings: Settings, photos: Dataset, tmp_path: Path) -> Path:
    """Return the folder behind a configured storage that only the dataset's organization may read."""
    root = tmp_path / "bucket"
    for key, data in FILES.items():
        (root / key).parent.mkdir(parents=True, exist_ok=True)
        (root / key).write_bytes(data)
    _configure(settings, photos, "django.core.files.storage.FileSystemStorage", location=str(root))
    return root


def _configure(settings: Settings, photos: Dataset, backend: str, **options: Any) -> None:
    settings.STORAGES = {**settings.STORAGES, "photos": {"BACKEND": backend, "OPTIONS": options}}
    settings.BUCKETS = {"photos": frozenset({str(photos.organization_id)})}


@pytest.fixture
def s3(settings: Settings, photos: Dataset) -> Iterator[list[str]]:
    """Serve the files as S3 does, as far as it is used; yield the paths that were asked for."""

    def listing(handler: Any) -> None:
        query = parse_qs(urlsplit(handler.path).query)
        prefix, marker = (query.get(name, [""])[0] for name in ("prefix", "marker"))
        keys = [key for key in sorted(FILES) if key.startswith(prefix) and key > marker]
        page, more = keys[:2], len(keys) > 2
        contents = "".join(
            f"<Contents><Key>{escape(key)}</Key><Size>{len(FILES[key])}</Size></Contents>" for key in page
        )
        body = f"<ListBucketResult><IsTruncated>{str(more).lower()}</IsTruncated>{contents}</ListBucketResult>".encode()
        _send(handler, body, "application/xml")

    answers: dict[str, Answer] = {"/bucket": listing, "/bucket/": listing}
    for key, data in FILES.items():
        answers[f"/bucket/{key}"] = lambda handler, data=data: _send(handler, data, "image/png")  # type: ignore[misc]
    with serving(answers) as (port, asked):
        _configure(
            settings,
            photos,
            "storages.backends.s3.S3Storage",
            bucket_name="bucket",
            endpoint_url=f"http://127.0.0.1:{port}",
            access_key="access",
            secret_key="very-secret",
            region_name="eu-1",
            addressing_style="path",
            signature_version="s3v4",
            querystring_expire=300,
        )
        yield asked


def _send(handler: Any, body: bytes, content_type: str) -> None:
    handler.send_response(200)
    for name, value in (
        ("Content-Type", content_type),
        ("Content-Length", str(len(body))),
        ("ETag", f'"{hashlib.md5(body, usedforsecurity=False).hexdigest()}"'),
        ("Last-Modified", "Wed, 25 Nov 2026 10:00:00 GMT"),
    ):
        handler.send_header(name, value)
    handler.end_headers()
    if handler.command == "GET":
        handler.wfile.write(body)


def ingested(photos: Dataset, *, source: str = "bucket", key: str = "") -> Any:
    return make.ingested(photos, source=source, storage="photos", key=key)


@pytest.mark.usefixtures("folder")
def test_files_are_measured_and_stay_where_they_are(photos: Dataset) -> None:
    ingest = ingested(photos, key="2026/")
    assert outcomes(ingest) == {
        "2026/a.png": "created",
        "2026/sub/b.png": "created",
        "2026/sub/broken.png": "unknown_image_format",
    }
    asset = Asset.objects.get(external_id="2026/a.png")
    assert (asset.kind, asset.storage, asset.storage_key) == ("image", "photos", "2026/a.png")
    assert (asset.width, asset.height, asset.sha256) == (32, 24, hashlib.sha256(FILES["2026/a.png"]).hexdigest())
    assert asset.n_bytes == len(FILES["2026/a.png"])
    assert not default_storage.exists(f"assets/{photos.pk}")
    with default_storage.open(asset.features.thumbnail_key) as thumbnail:
        assert Image.open(thumbnail).size == (32, 24)


def test_a_listing_goes_on_after_the_last_key(photos: Dataset, folder: Path) -> None:
    ingest = make.ingest(photos, source="bucket", storage="photos", key="2026")
    ingest.cursor = {"key": "2026/a.png", "ordinal": 1}
    ingest.save()
    (folder / "2026/a-later.png").write_bytes(picture("gold"))  # before the place reached
    run_ingest(ingest.pk)
    assert [item.ordinal for item in ingest.items.order_by("ordinal")] == [2, 3]


@pytest.mark.usefixtures("folder")
def test_a_file_without_signed_urls_is_passed_on(photos: Dataset, cast: Cast, client_of: ClientFactory) -> None:
    ingested(photos, key="2026/a")
    asset = Asset.objects.get()
    served = client_of(cast.reviewer).get(f"/api/v1/assets/{asset.pk}/content")
    assert (served.status_code, served["Content-Type"]) == (200, "image/png")
    assert served.content == FILES["2026/a.png"]
    assert client_of(cast.stranger).get(f"/api/v1/assets/{asset.pk}/content").status_code == 404


def test_a_file_is_passed_on_as_what_it_is(photos: Dataset, folder: Path, cast: Cast, client_of: ClientFactory) -> None:
    out = io.BytesIO()
    Image.new("RGB", (30, 20), "gold").save(out, "WEBP", lossless=True)  # kept here, it would become a PNG
    (folder / "gold.webp").write_bytes(out.getvalue())
    ingested(photos, key="gold")
    served = client_of(cast.manager).get(f"/api/v1/assets/{Asset.objects.get().pk}/content")
    assert (served["Content-Type"], served.content) == ("image/webp", out.getvalue())


@pytest.mark.usefixtures("folder")
def test_another_organization_reads_nothing(photos: Dataset) -> None:
    with pytest.raises(NoSuchStorage):
        ingested(make.dataset())
    for name in ("default", "staticfiles", "nowhere"):
        with pytest.raises(NoSuchStorage):
            make.ingest(photos, source="bucket", storage=name, key="")


def test_a_right_that_was_taken_back_ends_the_ingest(photos: Dataset, folder: Path, settings: Settings) -> None:
    ingest = make.ingest(photos, source="bucket", storage="photos", key="")
    settings.BUCKETS = {}
    run_ingest(ingest.pk)
    assert Operation.objects.get().error["code"] == "no_such_storage"
    assert folder.exists()


def test_an_archive_and_a_manifest_are_read_from_a_bucket(photos: Dataset, folder: Path) -> None:
    (folder / "all.zip").write_bytes(zipped({"x.png": picture("gold")}))
    (folder / "list.jsonl").write_bytes(b'{"external_id": "far"}\n')
    assert outcomes(ingested(photos, source="archive", key="all.zip")) == {"x.png": "created"}
    assert outcomes(ingested(photos, source="manifest", key="list.jsonl")) == {"far": "created"}
    assert (folder / "all.zip").exists()
    assert ingested(photos, source="archive", key="gone.zip").operation.error["code"] == "source_refused"


@pytest.mark.parametrize("key", ["../secret.zip", "/etc/passwd", "a/../../secret.zip"])
@pytest.mark.usefixtures("folder")
def test_a_key_that_leads_out_of_a_folder_is_refused(photos: Dataset, tmp_path: Path, key: str) -> None:
    (tmp_path / "secret.zip").write_bytes(zipped({"x.png": picture()}))
    ingest = ingested(photos, source="archive", key=key)
    assert ingest.operation.error["code"] == "source_refused"
    bucket = ingested(photos, key=key)
    assert outcomes(bucket) == {}


def test_what_is_to_be_read_is_named_once(photos: Dataset) -> None:
    with pytest.raises(InvalidInput):
        make.ingest(photos, source="bucket", content=b"x")


def test_images_of_an_s3_bucket_are_opened_by_signed_urls(
    s3: list[str], photos: Dataset, cast: Cast, client_of: ClientFactory
) -> None:
    ingest = ingested(photos, key="2026/")
    assert list(outcomes(ingest).values()) == ["created", "created", "unknown_image_format"]
    assert len([path for path in s3 if path.startswith("/bucket?")]) == 2  # pages
    asset = Asset.objects.get(external_id="2026/a.png")
    sent = client_of(cast.manager).get(f"/api/v1/assets/{asset.pk}/content")
    assert sent.status_code == 302
    url = urlsplit(sent["Location"])
    assert url.path == "/bucket/2026/a.png"
    query = parse_qs(url.query)
    assert query["X-Amz-Expires"] == ["300"]
    assert "X-Amz-Signature" in query
    assert "very-secret" not in sent["Location"]
    assert client_of(cast.stranger).get(f"/api/v1/assets/{asset.pk}/content").status_code == 404
    thumbnail = client_of(cast.manager).get(f"/api/v1/assets/{asset.pk}/thumbnail")
    assert Image.open(io.BytesIO(thumbnail.content)).size == (32, 24)


def test_credentials_stand_in_no_row(s3: list[str], photos: Dataset) -> None:
    ingest = ingested(photos)
    assert s3
    rows = [vars(ingest), vars(ingest.operation), *Asset.objects.values()]
    assert "very-secret" not in repr(rows)
    assert storages["photos"].secret_key == "very-secret"  # type: ignore[attr-defined] # of an S3 storage
