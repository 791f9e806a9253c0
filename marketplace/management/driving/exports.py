"""Exported files: fetched, checked against the manifest, and read back."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import orjson

from labeling.core.formats import formats_of
from marketplace.management.driving.client import Api
from marketplace.management.driving.errors import DrivingError

# What people know best comes first; the labels are read back from the last.
FAVOURITES = ("csv", "coco_panoptic", "coco", "cvat")
LABELS, LABELS_FORMAT = "labels.jsonl", "jsonl"


def formats_to_take(annotation_type: str) -> tuple[str, ...]:
    """Return the formats in which a demonstration takes labels home."""
    can = formats_of(annotation_type)
    return (*[name for name in FAVOURITES if name in can][:1], LABELS_FORMAT)


async def fetch_release(api: Api, release: dict[str, Any], folder: Path) -> list[Path]:
    """Download the files of a release into a folder.

    Raises
    ------
    DrivingError
        A file is not what the release, or its manifest, says it is.
    """
    sealed = {file["name"]: file for file in release["manifest"]["files"]}
    contents: dict[str, bytes] = {}
    for file in release["files"]:
        name = Path(file["name"]).name
        content = await api.download(file["url"])
        for promise in filter(None, (file, sealed.get(name))):
            check_file(name, content, promise)
        contents[name] = content
    missing = sealed.keys() - contents.keys()
    if missing:
        raise DrivingError(f"The manifest names files that the release lacks: {', '.join(sorted(missing))}.")
    return _written(folder, contents)


def _written(folder: Path, contents: dict[str, bytes]) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in contents]


def check_file(name: str, content: bytes, promise: dict[str, Any]) -> None:
    """Compare a file with the size and the checksum that were promised."""
    if len(content) != promise["n_bytes"] or hashlib.sha256(content).hexdigest() != promise["sha256"]:
        raise DrivingError(f"The exported file {name} does not match its checksum.")


def read_labels(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the exported documents by external id."""
    documents = (orjson.loads(line) for line in (folder / LABELS).read_bytes().splitlines())
    return {document["external_id"]: document for document in documents}
