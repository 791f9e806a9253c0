"""Formats in which annotations made elsewhere come: one module each, found through `IMPORTS`."""

from labeling.core.imports.base import (
    MAX_FILE_BYTES,
    ImportedAsset,
    ImportFormat,
    Item,
    ItemRefused,
    RefusedItem,
    Size,
    Source,
    UnreadableFile,
)
from labeling.core.imports.coco import COCO
from labeling.core.imports.coco_panoptic import COCO_PANOPTIC
from labeling.core.imports.cvat import CVAT
from labeling.core.imports.label_studio import LABEL_STUDIO
from labeling.core.imports.taking import Taken, Wanted, take
from labeling.core.imports.voc import VOC, VOC_DEVKIT
from labeling.core.imports.yolo import YOLO

IMPORTS: dict[str, ImportFormat] = {
    "coco": COCO,
    "coco_panoptic": COCO_PANOPTIC,
    "cvat": CVAT,
    "label_studio": LABEL_STUDIO,
    "voc": VOC,
    "voc_devkit": VOC_DEVKIT,
    "yolo": YOLO,
}

__all__ = [
    "IMPORTS",
    "MAX_FILE_BYTES",
    "ImportFormat",
    "ImportedAsset",
    "Item",
    "ItemRefused",
    "RefusedItem",
    "Size",
    "Source",
    "Taken",
    "UnreadableFile",
    "Wanted",
    "take",
]
