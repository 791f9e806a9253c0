"""Archives: what is good in them comes in, and what is made to hurt does not."""

import gzip
import random
import tarfile
import time
import zipfile

import numpy as np
import pytest
from django.core.files.storage import default_storage
from pytest_django import Settings

from labeling.adapters import tar_members, zip_members
from labeling.models import Asset, Ingest
from marketplace.operations.models import OperationState
from tests import make
from tests.labeling.ingesting.archives import (
    gzip_of_zeros,
    link,
    outcomes,
    picture,
    special,
    tarred,
    with_claimed_size,
    zipped,
)

pytestmark = pytest.mark.django_db

TWO = {"a/red.png": picture("red"), "b/blue.png": picture("blue")}


def ingested(content: bytes) -> Ingest:
    return make.ingested(source="archive", content=content)


def refusal(content: bytes) -> str:
    """Return the code with which the whole is refused."""
    ingest = ingested(content)
    assert ingest.operation.state == OperationState.FAILED
    return str(ingest.operation.error["code"])


@pytest.mark.parametrize(
    "content",
    [
        zipped(TWO),
        zipped(TWO, packing=zipfile.ZIP_STORED),
        tarred(TWO),
        tarred(TWO, form=tarfile.GNU_FORMAT),
        tarred(TWO, form=tarfile.USTAR_FORMAT),
        tarred(TWO, mode="w:gz"),
    ],
)
def test_every_kind_of_archive_gives_its_images(content: bytes) -> None:
    ingest = ingested(content)
    assert outcomes(ingest) == {"a/red.png": "created", "b/blue.png": "created"}
    assert (ingest.n_created, ingest.n_refused, ingest.operation.state) == (2, 0, "succeeded")
    assert ingest.operation.result["n_created"] == 2
    asset = Asset.objects.get(external_id="a/red.png")
    assert (asset.width, asset.height, asset.ingest, asset.ingest_ordinal) == (32, 24, ingest, 1)
    assert default_storage.exists(asset.storage_key)
    assert default_storage.exists(asset.features.thumbnail_key)
    assert not default_storage.exists(ingest.storage_key)  # the upload is not kept


@pytest.mark.parametrize("form", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])
def test_long_names_in_any_script_are_read(form: int) -> None:
    name = "Fotos/" + "ü" * 60 + "/" + "x" * 60 + ".png"
    assert outcomes(ingested(tarred({name: picture()}, form=form))) == {name: "created"}
    assert outcomes(ingested(zipped({name: picture()}))) == {name: "created"}


def test_folders_and_litter_are_passed_over() -> None:
    files = {"a/": b"", "__MACOSX/._a.png": b"x", "a/.DS_Store": b"x", "a/Thumbs.db": b"x", "a/b.png": picture()}
    assert outcomes(ingested(zipped(files))) == {"a/b.png": "created"}


@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../up.png", "a/../../up.png", "C:\\up.png", "a\\..\\up.png", "C:up.png"]
)
def test_a_path_that_leads_out_is_refused(name: str) -> None:
    for content in (
        zipped({name: picture(), "ok.png": picture("red")}),
        tarred({name: picture(), "ok.png": picture("red")}),
    ):
        assert sorted(outcomes(ingested(content)).values()) == ["created", "unsafe_member"]


@pytest.mark.parametrize("name", ["two\nlines.png", "x" * 201 + ".png", "right\u202eto-left.png"])
def test_a_name_that_cannot_be_shown_is_refused(name: str) -> None:
    assert list(outcomes(ingested(zipped({name: picture()}))).values()) == ["bad_name"]
    assert list(outcomes(ingested(tarred({name: picture()}))).values()) == ["bad_name"]


@pytest.mark.parametrize("mode", [0o120777, 0o010644, 0o020644, 0o060644, 0o140755])
def test_links_and_devices_in_a_zip_are_refused(mode: int) -> None:
    content = zipped([(link("x.png", mode), b"/etc/passwd"), ("ok.png", picture())])
    assert outcomes(ingested(content)) == {"x.png": "unsafe_member", "ok.png": "created"}


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_in_a_tar_are_refused(kind: bytes) -> None:
    content = tarred([special("x.png", kind), ("ok.png", picture())])
    assert outcomes(ingested(content)) == {"x.png": "unsafe_member", "ok.png": "created"}


def test_a_sparse_file_is_refused() -> None:
    content = tarred([special("x.png", tarfile.GNUTYPE_SPARSE), ("ok.png", picture())], form=tarfile.GNU_FORMAT)
    assert outcomes(ingested(content)) == {"x.png": "unsupported_member", "ok.png": "created"}


def test_an_encrypted_member_is_refused() -> None:
    content = bytearray(zipped({"x.png": picture()}))
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(signature) + place] |= 1
    assert outcomes(ingested(bytes(content))) == {"x.png": "encrypted_member"}


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_unusual_packings_are_refused(packing: int) -> None:
    assert outcomes(ingested(zipped({"x.png": picture()}, packing=packing))) == {"x.png": "unsupported_member"}


def test_archives_in_archives_are_refused() -> None:
    inner = zipped({"deep.png": picture()})
    files = {
        "in.zip": inner,
        "in.png": inner,
        "in.tar": tarred({"deep.png": picture()}),
        "in.tgz": gzip_of_zeros(1 << 20),
    }
    for content in (zipped(files), tarred(files)):
        assert set(outcomes(ingested(content)).values()) == {"nested_archive"}


def test_a_member_that_unpacks_to_far_more_is_refused_unread() -> None:
    content = zipped({"bomb.png": bytes(5 << 20), "ok.png": picture()})
    assert outcomes(ingested(content)) == {"bomb.png": "member_too_large", "ok.png": "created"}


def test_a_member_larger_than_an_image_may_be_is_refused(settings: Settings) -> None:
    settings.MAX_IMAGE_BYTES = 100
    for content in (zipped({"x.png": picture() * 9}), tarred({"x.png": picture() * 9})):
        assert outcomes(ingested(content)) == {"x.png": "member_too_large"}


@pytest.mark.parametrize("claimed", [10, 1_000_000])
def test_a_member_that_lies_about_its_size_is_refused(claimed: int) -> None:
    content = with_claimed_size(zipped({"x.png": picture()}), claimed)
    assert outcomes(ingested(content)) == {"x.png": "damaged_member"}


def test_a_gzip_bomb_is_refused_as_a_whole_and_soon() -> None:
    started = time.monotonic()
    header = tarred([special("x.png", tarfile.REGTYPE, size=(8 << 30) - 512)])[:512]
    assert refusal(gzip.compress(header + bytes(100 << 20), 9)) == "archive_too_large"
    assert time.monotonic() - started < 20


def test_the_total_is_bounded(settings: Settings) -> None:
    settings.MAX_UNPACKED_BYTES = 100
    assert refusal(zipped(TWO)) == "archive_too_large"
    assert refusal(tarred(TWO)) == "archive_too_large"


def test_the_number_of_members_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_members, "MAX_MEMBERS", 1)
    monkeypatch.setattr(tar_members, "MAX_MEMBERS", 1)
    assert refusal(zipped(TWO)) == "archive_too_large"
    assert refusal(tarred(TWO)) == "archive_too_large"


def test_members_that_share_bytes_are_refused() -> None:
    content = bytearray(zipped({"a.png": picture(), "b.png": picture("red")}))
    second = content.rindex(b"PK\x01\x02")
    content[second + 42 : second + 46] = bytes(4)  # it begins where the first does
    assert refusal(bytes(content)) == "archive_too_large"


@pytest.mark.parametrize("content", [b"", b"hello", b"Rar!\x1a\x07\x00" + bytes(600), picture()])
def test_what_is_no_archive_is_refused(content: bytes) -> None:
    assert refusal(content) == "unknown_archive"


@pytest.mark.parametrize("content", [zipped(TWO), tarred(TWO), tarred(TWO, mode="w:gz")])
@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_an_archive_that_is_cut_off_is_refused_and_what_came_before_stays(content: bytes, share: float) -> None:
    ingest = ingested(content[: int(len(content) * share)])
    if ingest.operation.state == OperationState.FAILED:  # a tar may be cut within its padding
        assert ingest.operation.error["code"] == "broken_archive"
    assert set(outcomes(ingest).values()) <= {"created"}
    assert ingest.n_created == ingest.dataset.assets.count()


def test_a_header_of_a_tar_that_claims_gigabytes_takes_no_memory() -> None:
    for kind in (tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE):
        assert refusal(tarred([special("x", kind, size=4 << 30), ("ok.png", picture())])) == "broken_archive"


@pytest.mark.parametrize("seed", range(40))
def test_a_damaged_archive_is_read_or_refused_and_nothing_else(seed: int) -> None:
    rng = random.Random(seed)
    content = bytearray(
        [zipped(TWO), tarred(TWO), tarred(TWO, mode="w:gz"), tarred(TWO, form=tarfile.GNU_FORMAT)][seed % 4]
    )
    for _ in range(rng.randint(1, 8)):
        content[rng.randrange(len(content))] = rng.randrange(256)
    ingest = ingested(bytes(content))
    assert ingest.operation.state in {OperationState.FAILED, OperationState.SUCCEEDED}
    assert ingest.n_created == ingest.dataset.assets.count()


def test_a_name_that_is_taken_is_refused() -> None:
    photos = make.dataset()
    make.image_asset(photos, external_id="a/red.png")
    ingest = make.ingested(photos, source="archive", content=tarred([*TWO.items(), ("b/blue.png", picture("green"))]))
    assert [item.code for item in ingest.items.order_by("ordinal")] == [
        "duplicate_external_id",
        "",
        "duplicate_external_id",
    ]
    assert photos.assets.count() == 2


def test_images_and_clouds_come_out_of_one_archive() -> None:
    points = np.arange(400, dtype="<f4")
    files = {"scan.bin": points.tobytes(), "broken.pcd": b"no cloud", "broken.png": b"no image", "ok.png": picture()}
    ingest = ingested(zipped(files))
    assert outcomes(ingest) == {
        "scan.bin": "created",
        "broken.pcd": "unreadable_point_cloud",
        "broken.png": "unknown_image_format",
        "ok.png": "created",
    }
    cloud = Asset.objects.get(external_id="scan.bin")
    assert (cloud.kind, cloud.n_points, cloud.origin) == ("point_cloud", 100, [0, 0, 0])
    assert cloud.bounds == [0, 1, 2, 396, 397, 398]
    with default_storage.open(cloud.storage_key) as file:
        assert file.read() == points.tobytes()
