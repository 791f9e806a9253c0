"""What is written in a format and read again by our own importers."""

# Of a format that is written, the one that reads it, and the types that come back as they were.
PAIRS: dict[tuple[str, str], tuple[str, ...]] = {
    ("cityscapes", "cityscapes"): ("instance_segmentation", "semantic_segmentation", "panoptic_segmentation"),
    ("coco", "coco"): ("bounding_box", "rotated_box", "instance_segmentation", "keypoints"),
    ("coco_panoptic", "coco_panoptic"): ("panoptic_segmentation", "semantic_segmentation"),
    ("csv", "csv"): ("image_classification", "multi_label_classification"),
    ("cvat", "cvat"): (
        "image_classification", "multi_label_classification", "bounding_box", "rotated_box", "polyline", "point",
        "ellipse", "cuboid_2d", "keypoints", "instance_segmentation", "semantic_segmentation",
        "panoptic_segmentation",
    ),
    ("geojson", "geojson"): (
        "image_classification", "multi_label_classification", "bounding_box", "rotated_box", "polygon", "polyline",
        "point", "keypoints", "cuboid_2d", "instance_segmentation", "semantic_segmentation", "panoptic_segmentation",
    ),
    ("jsonl", "jsonl"): (
        "image_classification", "multi_label_classification", "bounding_box", "rotated_box", "polygon", "polyline",
        "point", "ellipse", "keypoints", "cuboid_2d", "cuboid_3d", "instance_segmentation", "semantic_segmentation",
        "panoptic_segmentation",
    ),
    ("kitti", "kitti"): ("bounding_box",),
    ("kitti_3d", "kitti"): ("cuboid_3d",),
    ("label_studio", "label_studio"): (
        "image_classification", "multi_label_classification", "bounding_box", "rotated_box", "polyline", "point",
        "ellipse", "keypoints", "instance_segmentation", "semantic_segmentation", "panoptic_segmentation",
    ),
    ("labelme", "labelme"): (
        "image_classification", "multi_label_classification", "bounding_box", "rotated_box", "polyline", "point",
        "keypoints", "instance_segmentation", "semantic_segmentation", "panoptic_segmentation",
    ),
    ("mask_png", "mask_png"): ("instance_segmentation", "semantic_segmentation", "panoptic_segmentation"),
    ("open_images", "open_images"): (
        "image_classification", "multi_label_classification", "bounding_box", "instance_segmentation",
    ),
    ("sagemaker", "sagemaker"): ("image_classification", "multi_label_classification", "bounding_box"),
    ("voc", "voc"): ("bounding_box",),
    ("sagemaker_segmentation", "sagemaker"): ("semantic_segmentation",),
    ("yolo_classify", "yolo"): ("image_classification",),
    ("yolo_detect", "yolo"): ("bounding_box",),
    ("yolo_obb", "yolo"): ("rotated_box",),
    ("yolo_pose", "yolo"): ("keypoints",),
}  # fmt: skip
# Of formats whose outlines are read as polygons, the types that they are written of.
READ_AS_POLYGONS: dict[tuple[str, str], tuple[str, ...]] = {
    ("cityscapes", "cityscapes"): ("polygon",),
    ("coco", "coco"): ("polygon", "ellipse"),
    ("cvat", "cvat"): ("polygon",),
    ("geojson", "geojson"): ("ellipse", "instance_segmentation"),
    ("label_studio", "label_studio"): ("polygon",),
    ("labelme", "labelme"): ("polygon", "ellipse"),
    ("yolo_segment", "yolo"): ("polygon", "ellipse", "instance_segmentation"),
}
# Formats in which an image without annotations leaves no trace: the side file of a release lists it.
FORGET_EMPTY = frozenset({"geojson"})
# Which of the attributes `occluded` (a flag) and `colour` (a text) come back.
CARRY_ATTRIBUTES: dict[tuple[str, str], tuple[str, ...]] = {
    ("coco", "coco"): ("occluded", "colour"),
    ("cvat", "cvat"): ("occluded", "colour"),
    ("geojson", "geojson"): ("occluded", "colour"),
    ("jsonl", "jsonl"): ("occluded", "colour"),
    ("kitti", "kitti"): ("occluded",),
    ("kitti_3d", "kitti"): ("occluded",),
    ("label_studio", "label_studio"): ("occluded", "colour"),
    ("labelme", "labelme"): ("occluded", "colour"),
    ("open_images", "open_images"): ("occluded",),
    ("voc", "voc"): ("occluded", "colour"),
}
# Formats that tell the ids of annotations.
CARRY_IDS: dict[str, tuple[str, ...]] = {
    "geojson": ("bounding_box", "polyline"),
    "jsonl": ("bounding_box", "cuboid_3d"),
    "label_studio": ("bounding_box", "point"),
}
