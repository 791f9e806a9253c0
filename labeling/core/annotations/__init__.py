"""Annotation types, found through `ANNOTATION_TYPES`, and the ontologies that they are checked against."""

from labeling.core.annotations.base import AnnotationType, Subject, Surface
from labeling.core.annotations.bounding_box import BoundingBox
from labeling.core.annotations.cuboid_2d import Cuboid2d
from labeling.core.annotations.cuboid_3d import Cuboid3d
from labeling.core.annotations.image_classification import ImageClassification
from labeling.core.annotations.keypoints import Keypoints
from labeling.core.annotations.masks import InstanceSegmentation, PanopticSegmentation, SemanticSegmentation
from labeling.core.annotations.multi_label_classification import MultiLabelClassification
from labeling.core.annotations.ontology import Ontology
from labeling.core.annotations.point import Point
from labeling.core.annotations.polygon import Polygon
from labeling.core.annotations.polyline import Polyline
from labeling.core.annotations.refusals import Refusal
from labeling.core.annotations.turned import Ellipse, RotatedBox

ANNOTATION_TYPES: dict[str, AnnotationType] = {
    "image_classification": ImageClassification(),
    "multi_label_classification": MultiLabelClassification(),
    "bounding_box": BoundingBox(),
    "rotated_box": RotatedBox(),
    "polygon": Polygon(),
    "polyline": Polyline(),
    "keypoints": Keypoints(),
    "point": Point(),
    "ellipse": Ellipse(),
    "cuboid_2d": Cuboid2d(),
    "cuboid_3d": Cuboid3d(),
    "instance_segmentation": InstanceSegmentation(),
    "semantic_segmentation": SemanticSegmentation(),
    "panoptic_segmentation": PanopticSegmentation(),
}

__all__ = ["ANNOTATION_TYPES", "AnnotationType", "Ontology", "Refusal", "Subject", "Surface"]
