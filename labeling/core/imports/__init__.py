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
from labeling.core.imports.cityscapes import CITYSCAPES
from labeling.core.imports.coco import COCO
from labeling.core.imports.coco_panoptic import COCO_PANOPTIC
from labeling.core.imports.csv_classes import CSV
from labeling.core.imports.cvat import CVAT
from labeling.core.imports.geojson import GEOJSON
from labeling.core.imports.jsonl import JSONL
from labeling.core.imports.kitti import KITTI
from labeling.core.imports.label_studio import LABEL_STUDIO
from labeling.core.imports.labelme import LABELME
from labeling.core.imports.mask_png import MASK_PNG
from labeling.core.imports.open_images import OPEN_IMAGES
from labeling.core.imports.sagemaker import SAGEMAKER
from labeling.core.imports.taking import Taken, Wanted, take
from labeling.core.imports.voc import VOC, VOC_DEVKIT
from labeling.core.imports.yolo import YOLO

IMPORTS: dict[str, ImportFormat] = {
    "cityscapes": CITYSCAPES,
    "coco": COCO,
    "coco_panoptic": COCO_PANOPTIC,
    "csv": CSV,
    "cvat": CVAT,
    "geojson": GEOJSON,
    "jsonl": JSONL,
    "kitti": KITTI,
    "label_studio": LABEL_STUDIO,
    "labelme": LABELME,
    "mask_png": MASK_PNG,
    "open_images": OPEN_IMAGES,
    "sagemaker": SAGEMAKER,
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
