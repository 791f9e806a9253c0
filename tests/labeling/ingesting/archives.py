"""Archives as strangers make them."""

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterable, Mapping

from labeling.models import Ingest
from tests import make

Files = Mapping[str, bytes]


def zipped(
    files: Files | Iterable[tuple[zipfile.ZipInfo | str, bytes]], *, packing: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """Return a zip file."""
    out = io.BytesIO()
    entries = files.items() if isinstance(files, Mapping) else files
    with zipfile.ZipFile(out, "w", packing) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return out.getvalue()


def link(name: str, mode: int = 0o120777) -> zipfile.ZipInfo:
    """Return a member of a zip file that is a link, or what else the mode says."""
    info = zipfile.ZipInfo(name)
    info.create_system, info.external_attr = 3, mode << 16
    return info


def tarred(
    files: Files | Iterable[tarfile.TarInfo | tuple[str, bytes]], *, form: int = tarfile.PAX_FORMAT, mode: str = "w"
) -> bytes:
    """Return a tar file."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode, format=form) as archive:  # type: ignore[call-overload] # a mode by name
        for entry in files.items() if isinstance(files, Mapping) else files:
            if isinstance(entry, tarfile.TarInfo):
                archive.addfile(entry)
                continue
            info = tarfile.TarInfo(entry[0])
            info.size = len(entry[1])
            archive.addfile(info, io.BytesIO(entry[1]))
    return out.getvalue()


def special(name: str, kind: bytes, *, target: str = "/etc/passwd", size: int = 0) -> tarfile.TarInfo:
    """Return a member of a tar file that is no file."""
    info = tarfile.TarInfo(name)
    info.type, info.linkname, info.size = kind, target, size
    return info


def gzip_of_zeros(n_bytes: int) -> bytes:
    """Return a gzip file of so many zeros, packed without holding them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    piece = bytes(1 << 20)
    return b"".join(packer.compress(piece) for _ in range(n_bytes >> 20)) + packer.flush()


def with_claimed_size(archive: bytes, n_bytes: int) -> bytes:
    """Return a zip file of one member that claims another size in its table of contents."""
    data = bytearray(archive)
    at = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, n_bytes)
    return bytes(data)


def outcomes(ingest: Ingest) -> dict[str, str]:
    """Return the code of each item by its name, `created` of those that were taken."""
    return {item.name: item.code or "created" for item in ingest.items.order_by("ordinal")}


def picture(colour: str = "teal") -> bytes:
    """Return an image."""
    return make.image_bytes(colour=colour)
