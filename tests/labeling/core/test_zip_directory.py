"""How long the list of members of a zip file is: no less than what the standard library would read."""

import io
import struct
import zipfile

import pytest

from labeling.adapters import zip_members
from labeling.core.imports import UnreadableFile
from labeling.core.imports.archives import Archive
from labeling.core.zip_directory import directory_of
from labeling.errors import ArchiveTooLarge

N_MEMBERS = 300
_MEMBER_BYTES = 50


def unannounced(*, decoy: bool = False) -> bytes:
    """Return a zip whose end says one member of 50 bytes, while a wide record before it says many.

    With a decoy the locator holds the first bytes of a wide record, whose numbers would lie in the comment.
    """
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\x01\x02", 20, 3, 20, *[0] * 8, 4, *[0] * 6)
    members = b"".join([entry + b"%04d" % number for number in range(N_MEMBERS)])
    wide = struct.pack("<4sQHHLLQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, N_MEMBERS, N_MEMBERS, len(members), 0)
    place = b"PK\x06\x06\0\0\0\0" if decoy else struct.pack("<Q", len(members))
    locator = struct.pack("<4sL8sL", b"PK\x06\x07", 0, place, 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, _MEMBER_BYTES, 0, 60)
    return members + wide + locator + end + bytes(60)


@pytest.mark.parametrize("decoy", [False, True])
def test_a_wide_record_counts_though_nothing_announces_it(decoy: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    content = unannounced(decoy=decoy)
    assert len(zipfile.ZipFile(io.BytesIO(content)).infolist()) == N_MEMBERS

    monkeypatch.setattr("labeling.core.imports.archives.MAX_DIRECTORY_BYTES", 1_000)
    with pytest.raises(UnreadableFile, match="members"):
        Archive(io.BytesIO(content))
    monkeypatch.setattr(zip_members, "MAX_CONTENTS_BYTES", 1_000)
    with pytest.raises(ArchiveTooLarge):
        list(zip_members.zip_entries(io.BytesIO(content), after=0, max_total_bytes=100, max_bytes_of=lambda _: 100))


def test_the_end_of_an_ordinary_archive_is_what_is_in_it() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as made:
        made.writestr("a", b"1")
        made.writestr("b", b"2")
        made.comment = b"two"
    found = directory_of(buffer)
    assert found is not None
    assert (found.n_members, found.n_bytes) == (2, 2 * 47)
    assert directory_of(io.BytesIO(b"hello")) is None
