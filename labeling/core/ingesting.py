"""What an ingest finds, item by item, before anything is kept."""

from typing import Any, NamedTuple


class Reference(NamedTuple):
    """Something whose bytes are elsewhere, and where it is a frame of what."""

    external_id: str
    width: int | None
    height: int | None
    sequence: str = ""
    frame: int | None = None


class Link(NamedTuple):
    """A file to be fetched."""

    external_id: str
    url: str
    sequence: str = ""
    frame: int | None = None


class Content(NamedTuple):
    """A file that was read."""

    external_id: str
    data: bytes


class Key(NamedTuple):
    """A file in a bucket."""

    external_id: str
    key: str


class Refused(NamedTuple):
    """An item that is not taken."""

    name: str
    code: str
    detail: str


Item = Reference | Link | Content | Key | Refused


class Entry(NamedTuple):
    """An item, its place from 1, where to go on after it, and the share of all that is read by then."""

    ordinal: int
    item: Item
    cursor: dict[str, Any]
    share: float
