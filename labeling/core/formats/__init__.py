"""Export formats: one module each, found through `FORMATS`.

A writer goes through `export.tasks()` and yields bytes. What a task came to is had from `final_annotations`, file names
inside archives from `named`, archives from `zipped` and `tarred`, images of masks from `png`.
"""

from labeling.core.formats.base import (
    Checked,
    Export,
    Format,
    LabeledTask,
    Licence,
    Loss,
    Options,
    Pixels,
    RawAnswer,
)
from labeling.core.formats.cityscapes import CITYSCAPES
from labeling.core.formats.classes import LabelClass, classes_of, read_classes
from labeling.core.formats.coco import COCO
from labeling.core.formats.coco_panoptic import COCO_PANOPTIC
from labeling.core.formats.csv_classes import CSV_CLASSES
from labeling.core.formats.cvat import CVAT
from labeling.core.formats.geojson import GEOJSON
from labeling.core.formats.jsonl import JSONL
from labeling.core.formats.kitti import KITTI, KITTI_3D
from labeling.core.formats.label_studio import LABEL_STUDIO
from labeling.core.formats.labelme import LABELME
from labeling.core.formats.mask_png import MASK_PNG
from labeling.core.formats.open_images import OPEN_IMAGES
from labeling.core.formats.parquet import PARQUET
from labeling.core.formats.provenance import PROVENANCE
from labeling.core.formats.sagemaker import SAGEMAKER, SAGEMAKER_SEGMENTATION
from labeling.core.formats.voc import VOC
from labeling.core.formats.webdataset import WEBDATASET
from labeling.core.formats.yolo import YOLO_CLASSIFY, YOLO_DETECT, YOLO_OBB, YOLO_POSE, YOLO_SEGMENT

FORMATS: dict[str, Format] = {
    "cityscapes": CITYSCAPES,
    "coco": COCO,
    "coco_panoptic": COCO_PANOPTIC,
    "csv": CSV_CLASSES,
    "cvat": CVAT,
    "geojson": GEOJSON,
    "jsonl": JSONL,
    "kitti": KITTI,
    "kitti_3d": KITTI_3D,
    "label_studio": LABEL_STUDIO,
    "labelme": LABELME,
    "mask_png": MASK_PNG,
    "open_images": OPEN_IMAGES,
    "parquet": PARQUET,
    "sagemaker": SAGEMAKER,
    "sagemaker_segmentation": SAGEMAKER_SEGMENTATION,
    "voc": VOC,
    "webdataset": WEBDATASET,
    "yolo_classify": YOLO_CLASSIFY,
    "yolo_detect": YOLO_DETECT,
    "yolo_obb": YOLO_OBB,
    "yolo_pose": YOLO_POSE,
    "yolo_segment": YOLO_SEGMENT,
}


def formats_of(annotation_type: str) -> list[str]:
    """Return the names of the formats that can hold an annotation type."""
    return [name for name, form in FORMATS.items() if annotation_type in form.annotation_types]


__all__ = [
    "FORMATS",
    "PROVENANCE",
    "Checked",
    "Export",
    "Format",
    "LabelClass",
    "LabeledTask",
    "Licence",
    "Loss",
    "Options",
    "Pixels",
    "RawAnswer",
    "classes_of",
    "formats_of",
    "read_classes",
]
