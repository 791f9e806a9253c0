"""Open Images: tables of boxes, of classes of whole images, and of masks with their PNG images.

Source: Kuznetsova et al. 2020, doi:10.1007/s11263-020-01316-z, and https://storage.googleapis.com/openimages/web.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

import numpy as np

from labeling.core.formats import masks
from labeling.core.formats.archives import Member, zipped
from labeling.core.formats.base import Export, Format, LabeledTask, Loss, pieces_of
from labeling.core.formats.final import CLASSIFICATIONS, FinalAnnotation, final_annotations
from labeling.core.formats.names import Name, named
from labeling.core.formats.png import png
from labeling.core.formats.tables import line

WHOLE = "train"
# Parts have names of their own there.
_PARTS = {"val": "validation"}
_BOX = (
    "ImageID", "Source", "LabelName", "Confidence", "XMin", "XMax", "YMin", "YMax", "IsOccluded", "IsTruncated",
    "IsGroupOf", "IsDepiction", "IsInside",
)  # fmt: skip
_MASK = (
    "MaskPath", "ImageID", "LabelName", "BoxID", "BoxXMin", "BoxXMax", "BoxYMin", "BoxYMax", "PredictedIoU", "Clicks",
)  # fmt: skip
_CLASS = ("ImageID", "Source", "LabelName", "Confidence")
_IMAGE = ("ImageID", "Subset", "OriginalURL", "OriginalSize", "Rotation")
_SOURCE = "verification"


def _members(export: Export) -> Iterator[Member]:
    yield Member("annotations/oidv6-class-descriptions.csv", _classes(export))
    parts = [_PARTS.get(part, part) for part in export.splits or [WHOLE]]
    kind, header = _KINDS.get(export.annotation_type, ("annotations-human-imagelabels", _CLASS))
    tables = {part: _table(export, header) for part in parts}
    with _table(export, _IMAGE) as images:
        try:
            for task, name in named(export.tasks()):
                part = _PARTS.get(task.split, task.split) or WHOLE
                if task.is_answered:
                    images.write(line((name.stem, part, "", "", "0.0")))
                    yield from _rows(task, name, part, tables[part])
            yield Member("annotations/image_ids_and_rotation.csv", pieces_of(images))
            for part, table in tables.items():
                yield Member(f"annotations/{part}-{kind}.csv", pieces_of(table))
        finally:
            for table in tables.values():
                table.close()


def _table(export: Export, header: Sequence[str]) -> BinaryIO:
    table = export.scratch()
    table.write(line(header))
    return table


def _rows(task: LabeledTask, name: Name, part: str, table: BinaryIO) -> Iterator[Member]:
    """Write the lines of a task, and yield what goes with them."""
    for found in final_annotations(task):
        if not found.member:
            table.write(line((name.stem, _SOURCE, found.class_name, _confidence(found))))
        elif found.member == "box":
            if task.width and task.height:
                flags = [_flag(found, attribute) for attribute in ("occluded", "truncated")]
                places = _places(found.shape, task.width, task.height)
                cells = (name.stem, _SOURCE, found.class_name, _confidence(found), *places, *flags, "0", "0", "0")
                table.write(line(cells))
        else:
            yield from _mask(name, part, found, table)


def _mask(name: Name, part: str, found: FinalAnnotation, table: BinaryIO) -> Iterator[Member]:
    height, width = found.shape["size"]
    path = f"{name.stem}_{found.id if found.id.isalnum() else 'x' + found.id.encode().hex()}.png"
    places = _places(masks.mask_bounds(found.shape), width, height)
    table.write(line((path, name.stem, found.class_name, path.removesuffix(".png"), *places, _confidence(found), "")))
    yield Member(f"masks/{part}/{path}", png(masks.pixels_of(found.shape).astype(np.uint8) * np.uint8(255)))


def _places(box: Sequence[float], width: int, height: int) -> list[str]:
    x1, y1, x2, y2 = box
    return [f"{share:.8f}" for share in (x1 / width, x2 / width, y1 / height, y2 / height)]


def _flag(found: FinalAnnotation, name: str) -> str:
    value = found.attributes.get(name)
    return str(int(value)) if isinstance(value, bool) else "-1"


def _confidence(found: FinalAnnotation) -> str:
    return "" if found.confidence is None else repr(found.confidence)


def _classes(export: Export) -> bytes:
    return line(("LabelName", "DisplayName")) + b"".join(line((name, name)) for name in export.class_names)


_KINDS = {
    "bounding_box": ("annotations-bbox", _BOX),
    "instance_segmentation": ("annotations-object-segmentation", _MASK),
}

OPEN_IMAGES = Format(
    file_name="open_images.zip",
    content_type="application/zip",
    annotation_types=CLASSIFICATIONS | set(_KINDS),
    lost=frozenset({Loss.ATTRIBUTES, Loss.IDS, Loss.NAMES, Loss.RELATIONS}),
    has_side_file=True,
    notes=(
        "open_images.zip: LabelName is the name of the class; where an attribute occluded or truncated is not stated, "
        "its column is -1; a box in an image of unknown size is left out. A mask's PredictedIoU is its confidence.",
        "open_images.zip: without a split everything is in train. Tasks that nobody answered are left out.",
    ),
    write=zipped(_members),
)
