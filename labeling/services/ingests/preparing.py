"""Files become images and clouds, several at a time and before any row is locked."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from django.conf import settings
from django.core.files.storage import Storage

from labeling.adapters.buckets import read_key
from labeling.adapters.fetching import FetchLimits, fetch_all
from labeling.adapters.images import N_CHILDREN, DecodedImage, DecodersBusy
from labeling.core.ingesting import Content, Entry, Key, Link
from labeling.core.pointclouds import PointCloud, PointCloudFault, read_point_cloud
from labeling.errors import FetchFailed, UnreadablePointCloud
from labeling.services.assets import CloudFile, read_image
from labeling.services.ingests.reading import is_point_cloud, max_bytes_of
from marketplace.operations.errors import DomainError, TryAgainLater


class Prepared(NamedTuple):
    """A file that was read, or the refusal that it met; `key` of one that stays in its bucket."""

    ordinal: int
    external_id: str
    result: DecodedImage | CloudFile | DomainError
    key: str = ""
    sequence: str = ""
    frame: int | None = None


def prepare(entries: Sequence[Entry], storage: Storage) -> list[Prepared]:
    """Fetch, read and decode the files among the entries, in their order.

    Raises
    ------
    TryAgainLater
        Others keep the decoders busy.
    """
    links = [entry for entry in entries if isinstance(entry.item, Link)]
    fetched = dict(zip((link.ordinal for link in links), _fetched(links), strict=True))
    with ThreadPoolExecutor(N_CHILDREN) as threads:
        prepared = list(
            threads.map(lambda entry: _prepared(entry, storage, fetched.get(entry.ordinal)), _files(entries))
        )
    if any(isinstance(each.result, DecodersBusy) for each in prepared):
        raise TryAgainLater
    return prepared


def _files(entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in entries if isinstance(entry.item, Link | Content | Key)]


def _fetched(links: Sequence[Entry]) -> list[bytes | DomainError]:
    if not links:
        return []
    items = [entry.item for entry in links if isinstance(entry.item, Link)]
    limits = [
        FetchLimits(
            max_bytes=max_bytes_of(item.url.partition("?")[0]),
            total_s=settings.FETCH_S,
            networks=settings.FETCH_NETWORKS,
        )
        for item in items
    ]
    return list(fetch_all([item.url for item in items], limits=limits))


def _prepared(entry: Entry, storage: Storage, fetched: bytes | DomainError | None) -> Prepared:
    match entry.item:
        case Content(name, data):
            return Prepared(entry.ordinal, name, _read(name, data))
        case Link(name, url, sequence, frame):
            came = fetched if fetched is not None else FetchFailed("The file was not fetched.")
            result = _read(url.partition("?")[0], came) if isinstance(came, bytes) else came
            return Prepared(entry.ordinal, name, result, sequence=sequence, frame=frame)
        case Key(name, key):
            read = _attempted(lambda: _read(name, read_key(storage, key, max_bytes=max_bytes_of(name))))
            return Prepared(entry.ordinal, name, read, "" if isinstance(read, CloudFile) else key)
    raise AssertionError(entry)


def _read(name: str, data: bytes) -> DecodedImage | CloudFile | DomainError:
    return _attempted(lambda: _cloud(name, data) if is_point_cloud(name) else read_image(data))


def _attempted(
    read: Callable[[], DecodedImage | CloudFile | DomainError],
) -> DecodedImage | CloudFile | DomainError:
    try:
        return read()
    except DomainError as refusal:
        return refusal
    except FileNotFoundError:
        return FetchFailed("The file is no longer there.")


def _cloud(name: str, data: bytes) -> CloudFile:
    try:
        cloud: PointCloud = read_point_cloud(data, name=name)
    except PointCloudFault as fault:
        raise UnreadablePointCloud(str(fault)) from None
    return CloudFile.of(cloud, original=data)
