"""Archives, read by the standard library, which shares nothing with ours."""

import tarfile
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO

import pytest

from labeling.core.formats.archives import Member, tarred, zipped
from labeling.core.formats.base import Export
from tests.labeling.core.formats.tasks import AT, exporting

Members = Callable[[Export], Iterator[Member]]
TEXTS = {"a.txt": b"cat\n" * 1_000, "labels/train/\u732b.txt": b"", "pixels/b.png": bytes(range(256)) * 9}


def whole(_: Export) -> Iterator[Member]:
    """Yield members whose content is at hand."""
    return (Member(path, content) for path, content in TEXTS.items())


def in_pieces(_: Export) -> Iterator[Member]:
    """Yield members whose content comes a byte at a time."""
    return (
        Member(path, (content[at : at + 1] for at in range(len(content))), len(content))
        for path, content in TEXTS.items()
    )


@pytest.mark.parametrize("members", [whole, in_pieces])
def test_zip_holds_its_members(members: Members) -> None:
    with zipfile.ZipFile(BytesIO(b"".join(zipped(members)(exporting(()))))) as archive:
        assert archive.testzip() is None
        assert {entry.filename: archive.read(entry) for entry in archive.infolist()} == TEXTS
        assert {entry.date_time for entry in archive.infolist()} == {(2026, 3, 1, 12, 30, 14)}
        assert archive.getinfo("a.txt").compress_size < 100


@pytest.mark.parametrize("members", [whole, in_pieces])
def test_tar_holds_its_members(members: Members) -> None:
    with tarfile.open(fileobj=BytesIO(b"".join(tarred(members)(exporting(()))))) as archive:
        found = {entry.name: archive.extractfile(entry).read() for entry in archive.getmembers()}  # type: ignore[union-attr]  # files
        assert found == TEXTS
        assert {entry.mtime for entry in archive.getmembers()} == {int(AT.timestamp())}


def test_zip_has_room_for_more_members_than_sixteen_bits_count() -> None:
    def many(_: Export) -> Iterator[Member]:
        return (Member(f"{number}.txt", b"%d" % number) for number in range(70_000))

    with zipfile.ZipFile(BytesIO(b"".join(zipped(many)(exporting(()))))) as archive:
        assert len(archive.namelist()) == 70_000
        assert archive.read("69999.txt") == b"69999"


def test_tar_takes_a_long_path_apart_and_refuses_a_longer_one() -> None:
    long = f"{'d' * 90}/{'n' * 95}.jpg"
    with tarfile.open(
        fileobj=BytesIO(b"".join(tarred(lambda _: iter([Member(long, b"1")]))(exporting(()))))
    ) as archive:
        assert archive.getnames() == [long]
    with pytest.raises(ValueError, match="too long"):
        list(tarred(lambda _: iter([Member("n" * 101, b"1")]))(exporting(())))


def test_content_of_another_size_than_was_told_is_not_written_as_if_it_were_right() -> None:
    with pytest.raises(ValueError, match="has 2 bytes and not 3"):
        list(tarred(lambda _: iter([Member("a", iter([b"1", b"2"]), 3)]))(exporting(())))
