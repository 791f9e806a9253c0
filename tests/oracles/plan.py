"""Which of others' readers is asked about which of our formats and annotation types.

Without any import, as it is read in the readers' environment and in ours: there it says what is compared, here the test
of completeness holds it against the formats that there are.
"""

ReadBy = dict[str, dict[str, tuple[str, ...]]]

CLASSES = ("image_classification", "multi_label_classification")
MASKS = ("instance_segmentation", "semantic_segmentation", "panoptic_segmentation")
PLANE = ("bounding_box", "rotated_box", "polygon", "polyline", "keypoints", "point", "ellipse", "cuboid_2d")
ALL = (*CLASSES, *PLANE, "cuboid_3d", *MASKS)

READ_BY: ReadBy = {
    "cityscapesscripts": {"cityscapes": ("polygon", *MASKS)},
    "datumaro": {
        "coco": ("bounding_box", "rotated_box", "polygon", "ellipse", "keypoints", *MASKS),
        "coco_panoptic": ("semantic_segmentation", "panoptic_segmentation"),
        # Ellipses, 2D cuboids and skeletons it does not read, though its tools write them.
        "cvat": (*CLASSES, "bounding_box", "rotated_box", "polygon", "polyline", "point", *MASKS),
        "kitti": ("bounding_box",),
        "kitti_3d": ("cuboid_3d",),
        "open_images": (*CLASSES, "bounding_box", "instance_segmentation"),
        "voc": ("bounding_box",),
        "yolo_classify": ("image_classification",),
    },
    "GDAL": {"geojson": (*CLASSES, *PLANE, *MASKS)},
    "globox": dict.fromkeys(("coco", "cvat", "labelme", "voc", "yolo_detect"), ("bounding_box",)),
    "label-studio-converter": {"label_studio": (*CLASSES, "bounding_box", "polygon", *MASKS)},
    "mlcroissant": {"parquet": ALL},
    "pandas": {"csv": CLASSES, "jsonl": ALL},
    "Pillow": {"mask_png": MASKS},
    "pycocotools": {"coco": ("bounding_box", "rotated_box", "polygon", "ellipse", "keypoints", *MASKS)},
    "supervision": {
        "yolo_detect": ("bounding_box",),
        "yolo_obb": ("rotated_box",),
        "yolo_segment": ("polygon", "ellipse", "instance_segmentation"),
    },
    "webdataset": {"webdataset": ALL},
}
