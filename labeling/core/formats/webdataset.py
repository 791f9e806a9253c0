"""WebDataset: a tar in which the files of one sample follow each other and have one name.

Source: https://github.com/webdataset/webdataset: a sample's name ends at the first dot.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from labeling.core.formats.archives import Member, tarred
from labeling.core.formats.base import Export, Format, LabeledTask, to_json
from labeling.core.formats.final import SHAPE_MEMBERS, final_annotations

_SUFFIXES = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


def _members(export: Export) -> Iterator[Member]:
    numbers = export.class_numbers
    for task in export.tasks():
        if not task.is_answered:
            continue
        key = f"{task.split}/{task.ordinal:09d}" if task.split else f"{task.ordinal:09d}"
        document = _document(task)
        found = document["annotations"]
        yield Member(f"{key}.json", to_json(document))
        if export.annotation_type == "image_classification" and found:
            yield Member(f"{key}.cls", str(numbers[found[0]["class"]]).encode())
        if task.pixels is not None:
            suffix = _SUFFIXES.get(task.pixels.content_type, "bin")
            yield Member(f"{key}.{suffix}", task.pixels.read(), n_bytes=task.pixels.n_bytes)


def _document(task: LabeledTask) -> dict[str, Any]:
    annotations = []
    for found in final_annotations(task):
        told = {"id": found.id, "class": found.class_name, "confidence": found.confidence}
        shape = {found.member: found.shape} if found.member else {}
        more = {"attributes": dict(found.attributes), "relations": list(found.relations)}
        annotations.append(told | shape | {name: value for name, value in more.items() if value})
    return {
        "external_id": task.external_id,
        "asset_id": task.asset_id,
        "sha256": task.sha256,
        "width": task.width,
        "height": task.height,
        "state": task.state,
        "n_answers": task.n_answers,
        "annotations": annotations,
    }


WEBDATASET = Format(
    file_name="webdataset.tar",
    content_type="application/x-tar",
    annotation_types=frozenset(SHAPE_MEMBERS),
    wants_pixels=True,
    notes=(
        "webdataset.tar: a sample is named by its task's ordinal, in the folder of its split where there is one; json "
        "holds the annotations as docs/annotations.md has them, cls the number of the class from 0, and the stored "
        "image follows as it is. Tasks that nobody answered are left out.",
    ),
    write=tarred(_members),
)
